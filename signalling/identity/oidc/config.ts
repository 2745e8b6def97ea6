import { z } from 'zod';

const name = z.string().min(1).max(256);
/** `feature:group` */
const FEATURE_GROUP = /^[a-z][a-z-]{0,63}:.{1,256}$/;

/** Section `oidc`: an OpenID Connect provider that knows the members. */
export const oidcConfig = z
  .strictObject({
    issuer: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !/[?#]/.test(url), { error: 'expected an address without query and fragment' })
      .optional()
      .describe(
        'Address of the OpenID Connect provider, as it names itself (issuer), such as https://login.example/realms/choir. Register <publicUrl>/auth/callback as redirect URI there.',
      ),
    clientId: name.optional().describe('What the provider calls this server (client_id).'),
    clientSecret: z
      .string()
      .min(1)
      .optional()
      .meta({ secret: true })
      .describe('Secret shared with the provider; none for public clients.'),
    name: name.optional().describe('What people call the provider, for “Log in with …”. Default: its host name.'),
    scopes: z
      .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/))
      .default(['openid', 'profile', 'email'])
      .refine((scopes) => scopes.includes('openid'), { error: 'openid must be among them' })
      .describe('What is asked of the provider; some need one more for groups.'),
    groupsClaim: name
      .default('groups')
      .describe('Claim with the names of groups or roles; dots lead into objects (realm_access.roles).'),
    memberGroups: z.array(name).default([]).describe('Only people in one of these groups may log in. Default: all.'),
    moderatorGroups: z
      .array(name)
      .default([])
      .describe('People in these groups moderate, others do not. Default: as auth.memberModerators says.'),
    featureGroups: z
      .array(z.string().regex(FEATURE_GROUP, 'expected feature:group, such as recording:staff'))
      .default([])
      .describe(
        'Who may use a feature whether moderator or not, such as recording:staff. Once one is set, the others are for nobody.',
      ),
    sessionHours: z
      .number()
      .min(0.1)
      .max(168)
      .default(12)
      .describe(
        'Hours after which people log in again. Whoever is in a meeting then stays in it while the connection lasts.',
      ),
    requestsPerMinutePerAddress: z
      .number()
      .int()
      .min(1)
      .default(600)
      .describe(
        'Requests about logging in that one client address (IPv6: one /64) may send a minute; each person makes about four.',
      ),
    insecureIssuer: z
      .boolean()
      .default(false)
      .describe('Also accept a provider under http; for one inside your own network only.'),
  })
  .refine(({ issuer, clientId }) => issuer === undefined || clientId !== undefined, {
    error: 'a provider needs clientId (PARLEY_OIDC_CLIENT_ID)',
  })
  .refine(({ issuer, clientId }) => issuer !== undefined || clientId === undefined, {
    error: 'clientId needs issuer (PARLEY_OIDC_ISSUER), the address of the provider',
  })
  .refine(({ issuer, insecureIssuer }) => insecureIssuer || issuer === undefined || issuer.startsWith('https:'), {
    error: 'the provider must be under https, unless insecureIssuer is set',
  })
  .describe('Logging in at an OpenID Connect provider.');
export type OidcConfig = z.infer<typeof oidcConfig>;

/** What people read on the button; undefined where there is no provider. */
export function providerName({ issuer, name: given }: OidcConfig): string | undefined {
  return issuer === undefined ? undefined : (given ?? new URL(issuer).host);
}
