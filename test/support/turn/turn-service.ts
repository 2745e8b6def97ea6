import { pino } from 'pino';
import type { z } from 'zod';
import { MemoryBus } from '../../../runtime/bus-memory.ts';
import type { ServiceContext } from '../../../runtime/context.ts';
import { httpConfig } from '../../../runtime/http-config.ts';
import { HttpServer } from '../../../runtime/http.ts';
import { Metrics } from '../../../runtime/metrics.ts';
import { TlsFiles } from '../../../runtime/tls-files.ts';
import { turnConfig } from '../../../turn/config.ts';
import { TurnServer } from '../../../turn/server.ts';

export const TURN_SECRET = 'sekrit';

export interface TurnService extends AsyncDisposable {
  server: TurnServer;
  context: ServiceContext;
  port: number;
  tlsPort: number | undefined;
}

export interface TurnServiceOptions {
  /** As in the configuration file, over free ports on the loopback addresses. */
  config?: z.input<typeof turnConfig>;
  tls?: { cert: string; key: string };
}

const logger = pino({ level: process.env['PARLEY_TEST_LOG'] ?? 'silent' });

/** The TURN role as main.ts runs it, on free ports of the loopback addresses, with one known secret. */
export async function startTurnService({ config = {}, tls }: TurnServiceOptions = {}): Promise<TurnService> {
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
  const server = new TurnServer(
    context,
    turnConfig.parse({ port: 0, tlsPort: 0, secret: TURN_SECRET, listenAddresses: ['127.0.0.1', '::1'], ...config }),
  );
  await server.start();
  return {
    server,
    context,
    port: server.port ?? 0,
    tlsPort: server.tlsPort,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await http.close();
      files?.close();
      bus.close();
    },
  };
}
