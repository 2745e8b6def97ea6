import type { Worker } from 'node:worker_threads';
import { pino } from 'pino';
import { adminConfig, AdminServer } from '../../../runtime/admin.ts';
import { MemoryBus } from '../../../runtime/bus-memory.ts';
import { Database } from '../../../runtime/database.ts';
import { httpConfig } from '../../../runtime/http-config.ts';
import { HttpServer } from '../../../runtime/http.ts';
import { Metrics } from '../../../runtime/metrics.ts';
import { sipConfig } from '../../../sip/config.ts';
import { SipServer } from '../../../sip/server.ts';
import { NUMBER } from './gateway.ts';

export interface GatewayService extends AsyncDisposable {
  readonly server: SipServer;
  readonly port: number;
  /** Threads that carry sound, the first one first. */
  readonly mediaThreads: readonly Worker[];
  /** What keeps it from its work, as `/health` says. */
  problems(): readonly string[];
  /** Asks the admin API. */
  ask(path: string, body?: object): Promise<{ status: number; body: unknown }>;
}

export interface GatewayServiceOptions {
  /** Makes it the only role of its process. */
  readonly endProcess?: () => void;
}

const logger = pino({ level: process.env['PARLEY_TEST_LOG'] ?? 'silent' });
const RANDOM = 'r'.repeat(40);

/**
 * The sip role as main.ts runs it, on free ports of the loopback address, where its only trunk is too. There is no
 * signalling: calls come as far as the question for the PIN.
 * @param sip keys of the `sip` section
 */
export async function startGatewayService(
  sip: object = {},
  options: GatewayServiceOptions = {},
): Promise<GatewayService> {
  const mediaThreads: Worker[] = [];
  const onWorker = (worker: Worker): void => void mediaThreads.push(worker);
  process.on('worker', onWorker);
  const bus = new MemoryBus(logger);
  const metrics = new Metrics();
  const http = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, metrics, logger);
  const secrets = {
    internalKey: RANDOM,
    turnSecret: RANDOM,
    roomTokenKey: RANDOM,
    nonceSecret: RANDOM,
    adminToken: RANDOM,
  };
  const admin = new AdminServer(adminConfig.parse({ port: 0 }), RANDOM, logger);
  const config = sipConfig.parse({
    enabled: true,
    address: '127.0.0.1',
    port: 0,
    rtpPorts: '0-0',
    numbers: [{ number: NUMBER.number, country: 'GR' }],
    trunks: [{ name: 'loopback', sources: ['127.0.0.1'] }],
    ...sip,
  });
  const server = new SipServer(
    { bus, http, logger, metrics, secrets, xmppDomain: 'localhost', publicUrl: 'http://localhost:9' },
    config,
    Database.open(':memory:'),
    { admin, ...options },
  );
  await server.start();
  const adminPort = await admin.listen();
  return {
    server,
    port: server.port ?? 0,
    mediaThreads,
    problems: () => http.problems(),
    async ask(path, body) {
      const response = await fetch(`http://127.0.0.1:${adminPort}${path}`, {
        headers: { authorization: `Bearer ${RANDOM}`, 'content-type': 'application/json' },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      return { status: response.status, body: await response.json() };
    },
    async [Symbol.asyncDispose]() {
      process.off('worker', onWorker);
      await admin.close();
      await server.stop();
      await http.close();
      bus.close();
    },
  };
}
