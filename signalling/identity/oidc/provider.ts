import {
  allowInsecureRequests,
  authorizationCodeGrant,
  AuthorizationResponseError,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientError,
  ClientSecretBasic,
  ClientSecretPost,
  discovery,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
  type ClientAuth,
  type Configuration,
} from 'openid-client';
import type { Claims } from './member-rules.ts';

export interface ProviderOptions {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
  readonly isHttpAllowed: boolean;
  /** For each answer of the provider. */
  readonly timeoutSeconds: number;
}

/** Why nobody can be logged in (this time). */
export type ProviderErrorCode =
  /** Down, slow, or what answers is no provider. */
  | 'unreachable'
  /** The person did not log in there, or may not. */
  | 'cancelled'
  /** It does not know us, or what came back is not what was asked for. */
  | 'failed';

export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly code: ProviderErrorCode;

  constructor(code: ProviderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What must be known when the person comes back; nobody else's answer fits it. */
export interface LoginAttempt {
  readonly state: string;
  readonly nonce: string;
  /** RFC 7636 */
  readonly codeVerifier: string;
}

export interface ProvenLogin {
  readonly subject: string;
  readonly claims: Claims;
  /** For logging out there. */
  readonly idToken: string;
}

/** What the provider says of itself may change, e.g. after an update. */
const DISCOVERY_FRESH_MS = 3_600_000;
/** After a failure nobody asks again for so long; people press the button more often. */
const DISCOVERY_RETRY_MS = 3_000;

/**
 * The OpenID Connect provider of the configuration, seen by us as its client: authorization code flow with PKCE (OpenID
 * Connect Core §3.1, RFC 9700). Its addresses come from its own discovery document, which no redirect may replace.
 */
export class OidcProvider {
  readonly #options: ProviderOptions;
  #discovered: { readonly result: Promise<Configuration>; readonly freshUntilMs: () => number } | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** @throws ProviderError */
  async check(): Promise<void> {
    await this.#configuration();
  }

  /** Where the person logs in, and what to remember until it comes back. @throws ProviderError */
  async begin(redirectUri: string): Promise<{ readonly url: URL; readonly attempt: LoginAttempt }> {
    const configuration = await this.#configuration();
    const attempt = { state: randomState(), nonce: randomNonce(), codeVerifier: randomPKCECodeVerifier() };
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: this.#options.scopes.join(' '),
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await calculatePKCECodeChallenge(attempt.codeVerifier),
      code_challenge_method: 'S256',
    });
    return { url, attempt };
  }

  /** @param callback the redirect URI with what the provider appended. @throws ProviderError */
  async finish(callback: URL, { state, nonce, codeVerifier }: LoginAttempt): Promise<ProvenLogin> {
    const configuration = await this.#configuration();
    try {
      const tokens = await authorizationCodeGrant(configuration, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) throw new ProviderError('failed', 'no ID token');
      const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
      const more = hasUserInfo ? await fetchUserInfo(configuration, tokens.access_token, claims.sub) : {};
      return { subject: claims.sub, claims: { ...more, ...claims }, idToken: tokens.id_token };
    } catch (error) {
      throw providerError(error);
    }
  }

  /** Where the person ends its session at the provider, if that has such an address (RP-Initiated Logout 1.0). */
  async logoutUrl(idToken: string, returnTo: string): Promise<URL | undefined> {
    const configuration = await this.#configuration();
    if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
    return buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: returnTo });
  }

  #configuration(): Promise<Configuration> {
    const known = this.#discovered;
    if (known !== undefined && performance.now() < known.freshUntilMs()) return known.result;
    let freshUntilMs = Infinity;
    const result = this.#discover().then(
      (configuration) => {
        freshUntilMs = performance.now() + DISCOVERY_FRESH_MS;
        return configuration;
      },
      (error: unknown) => {
        freshUntilMs = performance.now() + DISCOVERY_RETRY_MS;
        throw error;
      },
    );
    this.#discovered = { result, freshUntilMs: () => freshUntilMs };
    return result;
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, isHttpAllowed, timeoutSeconds: timeout } = this.#options;
    const authentication = clientSecret === undefined ? None() : secretAs(clientSecret);
    try {
      return await discovery(issuer, clientId, undefined, authentication, {
        timeout,
        ...(isHttpAllowed ? { execute: [allowInsecureRequests] } : {}),
      });
    } catch (error) {
      // Whatever is wrong there, nobody gets to log in, and only time or the administrator helps.
      const { message, cause } = providerError(error);
      throw new ProviderError('unreachable', message, { cause });
    }
  }
}

/** As the provider takes it; Basic is what it takes if it does not say (OpenID Connect Discovery §3). */
function secretAs(clientSecret: string): ClientAuth {
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported;
    const isBasic = methods === undefined || methods.includes('client_secret_basic');
    const authenticate = isBasic ? ClientSecretBasic(clientSecret) : ClientSecretPost(clientSecret);
    return authenticate(server, client, body, headers);
  };
}

const CANCELLED: ReadonlySet<string> = new Set(['access_denied', 'login_required', 'consent_required']);

function providerError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  if (error instanceof AuthorizationResponseError) {
    const code = CANCELLED.has(error.error) ? 'cancelled' : 'failed';
    return new ProviderError(code, `the provider answers ${error.error}`, { cause: error });
  }
  if (error instanceof ResponseBodyError) {
    const code = error.status >= 500 ? 'unreachable' : 'failed';
    const hint = error.error === 'invalid_client' ? ' (check oidc.clientId and oidc.clientSecret)' : '';
    return new ProviderError(code, `the provider answers ${error.error}${hint}`, { cause: error });
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    return new ProviderError('failed', `the provider answers ${error.status}`, { cause: error });
  }
  if (isNetworkError(error)) return new ProviderError('unreachable', wordsOf(error), { cause: error });
  if (error instanceof ClientError) return new ProviderError('failed', wordsOf(error), { cause: error });
  throw error;
}

function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || error.message === 'fetch failed') return true;
  const { cause } = error;
  // What answers with another status or type than a provider's is one that is not up (a proxy, a maintenance page).
  if (cause instanceof Response) return cause.status >= 500;
  return isNetworkError(cause);
}

/** Without addresses or bodies: those hold codes and tokens. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const deeper = cause instanceof Error ? `: ${wordsOf(cause)}` : cause instanceof Response ? `: ${cause.status}` : '';
  return `${error.message}${deeper}`;
}
