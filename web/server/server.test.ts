import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pino } from 'pino';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryBus } from '#runtime/bus-memory.ts';
import { httpConfig } from '#runtime/http-config.ts';
import { HttpServer } from '#runtime/http.ts';
import { Metrics } from '#runtime/metrics.ts';
import { loadSecrets } from '#runtime/secrets.ts';
import { StartError } from '#runtime/start-error.ts';
import { embedConfig, webConfig } from './config.ts';
import { clientConfig } from './client-config.ts';
import { securityHeaders } from './security-headers.ts';
import { WebServer } from './server.ts';

const WIDGET_URL = 'https://widget.meet.example';
const OPEN = {
  doHostsLogIn: false,
  usesPeerToPeer: true,
  canResume: true,
  identityProvider: undefined,
  widgetUrl: WIDGET_URL,
  telephone: { canDialIn: false, canDialOut: false },
  pictureSources: [],
};
const WIDGET = '<!doctype html><title>Widget</title>';
const logger = pino({ level: 'silent' });
const PAGE = '<!doctype html><html><head><title>Parley</title></head><body></body></html>';
const SCRIPT = `console.log('${'x'.repeat(2_000)}')`;
let directory: string;
let http: HttpServer;
let web: WebServer;
let port: number;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-web-'));
  const pagesDir = join(directory, 'dist');
  await mkdir(join(pagesDir, 'assets'), { recursive: true });
  await mkdir(join(pagesDir, 'libs'));
  await mkdir(join(pagesDir, 'widget'));
  await writeFile(join(pagesDir, 'widget/index.html'), WIDGET);
  await writeFile(join(pagesDir, 'libs/external_api.min.js'), SCRIPT);
  await writeFile(join(pagesDir, 'index.html'), PAGE);
  await writeFile(join(pagesDir, 'assets/index-D5nyr5wQ.js'), SCRIPT);
  await writeFile(join(pagesDir, 'assets/icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  ({ http, web } = await makeWeb(pagesDir));
  await web.start();
  port = await http.listen();
});
afterAll(async () => {
  await web.stop();
  await http.close();
  await rm(directory, { recursive: true });
});

async function makeWeb(
  pagesDir: string,
  allowedOrigins: readonly string[] = [],
): Promise<{ http: HttpServer; web: WebServer }> {
  const metrics = new Metrics();
  const server = new HttpServer('127.0.0.1', httpConfig.parse({ port: 0 }), undefined, metrics, logger);
  const context = {
    bus: new MemoryBus(logger),
    http: server,
    logger,
    metrics,
    secrets: await loadSecrets(join(directory, 'data')),
    xmppDomain: 'meet.example',
    publicUrl: 'https://meet.example',
  };
  const embed = embedConfig.parse({ allowedOrigins });
  return { http: server, web: new WebServer(context, webConfig.parse({ pagesDir }), embed, OPEN) };
}

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A plain client that sends the path and host exactly as given. */
function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

describe('external_api.js', () => {
  test.each([
    '/external_api.js',
    '/libs/external_api.js',
    '/libs/external_api.min.js',
    '/acme/external_api.js',
    '/acme/libs/external_api.min.js',
    '/external_api.js?release=release-1',
  ])('is a script for pages of any origin at %s', async (path) => {
    const { status, body, headers } = await get(path);
    expect(status).toBe(200);
    expect(body.toString()).toBe(SCRIPT);
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'public, max-age=300',
    });
  });
});

