import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect, type TLSSocket } from 'node:tls';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { httpConfig } from './http-config.ts';
import { HttpServer, refuse } from './http.ts';
import { Metrics } from './metrics.ts';
import { StartError } from './start-error.ts';
import { TlsFiles } from './tls-files.ts';

const logger = pino({ level: 'silent' });
let directory: string;
const cleanups: (() => Promise<void> | void)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-http-'));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
  await rm(directory, { recursive: true });
});

function makeCertificate(name: string, commonName: string): { cert: string; key: string } {
  const cert = join(directory, `${name}.crt`);
  const key = join(directory, `${name}.key`);
  const subject = ['-subj', `/CN=${commonName}`, '-days', '2', '-nodes'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { cert, key };
}

async function start(
  options: { config?: Record<string, unknown>; tls?: TlsFiles } = {},
): Promise<{ http: HttpServer; port: number }> {
  const config = httpConfig.parse({ port: 0, ...options.config });
  const http = new HttpServer('127.0.0.1', config, options.tls, new Metrics(), logger);
  cleanups.push(() => http.close());
  http.app.get('/hello', async (request) => ({ ip: request.ip }));
  return { http, port: await http.listen() };
}

function echoOn(http: HttpServer, segment: string, isBelowTenants = false): void {
  const sockets = new WebSocketServer({ noServer: true });
  cleanups.push(() => {
    for (const client of sockets.clients) client.terminate();
  });
  http.onUpgrade(
    segment,
    ({ request, socket, head, client }) => {
      sockets.handleUpgrade(request, socket, head, (webSocket) => webSocket.send(JSON.stringify(client)));
    },
    { isBelowTenants },
  );
}

async function firstMessage(url: string, options: WebSocket.ClientOptions = {}): Promise<unknown> {
  const socket = new WebSocket(url, options);
  cleanups.push(() => socket.terminate());
  const [data] = (await once(socket, 'message')) as [Buffer];
  return JSON.parse(data.toString());
}

async function upgradeStatus(url: string, options: WebSocket.ClientOptions = {}): Promise<number | undefined> {
  const socket = new WebSocket(url, options);
  socket.on('error', () => undefined); // `unexpected-response` below says what the error would
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode?: number }];
  return response.statusCode;
}

test('health is 200 only while no check names a problem', async () => {
  const { http, port } = await start();
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
  http.addHealthCheck('sfu', () => 'no worker runs');
  const response = await fetch(`http://127.0.0.1:${port}/health`);
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: 'unavailable', problems: ['sfu: no worker runs'] });
});

test('metrics are for allowed addresses only', async () => {
  const open = await start();
  expect((await fetch(`http://127.0.0.1:${open.port}/metrics`)).status).toBe(200);
  const closed = await start({ config: { metricsAllow: ['10.0.0.0/8'] } });
  expect((await fetch(`http://127.0.0.1:${closed.port}/metrics`)).status).toBe(403);
});

test('upgrades go to the owner of the first segment, below a tenant too where asked, others get 404', async () => {
  const { http, port } = await start();
  echoOn(http, 'xmpp-websocket', true);
  echoOn(http, 'colibri-ws');
  const base = `ws://127.0.0.1:${port}`;
  const client = { address: '127.0.0.1', protocol: 'http', host: `127.0.0.1:${port}` };
  expect(await firstMessage(`${base}/xmpp-websocket?room=a`)).toEqual(client);
  expect(await firstMessage(`${base}/acme/xmpp-websocket`)).toEqual(client);
  expect(await firstMessage(`${base}/colibri-ws/s/c/e?pwd=x`)).toEqual(client);
  expect(await upgradeStatus(`${base}/elsewhere`)).toBe(404);
  expect(await upgradeStatus(`${base}/acme/colibri-ws`)).toBe(404);
});

test('an owner can refuse an upgrade', async () => {
  const { http, port } = await start();
  http.onUpgrade('colibri-ws', ({ socket }) => refuse(socket, 403, 'Forbidden'));
  expect(await upgradeStatus(`ws://127.0.0.1:${port}/colibri-ws`)).toBe(403);
});

