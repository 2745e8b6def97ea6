import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runDoctor } from '../../../cli/doctor.ts';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer } from '../../support/sip/gateway.ts';
import { freePort } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';

/** The doctor at an installation that telephones call. */
let server: ParleyServer;
let environment: Record<string, string>;
let provider: Socket;
let doesAnswer = true;

beforeAll(async () => {
  provider = createSocket('udp4');
  provider.on('message', (bytes, { port }) => {
    if (doesAnswer) provider.send(answerTo(bytes.toString()), port, '127.0.0.1');
  });
  provider.bind(0, '127.0.0.1');
  await once(provider, 'listening');
  const trunks = [{ name: 'provider', server: `127.0.0.1:${provider.address().port}`, pingSeconds: 1 }];
  const adminPort = String(await freePort());
  const options = gatewayServer({ trunks, t1Ms: 10 }, { environment: { PARLEY_ADMIN_PORT: adminPort } });
  server = await ParleyServer.start({ ...options, logName: 'doctor-telephone' });
  await gatewayPorts(server);
  environment = { ...options.environment, PARLEY_DATA_DIR: server.dataDir, PARLEY_PUBLIC_URL: server.url };
});
afterAll(async () => {
  await server.stop();
  provider.close();
});

/** 200 to a request, whatever it is. */
function answerTo(request: string): string {
  const kept = request.split('\r\n').filter((line) => /^(?:Via|From|To|Call-ID|CSeq):/i.test(line));
  return ['SIP/2.0 200 OK', ...kept, 'Content-Length: 0', '', ''].join('\r\n');
}

/** What the doctor prints about telephones. */
async function doctor(change: Readonly<Record<string, string>> = {}): Promise<string> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const printed = text(output);
  errors.resume();
  await runDoctor([], { environment: { ...environment, ...change }, output, errors, now: () => Date.now() });
  output.end();
  return (await printed)
    .split('\n')
    .filter((line) => / telephone|^ {2}→/.test(line))
    .join('\n');
}

test('finds well what is well, and a trunk that falls silent', async () => {
  const { port } = await gatewayPorts(server);
  const printed = await until(
    async () => {
      const said = await doctor();
      return said.includes('it answers') ? said : undefined;
    },
    'the trunk to answer',
    { timeoutMs: 10_000 },
  );
  for (const line of [
    '✓ telephone: numbers: 1 in invitations',
    '✓ telephone: all prompts can be played',
    `✓ telephone: SIP is reached at localhost: UDP port ${port}, TCP port ${port}`,
    '✓ telephone: trunk provider: it answers',
    `✓ telephone: what invitations are told: ${server.url}/dialin/phoneNumberList answers`,
    `✓ telephone: what invitations are told: ${server.url}/dialin/conferenceMapper answers`,
  ]) {
    expect(printed).toContain(line);
  }
  doesAnswer = false;
  await until(
    async () => (await doctor()).includes('✗ telephone: Trunk provider does not answer.'),
    'the silence to be found',
    {
      timeoutMs: 15_000,
    },
  );
});

test('finds ports that are not where trunks look for them, and numbers that nobody configured', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'parley-doctor-')), 'parley.yaml');
  const sip = { enabled: true, announcedAddress: '127.0.0.2', trunks: [{ name: 'provider', sources: ['192.0.2.1'] }] };
  writeFileSync(file, JSON.stringify({ sip }));
  const printed = await doctor({ PARLEY_CONFIG: file });
  expect(printed).toMatch(/✗ telephone: No number is configured.*\n {2}→ Write the numbers/);
  expect(printed).toMatch(
    /✗ telephone: SIP does not come through at 127\.0\.0\.2: UDP port \d+, TCP port \d+\.\n {2}→ Open/,
  );
  expect(printed).toContain('– telephone: what invitations are told: no numbers to tell');
});

test('says so where there are no telephones', async () => {
  expect(await doctor({ PARLEY_SIP_ENABLED: 'false' })).toContain('– telephone: off (sip.enabled)');
});
