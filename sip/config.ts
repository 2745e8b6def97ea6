import { z } from 'zod';
import { addressRange } from '#runtime/address-range.ts';
import { dialInConfig } from './dialin/config.ts';
import { dialOutConfig, dialPattern } from './protection/config.ts';

const port = z.number().int().min(0).max(65_535);

const portRange = z
  .string()
  .regex(/^\d{1,5}-\d{1,5}$/, { error: 'expected two ports, such as 20000-20999' })
  .refine((text) => {
    const { first, last } = parsePortRange(text);
    return (first === 0 && last === 0) || (first >= 1024 && first < last && last <= 65_535);
  }, 'expected the lower port first, both from 1024 to 65535');

/** `20000-20999`; `0-0` means any that are free. */
export function parsePortRange(text: string): { readonly first: number; readonly last: number } {
  const [first = 0, last = 0] = text.split('-').map(Number);
  return { first, last };
}

const trunk = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9-]{1,40}$/, { error: 'expected lower-case letters, digits and hyphens, such as my-provider' })
      .describe('What the trunk is called in logs and figures.'),
    server: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/, {
        error: 'expected a name or an address, with a port if need be: sip.provider.example',
      })
      .optional()
      .describe('Where calls out go and registrations are made. Without it the trunk only calls us.'),
    transport: z.enum(['udp', 'tcp', 'tls']).default('udp').describe('How its server is spoken to.'),
    largeByTcp: z
      .boolean()
      .default(false)
      .describe('With udp: whether messages of more than 1300 bytes go by TCP, where its server takes that.'),
    sources: z
      .array(addressRange)
      .max(100)
      .default([])
      .describe('Addresses that calls may come from, besides those of its server.'),
    username: z.string().min(1).max(128).optional().describe('Account at the provider.'),
    password: z.string().min(1).max(256).optional().meta({ secret: true }),
    passwordFile: z.string().min(1).optional().describe('File that the password stands in.'),
    domain: z.string().min(1).max(253).optional().describe('Domain of the account, where it is not the server’s name.'),
    authenticate: z
      .boolean()
      .default(false)
      .describe(
        'Whether calls from there must show username and password, since the sources above prove nothing. Such a trunk may be banned.',
      ),
    register: z.boolean().default(false).describe('Whether calls come only while we are registered there.'),
    pingSeconds: z
      .number()
      .int()
      .min(0)
      .max(3_600)
      .default(30)
      .describe('Seconds between two questions whether its server is there; 0: it is not asked.'),
    registerSeconds: z.number().int().min(60).max(86_400).default(600),
    callerId: z
      .string()
      .regex(/^\+?\d{2,20}$/, { error: 'expected digits, such as +302101234567' })
      .optional()
      .describe('Number shown to those who are called. Default: the account.'),
    dialNumbers: z
      .array(dialPattern)
      .max(100)
      .default(['*'])
      .describe(
        'Numbers that are called over it, as in sip.dialOut.allow; of several trunks the one whose pattern fits most closely is tried first.',
      ),
    language: z.string().min(2).max(10).optional().describe('Language of callers from there.'),
    trustHeaders: z
      .boolean()
      .default(false)
      .describe(
        'Whether its Jitsi-Conference-Room and Jitsi-Conference-Room-Pass headers choose the room, and P-Asserted-Identity says who calls.',
      ),
    roomFromUser: z.boolean().default(false).describe('Whether the called name may be a room’s.'),
    defaultRoom: z.string().min(1).max(1_023).optional().describe('Room of calls that nothing else leads anywhere.'),
    natLatch: z
      .boolean()
      .default(false)
      .describe('Whether sound is taken from another address than the one announced, as behind some routers.'),
    srtp: z
      .enum(['off', 'optional', 'mandatory'])
      .default('off')
      .describe('Whether sound is encrypted. The keys stand in SIP messages, so use `transport: tls` with it.'),
    gainDb: z
      .number()
      .min(-20)
      .max(20)
      .default(0)
      .describe('By how many decibels its telephones are made louder for the meeting; with G.711 only.'),
    toneKeys: z
      .boolean()
      .default(true)
      .describe('Whether keys are known by their sound where a telephone announces no telephone events (RFC 4733).'),
    automaticGain: z
      .boolean()
      .default(false)
      .describe('Whether quiet telephones are raised besides, slowly and by 12 dB at most; with G.711 only.'),
  })
  .refine(({ register, server, username }) => !register || (server !== undefined && username !== undefined), {
    error: 'a trunk that is registered at needs server and username',
    path: ['register'],
  })
  .refine(
    ({ authenticate, username, password, passwordFile }) =>
      !authenticate || (username !== undefined && (password ?? passwordFile) !== undefined),
    {
      error: 'a trunk that has to authenticate needs username and password',
      path: ['authenticate'],
    },
  )
  .refine(({ password, passwordFile }) => password === undefined || passwordFile === undefined, {
    error: 'set only one of password and passwordFile',
    path: ['passwordFile'],
  });

