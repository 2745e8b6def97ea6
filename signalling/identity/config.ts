import { z } from 'zod';
import { KEY_NAME_PLACEHOLDER } from './jwt/remote-keys.ts';

/** Section `auth`: who may enter. */
export const authConfig = z
  .strictObject({
    policy: z
      .enum(['open', 'wait', 'members'])
      .optional()
      .describe(
        'Who may enter. open: everybody. wait: guests once somebody with a token or an account has opened the meeting. members: only those. Default: open, or members once tokens or a provider are set up (jwt, oidc).',
      ),
    memberModerators: z
      .boolean()
      .default(true)
      .describe('Everybody with a token or an account moderates, unless the token says otherwise.'),
  })
  .describe('Who may enter meetings.');
export type AuthConfig = z.infer<typeof authConfig>;

const name = z.string().min(1).max(512);
const keyUrl = z.url({ protocol: /^https?$/ });

/** Section `jwt`: room tokens that others issue. */
export const jwtConfig = z
  .strictObject({
    appId: name
      .optional()
      .describe('The issuer (iss) and audience (aud) of tokens where issuers or audiences are not set.'),
    secret: z
      .string()
      .min(16)
      .optional()
      .meta({ secret: true })
      .describe('Secret shared with the issuer, for HS256; at least 16 characters, better 32 random ones.'),
    keyFile: z
      .string()
      .min(1)
      .optional()
      .describe('File with the public key (PEM) or a JSON Web Key Set, for RS256 and ES256; read at the start.'),
    keyUrl: keyUrl
      .refine((url) => new URL(url).pathname.includes(encodeURI(KEY_NAME_PLACEHOLDER)), {
        error: `expected an address with ${KEY_NAME_PLACEHOLDER} in its path`,
      })
      .optional()
      .describe(
        `Address of public keys in PEM, such as https://keys.example/${KEY_NAME_PLACEHOLDER}.pem, where ${KEY_NAME_PLACEHOLDER} becomes the hex SHA-256 of the token's kid.`,
      ),
    jwksUrl: keyUrl.optional().describe('Address of a JSON Web Key Set.'),
    insecureKeyServer: z
      .boolean()
      .default(false)
      .describe('Also accept key servers under http; for those inside your own network only.'),
    issuers: z.array(name).default([]).describe('Accepted issuers (iss); * accepts all. Default: appId.'),
    audiences: z.array(name).default([]).describe('Accepted audiences (aud); * accepts all. Default: appId.'),
    requireRoom: z.boolean().default(true).describe('Tokens must name their room, or * for all.'),
    checkTenant: z
      .boolean()
      .default(false)
      .describe('Tokens are for the tenant that their sub names (the XMPP domain: rooms without a tenant; *: all).'),
    clockSkewSeconds: z
      .number()
      .int()
      .min(0)
      .max(600)
      .default(10)
      .describe('Seconds by which the clock of an issuer may differ from ours.'),
  })
  .refine((jwt) => !hasKeys(jwt) || jwt.appId !== undefined || (jwt.issuers.length > 0 && jwt.audiences.length > 0), {
    error: 'tokens need appId (PARLEY_JWT_APP_ID), or both issuers and audiences',
  })
  .refine((jwt) => hasKeys(jwt) || jwt.appId === undefined, {
    error: 'tokens need a key: secret (PARLEY_JWT_SECRET), keyFile, keyUrl or jwksUrl',
  })
  .refine((jwt) => [jwt.keyFile, jwt.keyUrl, jwt.jwksUrl].filter((key) => key !== undefined).length <= 1, {
    error: 'set only one of keyFile, keyUrl and jwksUrl',
  })
  .refine((jwt) => jwt.insecureKeyServer || ![jwt.keyUrl, jwt.jwksUrl].some((url) => url?.startsWith('http:')), {
    error: 'keys must come by https, unless insecureKeyServer is set',
  })
  .describe('Room tokens (JWT) that others issue.');
export type JwtConfig = z.infer<typeof jwtConfig>;

interface KeySettings {
  readonly secret?: string | undefined;
  readonly keyFile?: string | undefined;
  readonly keyUrl?: string | undefined;
  readonly jwksUrl?: string | undefined;
}

/** Who may enter where nothing is set: everybody, or members once there is another way to be one than an account. */
export function policyOf(
  auth: AuthConfig,
  jwt: KeySettings,
  oidc: { readonly issuer?: string | undefined },
): NonNullable<AuthConfig['policy']> {
  return auth.policy ?? (hasKeys(jwt) || oidc.issuer !== undefined ? 'members' : 'open');
}

/** Whether tokens are set up at all. */
export function hasKeys(jwt: KeySettings): boolean {
  return [jwt.secret, jwt.keyFile, jwt.keyUrl, jwt.jwksUrl].some((key) => key !== undefined);
}