test('forwarded headers count only from trusted proxies', async () => {
  const headers = {
    'x-forwarded-for': '198.51.100.7',
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'meet.example',
  };
  const trusting = await start({ config: { trustedProxies: ['127.0.0.1'] } });
  echoOn(trusting.http, 'x');
  expect(await firstMessage(`ws://127.0.0.1:${trusting.port}/x`, { headers })).toEqual({
    address: '198.51.100.7',
    protocol: 'https',
    host: 'meet.example',
  });
  const wary = await start();
  echoOn(wary.http, 'x');
  expect(await firstMessage(`ws://127.0.0.1:${wary.port}/x`, { headers })).toMatchObject({
    address: '127.0.0.1',
    protocol: 'http',
  });
  const response = await fetch(`http://127.0.0.1:${wary.port}/hello`, { headers });
  expect(await response.json()).toEqual({ ip: '127.0.0.1' });
});

test('allowed origins narrow who may open sockets', async () => {
  const { http, port } = await start({ config: { allowedOrigins: ['https://meet.example'] } });
  echoOn(http, 'x');
  expect(await upgradeStatus(`ws://127.0.0.1:${port}/x`, { origin: 'https://evil.example' })).toBe(403);
  expect(await firstMessage(`ws://127.0.0.1:${port}/x`, { origin: 'https://meet.example' })).toBeDefined();
});

test('a port in use is named with the remedy', async () => {
  const { port } = await start();
  const error: unknown = await start({ config: { port } }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(StartError);
  expect(String(error)).toContain(`Port ${port} on 127.0.0.1 is in use`);
  expect(String(error)).toContain('PARLEY_HTTP_PORT');
});

async function openTls(port: number): Promise<TLSSocket> {
  const socket = tlsConnect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  cleanups.push(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

function commonNameOf(socket: TLSSocket): string {
  return String(socket.getPeerCertificate().subject.CN);
}

test('one TLS port carries https, wss and STUN, also with a slow first byte', async () => {
  const { cert, key } = makeCertificate('a', 'first.example');
  const tls = await TlsFiles.open(cert, key, logger);
  cleanups.push(() => tls.close());
  const { http, port } = await start({ tls });
  echoOn(http, 'x');
  const stun = Promise.withResolvers<Buffer>();
  http.onStunStream((socket) => socket.once('data', (data) => stun.resolve(data)));

  const status = await new Promise<number | undefined>((resolve, reject) => {
    httpsRequest({ port, host: '127.0.0.1', path: '/hello', rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  expect(status).toBe(200);
  expect(await firstMessage(`wss://127.0.0.1:${port}/x`, { rejectUnauthorized: false })).toMatchObject({
    protocol: 'https',
  });
  const binding = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
  (await openTls(port)).write(binding);
  expect(await stun.promise).toEqual(binding);
  const slow = await openTls(port);
  slow.write('G');
  slow.write('ET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  const [answer] = (await once(slow, 'data')) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200/);
});

test('a renewed certificate serves new connections; a broken pair never replaces a good one', async () => {
  const { cert, key } = makeCertificate('live', 'first.example');
  const tls = await TlsFiles.open(cert, key, logger);
  cleanups.push(() => tls.close());
  const { port } = await start({ tls });
  expect(commonNameOf(await openTls(port))).toBe('first.example');
  const renewed = makeCertificate('next', 'second.example');
  await copyFile(renewed.cert, cert);
  await tls.reload();
  expect(commonNameOf(await openTls(port))).toBe('first.example');
  await copyFile(renewed.key, key);
  await tls.reload();
  expect(commonNameOf(await openTls(port))).toBe('second.example');
});

test.each([
  ['absent.crt', 'a.key', /absent\.crt \(PARLEY_TLS_CERT\) cannot be read \(ENOENT\)/],
  ['a.key', 'a.key', /holds no certificate/],
  ['a.crt', 'a.crt', /holds no usable private key/],
  ['a.crt', 'b.key', /does not belong to the certificate/],
])('unusable TLS files are named: %s with %s', async (certName, keyName, message) => {
  makeCertificate('a', 'a.example');
  makeCertificate('b', 'b.example');
  const opening = TlsFiles.open(join(directory, certName), join(directory, keyName), logger);
  await expect(opening).rejects.toThrow(message);
});
