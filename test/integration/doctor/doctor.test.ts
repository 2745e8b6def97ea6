import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runDoctor } from '../../../cli/doctor.ts';
import type { Finding } from '../../../cli/doctor/check.ts';
import { Authority } from '../../support/matrix/authority.ts';
import { BrokenProxy } from '../../support/matrix/broken-proxy.ts';
import { ADMIN_TOKEN, json, STUB_CA_FILE, StubHomeserver } from '../../support/matrix/stub-homeserver.ts';
import { mediaAddress, ParleyServer } from '../../support/server.ts';

const authority = new Authority();
const folder = mkdtempSync(join(tmpdir(), 'parley-doctor-'));
const configFile = join(folder, 'parley.yaml');

let homeserver: StubHomeserver;
let proxy: BrokenProxy;
let server: ParleyServer;
let good: Record<string, string>;
beforeAll(async () => {
  homeserver = await StubHomeserver.start();
  proxy = await BrokenProxy.start(authority.certificate('IP:127.0.0.1,DNS:localhost'), () => server.httpPort);
  writeFileSync(
    configFile,
    JSON.stringify({
      matrix: {
        enabled: true,
        widgetUrl: `https://localhost:${proxy.port}`,
        homeservers: [
          // Nothing is at its well-known address, and nobody outside is asked.
          { serverName: 'localhost', baseUrl: homeserver.baseUrl, caFile: STUB_CA_FILE, adminToken: ADMIN_TOKEN },
        ],
      },
    }),
  );
  const environment = {
    PARLEY_CONFIG: configFile,
    PARLEY_PUBLIC_URL: `https://127.0.0.1:${proxy.port}`,
    PARLEY_ADMIN_PORT: String(await freePort()),
    PARLEY_SFU_WORKERS: '1',
  };
  server = await ParleyServer.start({ logName: 'doctor', environment });
  good = { ...environment, PARLEY_DATA_DIR: server.dataDir };
});
afterAll(async () => {
  await server.stop();
  await proxy[Symbol.asyncDispose]();
  await homeserver[Symbol.asyncDispose]();
});
beforeEach(() => {
  proxy.mend();
  homeserver.override = undefined;
});

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

interface Options {
  readonly environment?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  readonly now?: () => number;
}

async function doctor({ environment = {}, args = ['--ca', authority.file], now = () => Date.now() }: Options = {}) {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([text(output), text(errors)]);
  const code = await runDoctor(args, { environment: { ...good, ...environment }, output, errors, now });
  output.end();
  errors.end();
  const [printed, complained] = await texts;
  return { code, printed, complained };
}

/** `part: what is broken` and its remedy, one for each thing that is broken. */
async function problems(options: Options = {}): Promise<string[]> {
  const { printed, code } = await doctor({
    ...options,
    args: ['--json', ...(options.args ?? ['--ca', authority.file])],
  });
  const checked = JSON.parse(printed) as { check: string; findings: Finding[] }[];
  const found = checked.flatMap(({ check, findings }) =>
    findings.flatMap((finding) =>
      finding.state === 'broken' ? [`${check}: ${finding.what} → ${finding.remedy}`] : [],
    ),
  );
  expect(code).toBe(found.length === 0 ? 0 : 1);
  return found;
}

test('a good installation is well, in all its parts', async () => {
  const { code, printed, complained } = await doctor();
  expect(complained).toBe('');
  expect(printed).not.toContain('✗');
  for (const part of [
    'server: it runs',
    `public address: https://127.0.0.1:${proxy.port} leads here`,
    'certificate: valid for 89 days',
    'WebSocket: signalling answers',
    'clock: as at the public address',
    'in other pages: meetings can be shown by any page',
    `media: ${mediaAddress()}: UDP and TCP answer`,
    'relay (TURN): UDP: a client is served',
    'relay (TURN): TCP: a client is served',
    'Matrix: what clients are told: https',
    `Matrix: widget: https://localhost:${proxy.port}/matrix is there`,
    `Matrix: homeservers: localhost answers at ${homeserver.baseUrl}`,
  ]) {
    expect(printed).toContain(`✓ ${part}`);
  }
  expect(printed).toContain('All is well.');
  expect(code).toBe(0);
});

test('a server that does not run', async () => {
  const found = await problems({ environment: { PARLEY_ADMIN_PORT: String(await freePort()) } });
  expect(found).toEqual([expect.stringMatching(/^server: No Parley answers .* → Start it/) as string]);
});

test('a name without an address', async () => {
  const found = await problems({ environment: { PARLEY_PUBLIC_URL: 'https://nowhere.invalid' } });
  expect(found).toContainEqual(
    expect.stringMatching(/^public address: .*the name has no address.* → Make a DNS record/),
  );
});

test('a public port at which nothing listens', async () => {
  const found = await problems({ environment: { PARLEY_PUBLIC_URL: `https://127.0.0.1:${await freePort()}` } });
  expect(found).toEqual([
    expect.stringMatching(/^public address: .*nothing listens there.* → Start the reverse proxy/),
  ]);
});

test('something else at the public address', async () => {
  proxy.answer = (_request, response) => {
    response.writeHead(200).end('Welcome to nginx!');
    return true;
  };
  expect(await problems()).toEqual([expect.stringMatching(/^public address: Something else than Parley answers/)]);
});

test('a public address that redirects', async () => {
  proxy.answer = (_request, response) => {
    response.writeHead(301, { location: 'https://www.meet.example/' }).end();
    return true;
  };
  expect(await problems()).toEqual([
    expect.stringMatching(/^public address: .* redirects to https:\/\/www\.meet\.example\/.* → Let publicUrl/),
  ]);
});

