import type { HttpServer } from '#runtime/http.ts';
import type { Logger } from '#runtime/logger.ts';
import type { OidcConfig } from './config.ts';
import { addLoginRoutes } from './login-routes.ts';
import { limitLogins } from './login-limit.ts';
import { MemberSessions } from './member-sessions.ts';
import { OwnTokens } from './own-tokens.ts';
import { OidcProvider, ProviderError } from './provider.ts';

/** People wait for the provider with an empty page. */
const PROVIDER_TIMEOUT_SECONDS = 8;

export interface OidcLoginOptions {
  readonly config: OidcConfig;
  readonly roomTokenKey: string;
  readonly domain: string;
  readonly clockSkewSeconds: number;
  readonly publicUrl: () => string;
  readonly logger: Logger;
}

/** Members who log in at an OpenID Connect provider, and come in with a token of our own. */
export class OidcLogin {
  readonly tokens: OwnTokens;
  readonly #provider: OidcProvider;
  readonly #options: OidcLoginOptions;

  /** @returns undefined where no provider is set up. */
  static create(options: OidcLoginOptions): OidcLogin | undefined {
    const { issuer, clientId } = options.config;
    return issuer === undefined || clientId === undefined ? undefined : new OidcLogin(options, issuer, clientId);
  }

  private constructor(options: OidcLoginOptions, issuer: string, clientId: string) {
    this.#options = options;
    const { config, roomTokenKey: key, domain, clockSkewSeconds } = options;
    this.tokens = new OwnTokens({ key, domain, clockSkewSeconds });
    this.#provider = new OidcProvider({
      issuer: new URL(issuer),
      clientId,
      clientSecret: config.clientSecret,
      scopes: config.scopes,
      isHttpAllowed: config.insecureIssuer,
      timeoutSeconds: PROVIDER_TIMEOUT_SECONDS,
    });
  }

  start(http: Pick<HttpServer, 'app' | 'clientOf'>): void {
    const { config, roomTokenKey, publicUrl, logger } = this.#options;
    const sessionSeconds = Math.round(config.sessionHours * 3600);
    void http.app.register(async (scope) => {
      await limitLogins(scope, {
        perMinute: config.requestsPerMinutePerAddress,
        addressOf: (request) => http.clientOf(request.raw).address,
      });
      addLoginRoutes(scope, {
        provider: this.#provider,
        sessions: new MemberSessions(sessionSeconds * 1000),
        sessionSeconds,
        tokens: this.tokens,
        rules: config,
        key: roomTokenKey,
        publicUrl,
        logger,
      });
    });
    void this.#look();
  }

  /** A mistake shows in the log at the start, not when the first person wants to log in. The provider may come later. */
  async #look(): Promise<void> {
    const { config, logger } = this.#options;
    try {
      await this.#provider.check();
      logger.info({ issuer: config.issuer }, 'the OpenID Connect provider answers');
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      logger.warn(
        `The OpenID Connect provider at ${config.issuer} cannot be used now: ${error.message}. People cannot log in there until it can. Check oidc.issuer (PARLEY_OIDC_ISSUER).`,
      );
    }
  }
}