describe('the page', () => {
  test.each(['/', '/standup', '/acme/standup', '/%CE%95%CE%BB%CE%BB%CE%AC%CE%B4%CE%B1', '/100%25', '/a%2Fb'])(
    'is served for %s',
    async (path) => {
      const { status, body, headers } = await get(path);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
      expect(body.toString()).toBe(PAGE);
    },
  );

  test('is not served for a path that is no valid text', async () => {
    expect((await get('/%')).status).toBe(400);
  });

  test('may be embedded where a meeting is, and nowhere else', async () => {
    expect((await get('/standup')).headers['content-security-policy']).not.toContain('frame-ancestors');
    expect((await get('/')).headers['content-security-policy']).toContain("frame-ancestors 'self'");
  });

  test('may be embedded by the origins that the operator names, and by no others', async () => {
    const { http: other, web: strict } = await makeWeb(join(directory, 'dist'), ['https://chat.example', 'vector:']);
    await strict.start();
    const otherPort = await other.listen();
    const answer = await fetch(`http://127.0.0.1:${otherPort}/standup`);
    expect(answer.headers.get('content-security-policy')).toContain(
      "frame-ancestors 'self' https://chat.example vector:",
    );
    await other.close();
  });

  test('is the widget’s under the widget’s own name', async () => {
    const { status, body, headers } = await get('/matrix?widgetId=w1', { host: 'widget.meet.example:8443' });
    expect(status).toBe(200);
    expect(body.toString()).toBe(WIDGET);
    const policy = headers['content-security-policy'];
    expect(policy).not.toContain('frame-ancestors');
    expect(policy).toContain("connect-src 'self' ws://widget.meet.example:8443 wss://meet.example;");
    expect((await get('/standup', { host: 'widget.meet.example' })).body.toString()).toBe(PAGE);
  });

  test.each(['meet.example', 'localhost', 'widget.meet.example.evil.example', "widget.meet.example; script-src 'x'"])(
    'is not the widget’s under the name %s, where no meeting is called so either',
    async (host) => {
      expect((await get('/matrix', { host })).status).toBe(404);
    },
  );

  test('tells its address to nobody', async () => {
    expect((await get('/standup?jwt=a.b.c')).headers['referrer-policy']).toBe('no-referrer');
  });

  test('runs no script but ours and connects to this host only', async () => {
    const policy = (await get('/standup', { host: `localhost:${port}` })).headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`connect-src 'self' ws://localhost:${port};`);
  });

  test('does not let a made-up host into its policy', async () => {
    const policy = (await get('/standup', { host: "evil.example; script-src 'unsafe-inline'" })).headers;
    expect(policy['content-security-policy']).toContain("connect-src 'self' wss://meet.example;");
  });

  test('is not sent again while it is the same', async () => {
    const { headers } = await get('/standup');
    const again = await get('/other', { 'if-none-match': String(headers['etag']) });
    expect(again.status).toBe(304);
    expect(again.body).toHaveLength(0);
  });
});

describe('names that belong to the server', () => {
  test.each(['/metrics/x', '/libs/x.js', '/dialin/', '/xmpp-websocket/x', '/CONFIG.JS', '/.well-known/x'])(
    '%s is refused with a page that says so',
    async (path) => {
      const { status, body } = await get(path);
      expect(status).toBe(404);
      expect(body.toString()).toContain('is used by the server and cannot name a meeting');
    },
  );

  test('a name that is too long is refused, and no markup gets into the answer', async () => {
    const long = await get(`/${'x'.repeat(2_000)}`);
    expect(long.status).toBe(404);
    expect(long.body.toString()).toContain('too long');
  });
});

describe('assets', () => {
  test('with a hash in their name are kept for ever', async () => {
    const { headers } = await get('/assets/index-D5nyr5wQ.js');
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await get('/assets/icon.svg')).headers['cache-control']).toBe('no-cache');
  });

  test('are compressed for who takes it', async () => {
    const { headers, body } = await get('/assets/index-D5nyr5wQ.js', { 'accept-encoding': 'gzip, br' });
    expect(headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(body).toString()).toBe(SCRIPT);
    const plain = await get('/assets/index-D5nyr5wQ.js', { 'accept-encoding': 'gzip;q=0' });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.body.toString()).toBe(SCRIPT);
  });

  test.each([
    '/assets/../index.html',
    '/assets/%2e%2e/index.html',
    '/assets/..%2f..%2fpackage.json',
    '/assets/nothing',
  ])('%s is no file', async (path) => {
    const { status, body } = await get(path);
    expect(status === 404 || body.toString().includes('parley-settings')).toBe(true);
    expect(body.toString()).not.toContain('"dependencies"');
  });
});

