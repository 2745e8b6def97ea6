import { pino } from 'pino';
import type { z } from 'zod';
import { adminConfig, AdminServer } from '../../../runtime/admin.ts';
import { MemoryBus } from '../../../runtime/bus-memory.ts';
import type { ServiceContext } from '../../../runtime/context.ts';
import { httpConfig } from '../../../runtime/http-config.ts';
import { HttpServer } from '../../../runtime/http.ts';
import { Metrics } from '../../../runtime/metrics.ts';
import { TlsFiles } from '../../../runtime/tls-files.ts';
import { type TurnConfig, turnConfig } from '../../../turn/config.ts';
import { TurnServer } from '../../../turn/server.ts';

export const TURN_SECRET = 'sekrit';

export interface TurnService extends AsyncDisposable {
  server: TurnServer;
  context: ServiceContext;
  port: number;
  tlsPort: number | undefined;
  /** Asks the admin API; only with `hasAdmin`. */
  ask(path: string, body?: object): Promise<{ status: number; body: unknown }>;
}

export interface TurnServiceOptions {
  /** As in the configuration file, over free ports on the loopback addresses. */
  config?: z.input<typeof turnConfig>;
  tls?: { cert: string; key: string };
  hasAdmin?: boolean;
}

const logger = pino({ level: process.env['PARLEY_TEST_LOG'] ?? 'silent' });

/** Settings over those that tests need. */
export function testTurnConfig(config: z.input<typeof turnConfig>): TurnConfig {
  const listenAddresses = ['127.0.0.1', '::1'];
  return turnConfig.parse({ port: 0, tlsPort: 0, secret: TURN_SECRET, listenAddresses, ...config });
}

/** The TURN role as main.ts runs it, on free ports of the loopback addresses, with one known secret. */
export async function startTurnService({
  config = {},
  tls,
  hasAdmin = false,
}: TurnServiceOptions = {}): Promise<TurnService> {
  const bus = new MemoryBus(logger);
  const metrics = new Metrics();
  const files = tls && (await TlsFiles.open(tls.cert, tls.key, logger));
  const http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), files, metrics, logger);
  const random = 'r'.repeat(40);
  const context: ServiceContext = {
    bus,
    http,
    logger,
    metrics,
    secrets: {
      internalKey: random,
      turnSecret: random,
      roomTokenKey: random,
      nonceSecret: random,
      adminToken: random,
    },
    xmppDomain: 'bench',
    publicUrl: 'http://localhost',
  };
  const admin = new AdminServer(adminConfig.parse({ port: 0 }), random, logger);
  const server = new TurnServer(context, testTurnConfig(config), { admin });
  await server.start();
  const adminPort = hasAdmin ? await admin.listen() : undefined;
  return {
    server,
    context,
    port: server.port ?? 0,
    tlsPort: server.tlsPort,
    async ask(path, body) {
      const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
        headers: { authorization: `Bearer ${random}`, 'content-type': 'application/json' },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      await admin.close();
      await server.stop();
      await http.close();
      files?.close();
      bus.close();
    },
  };
}
