import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { Browser } from 'puppeteer-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrowserName, launchChromium, launchFirefox } from '../../support/browsers.ts';
import { Person } from '../../support/person.ts';
import { mediaAddress } from '../../support/server.ts';
import { smallCamera } from '../../support/scene.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { allowOnlyRelay, selectedPairs } from '../../support/turn/relay-only.ts';
import { until } from '../../support/wait.ts';

const root = join(import.meta.dirname, '../../..');
const BROWSERS = ['chromium', 'firefox'] as const;
let server: ChildProcess;
const browsers = new Map<BrowserName, Browser>();
let url = '';
let files: { cert: string; key: string };

/** Puts a pair where the server looks for its own. */
function install(pair: { cert: string; key: string }): void {
  copyFileSync(pair.cert, files.cert);
  copyFileSync(pair.key, files.key);
}

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'parley-test-'));
  files = { cert: join(dataDir, 'cert.pem'), key: join(dataDir, 'key.pem') };
  install(certificate('first'));
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  url = `https://localhost:${port}`;
  server = spawn(process.execPath, [join(root, 'main.ts')], {
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      PARLEY_HTTP_PORT: String(port),
      PARLEY_WEB_P2P: 'false',
      PARLEY_ADMIN_PORT: '0',
      PARLEY_DATA_DIR: join(dataDir, 'data'),
      PARLEY_MEDIA_PORT: '0',
      PARLEY_MEDIA_ADDRESS: mediaAddress(),
      PARLEY_TURN_PORT: '0',
      PARLEY_TURN_TLS_PORT: '0',
      PARLEY_TLS_CERT: files.cert,
      PARLEY_TLS_KEY: files.key,
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
  // The certificates are self-signed; this holds for TURN over TLS too.
  browsers.set('chromium', await launchChromium({ acceptsAnyCertificate: true }));
  browsers.set('firefox', await launchFirefox({ acceptsAnyCertificate: true }));
});

afterAll(async () => {
  await Promise.all([...browsers.values()].map((browser) => browser.close()));
  if (server.exitCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGTERM');
  await exited;
});

async function joinByTls(name: string, room: string, browserName: BrowserName): Promise<Person> {
  const browser = browsers.get(browserName);
  if (browser === undefined) throw new Error(`${browserName} does not run`);
  const person = await Person.open(browser, name, `${url}/health`, { camera: smallCamera });
  await allowOnlyRelay(person.page, 'tls');
  const userName = encodeURIComponent(JSON.stringify(name));
  await person.page.goto(`${url}/${room}#config.prejoinConfig.enabled=false&userInfo.displayName=${userName}`);
  await person.find('button', 'Leave');
  return person;
}

async function seeEachOther(ann: Person, bob: Person): Promise<void> {
  await ann.seesVideoOf('Bob', { newFrames: 30 });
  await bob.seesVideoOf('Ann', { newFrames: 30 });
}

/** Name in the certificate that whoever comes now is shown. */
async function shownCertificate(): Promise<string> {
  const socket = connect({ port: Number(new URL(url).port), host: 'localhost', rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

test.each(BROWSERS)(
  'one open port is enough for a whole call in %s: page, signalling and media by TLS on it',
  async (browser) => {
    const people = [await joinByTls('Ann', `in-${browser}`, browser), await joinByTls('Bob', `in-${browser}`, browser)];
    const [ann, bob] = people as [Person, Person];
    await seeEachOther(ann, bob);
    for (const person of people) {
      const pairs = await selectedPairs(person.page);
      expect(pairs.length).toBeGreaterThan(0);
      for (const { localType, relayProtocol, relayUrl } of pairs) {
        expect([localType, relayProtocol]).toEqual(['relay', 'tls']);
        // Firefox does not tell the address it was given.
        if (browser === 'chromium') expect(relayUrl).toBe(`turns:localhost:${new URL(url).port}?transport=tcp`);
      }
    }
    await Promise.all(people.map((person) => person.vanish()));
  },
);

test('a certificate replaced in mid-call is shown to who comes next, and the calls of both browsers go on', async () => {
  const ann = await joinByTls('Ann', 'renewal', 'chromium');
  const bob = await joinByTls('Bob', 'renewal', 'firefox');
  await seeEachOther(ann, bob);
  const connections = (person: Person): Promise<number> => person.page.evaluate(() => window.peerConnections.length);
  const before = [await connections(ann), await connections(bob)];
  expect(await shownCertificate()).toBe('first');
  install(certificate('second'));
  await expect.poll(shownCertificate, { timeout: 20_000, message: 'the new certificate to be shown' }).toBe('second');
  await seeEachOther(ann, bob);
  expect([await connections(ann), await connections(bob)]).toEqual(before);
  await Promise.all([ann.vanish(), bob.vanish()]);
});
