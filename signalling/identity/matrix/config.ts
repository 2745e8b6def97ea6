import { z } from 'zod';
import { parseServerName } from './server-name.ts';

const serverName = z.string().refine((text) => parseServerName(text) !== undefined, {
  error: 'expected a Matrix server name, such as example.org',
});
const path = z.string().min(1);
const secret = z.string().min(1).meta({ secret: true });

/** One homeserver of `matrix.homeservers`. */
const homeserver = z
  .strictObject({
    /** What user ids end in. */
    serverName,
    /** Where it answers `/_matrix/federation/v1/openid/userinfo`; default: found as other servers find it. */
    baseUrl: z.url({ protocol: /^https?$/ }).optional(),
    /** PEM file of an authority that signed its certificate. */
    caFile: path.optional(),
    /** Of a Synapse administrator: tells who is in which room. */
    adminToken: secret.optional(),
    adminTokenFile: path.optional(),
    /** Of an ordinary account that is invited into the rooms, on any homeserver. */
    botToken: secret.optional(),
    botTokenFile: path.optional(),
  })
  .refine((server) => server.baseUrl !== undefined || !knowsRooms(server), {
    error: 'a homeserver with a token needs baseUrl, so that the token goes nowhere else',
  })
  .refine(
    ({ adminToken, adminTokenFile, botToken, botTokenFile }) =>
      [adminToken, adminTokenFile, botToken, botTokenFile].filter((token) => token !== undefined).length <= 1,
    { error: 'set only one of adminToken, adminTokenFile, botToken and botTokenFile' },
  );
export type HomeserverConfig = z.infer<typeof homeserver>;

/** Section `matrix`: people whom their homeserver vouches for (matrix note §2). */
export const matrixConfig = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe(
        'Conferences of Matrix rooms are for the people of the room, with the names their homeservers vouch for. Their list is set in the file only: matrix.homeservers, each with serverName, baseUrl, caFile, adminToken or botToken (or …File).',
      ),
    homeservers: z.array(homeserver).max(100).default([]).describe('Homeservers, each with its own settings.'),
    domains: z
      .array(z.string().min(1).max(255))
      .default([])
      .describe('Other hosts (and ports) than that of publicUrl under which Matrix clients know this server.'),
    allowServers: z
      .array(z.union([z.literal('*'), serverName]))
      .default([])
      .describe(
        'Servers besides matrix.homeservers whose people may come; *: all, which lets strangers name servers to ask.',
      ),
    denyServers: z.array(serverName).default([]).describe('Servers whose people may not come, whatever else is set.'),
    membership: z
      .enum(['required', 'same-server', 'off'])
      .default('required')
      .describe(
        'required: whoever enters must be in the Matrix room, which a token of matrix.homeservers tells. same-server: everybody of these homeservers. off: everybody of all allowed servers.',
      ),
    guests: z
      .enum(['deny', 'lobby', 'allow'])
      .default('lobby')
      .describe(
        'People whom no homeserver vouches for, in conferences of Matrix rooms. lobby: they knock once somebody of the room has come. auth.policy holds besides.',
      ),
    moderatorLevel: z
      .number()
      .int()
      .optional()
      .describe('Power level from which people moderate. Default: the one that changes the state of the Matrix room.'),
    sessionHours: z
      .number()
      .min(0.1)
      .max(168)
      .default(12)
      .describe('Hours in which people come again without a new token of their homeserver.'),
    recheckSeconds: z
      .number()
      .int()
      .min(1)
      .max(240)
      .default(120)
      .describe('Seconds after which it is looked again whether those in a conference are still in the Matrix room.'),
    widgetUrl: z
      .url({ protocol: /^https?$/ })
      .refine((url) => ['', '/'].includes(new URL(url).pathname), { error: 'expected an address without a path' })
      .optional()
      .describe(
        'This server under another host name, such as https://widget.meet.example: there it is a widget of Matrix rooms. Element takes every widget under the host name of publicUrl for a Jitsi call.',
      ),
    widgetName: z
      .string()
      .min(1)
      .max(100)
      .default('Meeting')
      .describe('What that widget is called in Matrix rooms, in the language of the people there.'),
  })
  .refine(({ enabled, widgetUrl }) => enabled || widgetUrl === undefined, { error: 'widgetUrl needs enabled' })
  .refine(({ enabled, homeservers, allowServers }) => !enabled || homeservers.length + allowServers.length > 0, {
    error: 'name at least one server in homeservers',
  })
  .refine(
    ({ enabled, membership, homeservers }) => !enabled || membership !== 'required' || homeservers.some(knowsRooms),
    {
      error:
        'membership “required” needs a homeserver with adminToken or botToken; or set membership (PARLEY_MATRIX_MEMBERSHIP) to same-server',
    },
  )
  .refine(({ homeservers }) => new Set(homeservers.map(({ serverName: name }) => name)).size === homeservers.length, {
    error: 'a server stands in homeservers twice',
  })
  .describe('Conferences in Matrix rooms.');
export type MatrixConfig = z.infer<typeof matrixConfig>;

interface Tokens {
  readonly adminToken?: string | undefined;
  readonly adminTokenFile?: string | undefined;
  readonly botToken?: string | undefined;
  readonly botTokenFile?: string | undefined;
}

/** Whether a homeserver tells us who is in which room. */
function knowsRooms({ adminToken, adminTokenFile, botToken, botTokenFile }: Tokens): boolean {
  return [adminToken, adminTokenFile, botToken, botTokenFile].some((token) => token !== undefined);
}