describe('/config.js', () => {
  test('names our hosts and the settings that fit our bridge', async () => {
    const { body, headers } = await get('/config.js', { host: 'meet.example' });
    const context: { config?: unknown } = {};
    runInNewContext(body.toString(), context);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(JSON.parse(JSON.stringify(context.config))).toMatchObject({
      hosts: { domain: 'meet.example', muc: 'muc.meet.example', focus: 'focus.meet.example' },
      hiddenDomain: 'recorder.meet.example',
      enableWebsocketResume: true,
      p2p: { enabled: true },
      flags: { ssrcRewritingEnabled: false },
      bridgeChannel: { preferSctp: false },
      videoQuality: { codecPreferenceOrder: ['VP8'] },
    });
  });

  test('says where else people log in, under the public name', () => {
    const identityProvider = { name: 'Choir', loginUrl: 'https://meet.example/auth/login' };
    const config = clientConfig('http://localhost:8080', 'meet.example', {
      ...OPEN,
      doHostsLogIn: true,
      identityProvider,
    });
    const context: { config?: unknown } = {};
    runInNewContext(config, context);
    expect(JSON.parse(JSON.stringify(context.config))).toMatchObject({ parley: { identityProvider } });
  });

  test('says where telephones are asked about, as far as there are any', () => {
    const settingsWith = (telephone: typeof OPEN.telephone): unknown => {
      const context: { config?: unknown } = {};
      runInNewContext(clientConfig('https://meet.example', 'meet.example', { ...OPEN, telephone }), context);
      return JSON.parse(JSON.stringify(context.config));
    };
    const dialIn = {
      dialInNumbersUrl: 'https://meet.example/dialin/phoneNumberList',
      dialInConfCodeUrl: 'https://meet.example/dialin/conferenceMapper',
      parley: { dialInPageUrl: 'https://meet.example/dialin' },
    };
    const dialOut = { dialOutAuthUrl: 'https://meet.example/dialin/dialOutCheck' };
    expect(settingsWith({ canDialIn: true, canDialOut: true })).toMatchObject({ ...dialIn, ...dialOut });
    expect(settingsWith({ canDialIn: true, canDialOut: false })).not.toHaveProperty('dialOutAuthUrl');
    const without = settingsWith({ canDialIn: false, canDialOut: false });
    for (const key of Object.keys({ ...dialIn, ...dialOut })) {
      if (key !== 'parley') expect(without).not.toHaveProperty(key);
    }
  });

  test('names the sources of pictures, which the page’s policy permits as well', async () => {
    const source = 'https://cloud.example';
    expect(clientConfig('https://meet.example', 'meet.example', { ...OPEN, pictureSources: [source] })).toContain(
      `"pictureSources": [\n      "${source}"`,
    );
    const page = { origin: 'https://meet.example', connectSources: [], framedBy: 'all' } as const;
    const policy = (pictureSources: readonly string[]) =>
      securityHeaders({ ...page, pictureSources })['content-security-policy'];
    expect(policy([source])).toContain(`img-src 'self' data: blob: ${source};`);
    expect(policy([])).toContain("img-src 'self' data: blob:;");
  });

  test('names the hosts of guests and accounts only where not everybody may open a meeting', () => {
    const closed = clientConfig('https://meet.example', 'meet.example', { ...OPEN, doHostsLogIn: true });
    expect(closed).toContain('"anonymousdomain": "guest.meet.example"');
    expect(closed).toContain('"authdomain": "auth.meet.example"');
    expect(clientConfig('https://meet.example', 'meet.example', OPEN)).not.toMatch(/anonymousdomain|authdomain/);
  });

  test('comes with /interface_config.js for Jitsi’s front end, and says so where nothing can be resumed', async () => {
    for (const path of ['/interface_config.js', '/acme/interface_config.js']) {
      const context: { interfaceConfig?: { APP_NAME?: string } } = {};
      runInNewContext((await get(path)).body.toString(), context);
      expect(context.interfaceConfig?.APP_NAME).toBe('Parley');
    }
    const never = clientConfig('https://meet.example', 'meet.example', { ...OPEN, canResume: false });
    expect(never).toContain('"enableWebsocketResume": false');
  });

  test('keeps two people on the bridge where that is wanted', () => {
    const always = clientConfig('https://meet.example', 'meet.example', { ...OPEN, usesPeerToPeer: false });
    expect(always).toMatch(/"p2p": \{\s+"enabled": false/u);
  });

  test('of a tenant leads to its rooms', async () => {
    const { body } = await get('/Acme.Corp/config.js', { host: 'evil.example' });
    const context: { config?: unknown } = {};
    runInNewContext(body.toString(), context);
    expect(JSON.parse(JSON.stringify(context.config))).toMatchObject({
      hosts: { domain: 'meet.example', muc: 'muc.acme_corp.meet.example', focus: 'focus.meet.example' },
      websocket: 'wss://meet.example/acme_corp/xmpp-websocket',
      websocketKeepAliveUrl: 'https://meet.example/acme_corp/xmpp-websocket',
    });
    expect((await get('/a%20b/config.js')).status).toBe(404);
  });

  test('names the host under which the client came only if it is ours', async () => {
    expect((await get('/config.js', { host: 'evil.example' })).body.toString()).toContain(
      '"websocket": "wss://meet.example/xmpp-websocket"',
    );
    expect((await get('/config.js', { host: `localhost:${port}` })).body.toString()).toContain(
      `"websocket": "ws://localhost:${port}/xmpp-websocket"`,
    );
  });
});

test('a page that was never built is told with the remedy', async () => {
  const { web: unbuilt } = await makeWeb(join(directory, 'nowhere'));
  await expect(unbuilt.start()).rejects.toThrow(StartError);
  await expect(unbuilt.start()).rejects.toThrow('npm run build:web');
});
