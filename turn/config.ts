import { z } from 'zod';
import { addressRange } from '#runtime/address-range.ts';
import { parseAddress } from './endpoint.ts';
import { opaqueString } from './opaque-string.ts';
import { parsePeerRange } from './peer-rules.ts';

const address = z.string().refine((text) => parseAddress(text) !== undefined, {
  error: 'expected an IPv4 or IPv6 address, such as 203.0.113.7',
});

const externalAddress = z.string().refine((text) => parseExternalAddress(text) !== undefined, {
  error: 'expected public/private addresses of one family, such as 203.0.113.7/10.0.0.7, or the public one alone',
});

const peerRange = z.string().refine((text) => parsePeerRange(text) !== undefined, {
  error: 'expected an address or a range, with ports if need be: 10.0.0.0/8, 10.1.2.3:10000-10010, [2001:db8::7]:443',
});

const port = z.number().int().min(0).max(65_535);
const credentialText = z.string().refine((text) => opaqueString(text) !== undefined, {
  error: 'must not be empty or hold control characters',
});

/** What peers are told in place of which local address; without the latter, of the only one of that family. */
export interface ExternalAddress {
  public: string;
  private: string | undefined;
}

export function parseExternalAddress(text: string): ExternalAddress | undefined {
  const [publicText = '', privateText, ...rest] = text.split('/');
  const family = parseAddress(publicText)?.family;
  if (family === undefined || rest.length > 0) return undefined;
  if (privateText !== undefined && parseAddress(privateText)?.family !== family) return undefined;
  return { public: publicText, private: privateText };
}

export const turnConfig = z
  .strictObject({
    enabled: z.boolean().default(true).describe('Whether this process relays.'),
    port: port.default(3478).describe('UDP and TCP port; 0: any.'),
    tlsPort: port.default(5349).describe('TCP port for TLS, used when there is a certificate; 0: any.'),
    listenAddresses: z
      .array(address)
      .max(64)
      .default([])
      .describe('Addresses of this machine to listen on. Empty: every one it has.'),
    trustedProxies: z
      .array(addressRange)
      .max(64)
      .default([])
      .describe(
        'Load balancers in front of the TCP and TLS ports whose connections begin with a PROXY protocol header, version 2.',
      ),
    relayAddresses: z
      .array(address)
      .max(64)
      .default([])
      .describe('Addresses of this machine to relay from. Empty: the first of each family that others can reach.'),
    externalAddresses: z
      .array(externalAddress)
      .max(64)
      .default([])
      .describe('Behind NAT: public/private, the address others see for a relay address.'),
    relayPorts: z
      .strictObject({
        min: z.number().int().min(1024).max(65_535).default(49_152).describe('First UDP port for relayed addresses.'),
        max: z.number().int().min(1024).max(65_535).default(65_535).describe('Last UDP port for relayed addresses.'),
      })
      .refine(({ min, max }) => min <= max, { error: 'min must not be above max' })
      .prefault({}),
    realm: credentialText.max(127).optional().describe('Realm in challenges. Default: the XMPP domain.'),
    secret: credentialText
      .optional()
      .meta({ secret: true })
      .describe('Shared secret for time-limited credentials (Synapse, Prosody). Default: a generated one.'),
    previousSecrets: z
      .array(credentialText.meta({ secret: true }))
      .default([])
      .meta({ secret: true })
      .describe('Secrets still accepted while a new one replaces them.'),
    users: z.record(credentialText, credentialText).default({}).describe('Users with passwords that do not expire.'),
    nonceLifetimeSeconds: z.number().int().min(60).max(86_400).default(600).describe('How long a nonce is good for.'),
    strictExpiry: z
      .boolean()
      .default(false)
      .describe('Whether a time-limited credential that runs out also ends the calls it began.'),
    peers: z
      .strictObject({
        allow: z
          .array(peerRange)
          .default([])
          .describe('Ranges opened over the safe defaults, which deny private and special addresses and this host.'),
        deny: z.array(peerRange).default([]).describe('Further ranges to deny.'),
        only: z
          .array(peerRange)
          .default([])
          .describe('When not empty, relay to nothing else: recommended where only known bridges are peers.'),
      })
      .prefault({}),
    legacyChannels: z
      .boolean()
      .default(false)
      .describe('Accept channel numbers up to 0x7FFE, as RFC 5766 did; old clients draw from them.'),
    familyFollowsClient: z
      .boolean()
      .default(false)
      .describe('Relay over the family the client connects with when it names none, in place of IPv4.'),
    defaultLifetimeSeconds: z.number().int().min(60).max(3600).default(600).describe('Life of an allocation.'),
    maxLifetimeSeconds: z.number().int().min(60).max(86_400).default(3600).describe('Longest life a client can ask.'),
    limits: z
      .strictObject({
        allocations: z.number().int().min(1).default(65_536).describe('Allocations in total.'),
        allocationsPerUser: z.number().int().min(1).default(32).describe('Allocations of one user.'),
        allocationsPerAddress: z.number().int().min(1).default(500).describe('Allocations of one client address.'),
        permissions: z.number().int().min(1).max(4096).default(256).describe('Permissions of one allocation.'),
        channels: z.number().int().min(1).max(4096).default(256).describe('Channels of one allocation.'),
        maxBitrateBps: z.number().int().min(0).default(0).describe('Of one allocation and direction; 0: no limit.'),
        totalBitrateBps: z.number().int().min(0).default(0).describe('Of all and one direction; 0: no limit.'),
        connectionsPerAddress: z.number().int().min(1).default(100).describe('TCP and TLS connections of one address.'),
        handshakes: z.number().int().min(1).default(1000).describe('TLS handshakes going on at the same time.'),
        strangerAnswersPerAddress: z
          .number()
          .int()
          .min(1)
          .default(100)
          .describe('Answers a second that one source of unauthenticated UDP requests gets.'),
        strangerAnswers: z.number().int().min(1).default(20_000).describe('The same for all sources together.'),
      })
      .prefault({}),
    workers: z
      .number()
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe('Threads that relay: as many as there are cores on a machine that does nothing else.'),
    drainSeconds: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .optional()
      .describe(
        'How long running allocations may go on after a request to stop, while new ones are refused. Default: 3600 where the relay is the only role, else 0.',
      ),
    drainMinAllocations: z
      .number()
      .int()
      .min(0)
      .default(0)
      .describe('With no more allocations than this left, a relay that is to stop waits no longer.'),
    io: z
      .enum(['auto', 'native', 'dgram'])
      .default('auto')
      .describe('Datagram back end: the native addon, Node’s own sockets, or the addon where it is there.'),
  })
  .describe('TURN relay.');
export type TurnConfig = z.infer<typeof turnConfig>;