/** The `sip` section. */
export const sipConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Whether telephones can join; opens the ports below. Set in the file only: sip.numbers (number, country, language, tollFree, room) and sip.trunks (name, server, username, password or passwordFile, register and more, see sip/README.md).',
    ),
  address: z
    .union([z.ipv4(), z.ipv6()])
    .default('0.0.0.0')
    .describe('Address that SIP and telephone sound are bound to. Default: all IPv4 addresses.'),
  announcedAddress: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe('Public address, where this machine has only a private one.'),
  port: port.default(5060).describe('UDP and TCP port for SIP.'),
  tlsPort: port.default(5061).describe('TCP port for SIP over TLS, opened when `tls` names a certificate.'),
  rtpPorts: portRange.default('20000-20999').describe('UDP ports of telephones’ sound; two for each call.'),
  verifyTrunks: z.boolean().default(true).describe('Whether a trunk’s TLS certificate must be valid for its name.'),
  xmppUrl: z
    .url({ protocol: /^wss?$/ })
    .optional()
    .describe('Where signalling is, such as wss://meet.example/xmpp-websocket. Default: this server.'),
  roomAddress: z
    .union([z.ipv4(), z.ipv6()])
    .default('127.0.0.1')
    .describe('Address that meetings’ sound is exchanged at with the bridge.'),
  t1Ms: z
    .number()
    .int()
    .min(10)
    .max(5_000)
    .default(500)
    .describe('First wait before an unanswered message is sent again, in milliseconds.'),
  callRecordDays: z
    .number()
    .int()
    .min(0)
    .max(3_650)
    .default(90)
    .describe('Days for which it is kept who called whom and when, with full numbers; 0: nothing is kept.'),
  drainSeconds: z
    .number()
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .describe(
      'How long calls may go on after a request to stop, while new ones are refused. Default: 3600 where the gateway is the only role, else 0.',
    ),
  tracedCalls: z
    .number()
    .int()
    .min(0)
    .max(1_000)
    .default(50)
    .describe(
      'How many of the last calls have their SIP messages kept in memory for the admin API, without passwords, keys and what was pressed; 0: none.',
    ),
  answerStrangers: z
    .boolean()
    .default(false)
    .describe(
      'Whether callers that are no trunk are refused with 403; else they hear nothing and scanners find nothing.',
    ),
  trunks: z
    .array(trunk)
    .max(50)
    .refine((trunks) => new Set(trunks.map(({ name }) => name)).size === trunks.length, {
      error: 'expected another name for each trunk',
    })
    .default([])
    .describe('Providers and exchanges that calls come from and go to.'),
  ...dialInConfig.shape,
  dialOut: dialOutConfig.prefault({}),
});
export type SipConfig = z.infer<typeof sipConfig>;
export type TrunkConfig = SipConfig['trunks'][number];
