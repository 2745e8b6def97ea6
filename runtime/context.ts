import type { Bus } from './bus.ts';
import type { HttpServer } from './http.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { Secrets } from './secrets.ts';

/** What every service gets besides its own typed part of the configuration. */
export interface ServiceContext {
  readonly bus: Bus;
  readonly http: HttpServer;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly secrets: Secrets;
  /** Host name of people's XMPP addresses (decisions.md, "XMPP domain D"). */
  readonly xmppDomain: string;
  /** Origin under which browsers reach us, without a slash at the end. With port 0 its port is known once http listens: read it late. */
  readonly publicUrl: string;
}
