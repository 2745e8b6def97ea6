import { z } from 'zod';

const atLeastOne = z.number().int().min(1);

/** Section `xmpp`: streams, sessions and what one of them may cost. */
export const xmppConfig = z
  .strictObject({
    domain: z
      .string()
      .regex(/^[a-z0-9.\-_[\]:]+$/, 'expected a host name in lower case, without scheme or port')
      .optional()
      .describe('Host name of XMPP addresses. Default: the host of publicUrl.'),
    maxStanzaLength: atLeastOne
      .min(10_000)
      .default(262_144)
      .describe('Characters of one stanza; RFC 6120 §13.12 asks for at least 10,000.'),
    maxStanzaDepth: atLeastOne.min(8).default(24).describe('Levels of elements in one stanza.'),
    maxStanzaElements: atLeastOne.min(64).default(4_000).describe('Elements in one stanza.'),
    maxStanzaAttributes: atLeastOne.min(16).default(32).describe('Attributes of one element.'),
    stanzasPerSecond: atLeastOne.default(100).describe('Stanzas a session may send a second, on average.'),
    stanzaBurst: atLeastOne.default(1_000).describe('Stanzas a session may send at once.'),
    bytesPerSecond: atLeastOne.default(262_144).describe('Bytes a session may send a second, on average.'),
    byteBurst: atLeastOne.default(2_097_152).describe('Bytes a session may send at once.'),
    connectionsPerAddress: atLeastOne
      .default(1_000)
      .describe('Open connections of one client address (IPv6: one /64); many people can share one address.'),
    newConnectionsPerSecondPerAddress: atLeastOne
      .default(50)
      .describe('Connections one address may open a second, on average.'),
    newConnectionBurstPerAddress: atLeastOne.default(1_000).describe('Connections one address may open at once.'),
    sessionsPerAddress: atLeastOne
      .default(1_000)
      .describe('Sessions of one address, those that wait to be resumed included.'),
    loginTimeoutSeconds: atLeastOne.default(20).describe('Seconds a connection has to log in.'),
    probeIntervalSeconds: atLeastOne
      .default(20)
      .describe('Seconds without a sign of life after which a client is probed; as many again and it counts as lost.'),
    maxUnsentBytes: atLeastOne
      .default(16_777_216)
      .describe('Bytes that may wait for a client that does not read; then its connection is cut.'),
    resumeSeconds: z
      .number()
      .int()
      .min(0)
      .default(60)
      .describe('Seconds a lost session can be resumed (XEP-0198); 0: never.'),
    maxUnacknowledgedStanzas: atLeastOne
      .default(5_000)
      .describe('Stanzas kept for a client that does not acknowledge them; then its session ends.'),
    maxUnacknowledgedLength: atLeastOne
      .default(4_194_304)
      .describe('The same in characters; keep it well below maxUnsentBytes, as all of it is sent on resuming.'),
    focusAnswerSeconds: atLeastOne
      .default(20)
      .describe('Seconds the focus may take to answer a conference request before the client is told that it did not.'),
    turnCredentialSeconds: atLeastOne
      .default(86_400)
      .describe('Seconds for which TURN credentials given to clients are valid.'),
  })
  .describe('XMPP streams and sessions.');
export type XmppConfig = z.infer<typeof xmppConfig>;

/** Section `muc`: rooms. */
export const mucConfig = z
  .strictObject({
    maxOccupants: atLeastOne.default(500).describe('People in one room; those beyond it are refused.'),
    maxRooms: atLeastOne.default(10_000).describe('Rooms that can exist at once.'),
    maxRoomsPerSession: atLeastOne.default(8).describe('Rooms one session may be in at once.'),
    maxBroadcastLength: atLeastOne
      .default(65_536)
      .describe('Characters of a presence or message that is copied to everyone in a room.'),
    broadcastsPerSecond: atLeastOne
      .default(20)
      .describe('Presences and messages to all that one session may send a second, on average.'),
    broadcastBurst: atLeastOne.default(200).describe('The same at once.'),
    historyMessages: z
      .number()
      .int()
      .min(0)
      .max(500)
      .default(20)
      .describe('Messages that newcomers get to see; kept in memory only.'),
    focusWaitSeconds: atLeastOne
      .default(10)
      .describe('Seconds a join waits for the focus before it is refused (people never enter before it).'),
    emptyRoomSeconds: atLeastOne
      .default(60)
      .describe('Seconds a room without people exists if the focus does not end it itself.'),
  })
  .describe('Rooms (XEP-0045).');
export type MucConfig = z.infer<typeof mucConfig>;
