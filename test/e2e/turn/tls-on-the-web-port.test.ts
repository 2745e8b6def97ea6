import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../support/person.ts';
import { mediaAddress } from '../../support/server.ts';
import { smallCamera } from '../../support/scene.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { allowOnlyRelay, selectedPairs } from '../../support/turn/relay-only.ts';
import { until } from '../../support/wait.ts';

const root = join(import.meta.dirname, '../../..');
let server: ChildProcess;
let browser: Browser;
let url = '';

beforeAll(async () => {
  const { cert, key } = certificate();
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  url = `https://localhost:${port}`;
  server = spawn(process.execPath, [join(root, 'main.ts')], {
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      PARLEY_HTTP_PORT: String(port),
      PARLEY_DATA_DIR: join(dataDir, 'data'),
      PARLEY_MEDIA_PORT: '0',
      PARLEY_MEDIA_ADDRESS: mediaAddress(),
      PARLEY_TURN_PORT: '0',
      PARLEY_TURN_TLS_PORT: '0',
      PARLEY_TLS_CERT: cert,
      PARLEY_TLS_KEY: key,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
  await until(
    () => output.includes('Parley is ready'),
    () => `the server to be ready; it printed:\n${output}`,
    { timeoutMs: 30_000 },
  );
  browser = await puppeteer.launch({
    executablePath: process.env['PARLEY_TEST_CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      '--autoplay-policy=no-user-gesture-required',
      '--lang=en-US',
      // The certificate is self-signed; this holds for TURN over TLS too.
      '--ignore-certificate-errors',
    ],
  });
});

afterAll(async () => {
  await browser?.close();
  if (server.exitCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
});

test('one open port is enough for a whole call: page, signalling and media by TLS on it', async () => {
  const people: Person[] = [];
  for (const name of ['Ann', 'Bob']) {
    const person = await Person.open(browser, name, `${url}/health`, { camera: smallCamera });
    people.push(person);
    await allowOnlyRelay(person.page, 'tls');
    const userName = encodeURIComponent(JSON.stringify(name));
    await person.page.goto(`${url}/one-port#config.prejoinConfig.enabled=false&userInfo.displayName=${userName}`);
    await person.find('button', 'Leave');
  }
  const [ann, bob] = people;
  await ann?.seesVideoOf('Bob', { newFrames: 30 });
  await bob?.seesVideoOf('Ann', { newFrames: 30 });
  for (const person of people) {
    const pairs = await selectedPairs(person.page);
    expect(pairs.length).toBeGreaterThan(0);
    for (const { localType, relayProtocol, relayUrl } of pairs) {
      expect([localType, relayProtocol]).toEqual(['relay', 'tls']);
      expect(relayUrl).toBe(`turns:localhost:${new URL(url).port}?transport=tcp`);
    }
  }
  await Promise.all(people.map((person) => person.vanish()));
});
