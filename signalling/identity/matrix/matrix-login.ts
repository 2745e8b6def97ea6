import type { FastifyRequest } from 'fastify';
import type { HttpServer } from '#runtime/http.ts';
import type { Logger } from '#runtime/logger.ts';
import { StartError } from '#runtime/start-error.ts';
import type { TokenJudge, TokenOccasion } from '../jwt/token-judge.ts';
import type { TokenOutcome } from '../jwt/token-verifier.ts';
import { systemNetwork } from '../outbound/network.ts';
import type { MatrixConfig } from './config.ts';
import { fetchWellKnown, ServerDiscovery } from './discovery.ts';
import { readHomeserver } from './homeserver.ts';
import { MatrixJudge } from './matrix-judge.ts';
import { Membership } from './membership.ts';
import { OpenIdVerifier } from './open-id.ts';
import { Recheck, type Verified } from './recheck.ts';
import { checkHomeserver, type HomeserverCheck } from './self-check.ts';
import { SessionTokens } from './session-tokens.ts';
import { systemServices } from './srv.ts';
import { addWidgetRoutes } from './widget-routes.ts';

/** Tells Matrix clients to bring a token; fetched by pages of any origin (matrix note §2.1). */
const DISCOVERY_PATH = '/.well-known/element/jitsi';
const SRV_TIMEOUT_MS = 2_000;

export interface MatrixLoginOptions<Person extends Verified> {
  readonly config: MatrixConfig;
  readonly roomTokenKey: string;
  /** The XMPP domain. */
  readonly domain: string;
  publicUrl(): string;
  /** Those in conferences now whom a homeserver vouches for. */
  people(): Iterable<Person>;
  /** Out of the conference with it. */
  remove(person: Person): void;
  /** In charge of it from now on, or no longer. */
  changeRole(person: Person, isModerator: boolean): void;
  readonly logger: Logger;
}

/** People whom their homeservers vouch for (matrix note §2): how clients learn of it, who gets in, who must go. */
export class MatrixLogin<Person extends Verified> implements TokenJudge {
  readonly #options: MatrixLoginOptions<Person>;
  #judge: MatrixJudge | undefined;
  #check: (() => Promise<readonly HomeserverCheck[]>) | undefined;
  #recheck: Recheck<Person> | undefined;

  /** @returns undefined where it is off. */
  static create<Person extends Verified>(options: MatrixLoginOptions<Person>): MatrixLogin<Person> | undefined {
    return options.config.enabled ? new MatrixLogin(options) : undefined;
  }

  private constructor(options: MatrixLoginOptions<Person>) {
    this.#options = options;
  }

  /** @throws StartError for files that cannot be read. */
  async start(http: Pick<HttpServer, 'app' | 'clientOf'>): Promise<void> {
    const { config, roomTokenKey, domain, logger } = this.#options;
    const now = (): number => Date.now();
    const homeservers = await Promise.all(config.homeservers.map((one) => readHomeserver(one)));
    const network = systemNetwork;
    const discovery = new ServerDiscovery({
      wellKnown: (host) => fetchWellKnown(host, network),
      services: systemServices(SRV_TIMEOUT_MS),
      now,
    });
    const membership = new Membership(homeservers, now);
    const judge = (this.#judge = new MatrixJudge({
      config,
      openId: new OpenIdVerifier({ homeservers, discovery, network, now }),
      membership,
      sessions: new SessionTokens({
        key: roomTokenKey,
        domain,
        lifetimeSeconds: Math.round(config.sessionHours * 3600),
        nowSeconds: () => Math.floor(now() / 1000),
      }),
      hosts: () => this.#hosts(),
      logger,
      now,
    }));
    this.#check = () => Promise.all(homeservers.map((one) => checkHomeserver(one, { discovery, network, now })));
    http.app.get(DISCOVERY_PATH, (_request, reply) =>
      reply
        .headers({
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
          'cache-control': 'public, max-age=300',
        })
        .send({ auth: 'openidtoken-jwt' }),
    );
    if (config.widgetUrl !== undefined) await this.#startWidget(http, judge, config.widgetUrl);
    if (config.membership !== 'required') return;
    this.#recheck = new Recheck({
      membership,
      moderatorLevel: config.moderatorLevel,
      intervalMs: config.recheckSeconds * 1000,
      people: () => this.#options.people(),
      remove: (person) => this.#options.remove(person),
      changeRole: (person, isModerator) => this.#options.changeRole(person, isModerator),
      logger,
    });
    this.#recheck.start();
  }

  stop(): void {
    this.#recheck?.stop();
  }

  verify(token: string, occasion: TokenOccasion): Promise<TokenOutcome> {
    if (this.#judge === undefined) throw new Error('asked before it was started');
    return this.#judge.verify(token, occasion);
  }

  /** Whether the homeservers of the configuration serve us. */
  async check(): Promise<readonly HomeserverCheck[]> {
    return (await this.#check?.()) ?? [];
  }

  async #startWidget(http: Pick<HttpServer, 'app' | 'clientOf'>, judge: MatrixJudge, widgetUrl: string): Promise<void> {
    if (new URL(widgetUrl).hostname === new URL(this.#options.publicUrl()).hostname) {
      throw new StartError(
        'matrix.widgetUrl (PARLEY_MATRIX_WIDGET_URL) has the host name of publicUrl: Element would take the widget for a Jitsi call. Give this server a second name.',
      );
    }
    await http.app.register(async (scope) => {
      const addressOf = ({ raw }: FastifyRequest): string => http.clientOf(raw).address;
      const widget = { url: widgetUrl, name: this.#options.config.widgetName };
      await addWidgetRoutes(scope, { judge, widget, key: this.#options.roomTokenKey, addressOf });
    });
  }

  #hosts(): readonly string[] {
    const { config, domain } = this.#options;
    const { host, hostname } = new URL(this.#options.publicUrl());
    return [host, hostname, domain, ...config.domains].map((name) => name.toLowerCase());
  }
}