test('a certificate of an authority that nobody knows', async () => {
  expect(await problems({ args: [] })).toEqual([
    expect.stringMatching(/^public address: The certificate .* not accepted.*--ca/),
  ]);
});

test('a certificate for another name', async () => {
  const environment = { PARLEY_PUBLIC_URL: `https://127.0.0.2:${proxy.port}` };
  expect(await problems({ environment })).toContainEqual(
    expect.stringMatching(/^public address: The certificate .*ALTNAME.* → Get a certificate for the name/),
  );
});

test('a certificate that soon runs out', async () => {
  await using other = await BrokenProxy.start(authority.certificate('IP:127.0.0.1', 5), () => server.httpPort);
  const environment = { PARLEY_PUBLIC_URL: `https://127.0.0.1:${other.port}` };
  expect(await problems({ environment })).toEqual([
    expect.stringMatching(/^certificate: The certificate of 127\.0\.0\.1 runs out in [45] days.* → Renew it/),
  ]);
});

test('a proxy that opens no WebSockets', async () => {
  proxy.passesUpgrades = false;
  expect(await problems()).toEqual([
    expect.stringMatching(/^WebSocket: .* answers 400 .* → .*proxy_http_version 1\.1/),
    expect.stringMatching(/^Matrix: widget: .* answers 400 .* → .*proxy_http_version 1\.1/),
  ]);
});

test('a proxy that keeps meetings out of other pages', async () => {
  proxy.change = (_path, headers) => {
    headers['x-frame-options'] = 'SAMEORIGIN';
  };
  expect(await problems()).toEqual([
    expect.stringMatching(/^in other pages: .*X-Frame-Options: SAMEORIGIN.* → .*embed\.allowedOrigins/),
    expect.stringMatching(/^Matrix: widget: .*X-Frame-Options: SAMEORIGIN/),
  ]);
});

test('a widget whose host leads elsewhere', async () => {
  proxy.answer = ({ headers }, response) => {
    if (headers.host?.startsWith('localhost') !== true) return false;
    response.writeHead(404).end();
    return true;
  };
  expect(await problems()).toEqual([
    expect.stringMatching(/^Matrix: widget: .*\/matrix is not the widget \(status 404\).* → .*header Host/),
  ]);
});

test('a proxy that takes headers away which other pages need', async () => {
  proxy.change = (_path, headers) => delete headers['access-control-allow-origin'];
  expect(await problems()).toEqual([
    expect.stringMatching(/^Matrix: what clients are told: .* without “Access-Control/),
  ]);
});

test('a proxy that keeps .well-known to itself', async () => {
  proxy.answer = ({ url = '' }, response) => {
    if (!url.startsWith('/.well-known')) return false;
    response.writeHead(404).end();
    return true;
  };
  expect(await problems()).toEqual([
    expect.stringMatching(/^Matrix: what clients are told: .*status 404.* → Let the proxy pass/),
  ]);
});

test('clocks that differ', async () => {
  // What a server says of its clock leaves the part of a second away (RFC 9110 §5.6.7).
  expect(await problems({ now: () => Date.now() + 90_000 })).toEqual([
    expect.stringMatching(/^clock: .* 9[01] seconds apart.*NTP/),
  ]);
  homeserver.override = (_request, response) => {
    response.setHeader('date', new Date(Date.now() + 120_000).toUTCString());
    return false;
  };
  expect(await problems()).toEqual([expect.stringMatching(/^Matrix: homeservers: .* 1(?:19|20) seconds apart.*NTP/)]);
});

test('a homeserver whose port does not serve openid', async () => {
  homeserver.override = (_request, response, { pathname }) => {
    if (!pathname.endsWith('/userinfo')) return false;
    json(response, 404, { errcode: 'M_UNRECOGNIZED' });
    return true;
  };
  expect(await problems()).toEqual([
    expect.stringMatching(/^Matrix: homeservers: localhost, .*404.*names: \[client, openid\]/),
  ]);
});

test('a homeserver that does not take our token', async () => {
  homeserver.override = (_request, response, { pathname }) => {
    if (!pathname.startsWith('/_synapse')) return false;
    json(response, 403, { errcode: 'M_FORBIDDEN' });
    return true;
  };
  expect(await problems()).toEqual([
    expect.stringMatching(
      /^Matrix: homeservers: .*adminToken is not that of a server administrator.* → Make a new token/,
    ),
  ]);
});

test('media and relay that are not where clients are told', async () => {
  const { PARLEY_DATA_DIR: _own, ...others } = good;
  const environment = {
    ...others,
    PARLEY_ADMIN_PORT: String(await freePort()),
    PARLEY_MEDIA_ADDRESS: '192.0.2.1',
    // Not at the public address.
    PARLEY_TURN_LISTEN_ADDRESSES: mediaAddress(),
  };
  const lost = await ParleyServer.start({ logName: 'doctor-lost', environment });
  const before = server;
  server = lost;
  try {
    const found = await problems({ environment: { ...environment, PARLEY_DATA_DIR: lost.dataDir } });
    const parts = ['media: Media sent to 192.0.2.1, UDP', 'media: Media sent to 192.0.2.1, TCP'];
    for (const part of [...parts, 'relay (TURN): Over udp, 127.0.0.1', 'relay (TURN): Over tcp, 127.0.0.1']) {
      expect(found).toContainEqual(expect.stringContaining(part));
    }
    expect(found).toHaveLength(4);
  } finally {
    server = before;
    await lost.stop();
  }
});

test.each([[['more']], [['--other']]])('%j is not understood', async (args) => {
  const { code, complained } = await doctor({ args });
  expect(code).toBe(2);
  expect(complained).toContain('Usage');
});
