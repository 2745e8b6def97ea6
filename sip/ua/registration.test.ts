import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { sipResponse, uriOf } from '../../test/support/sip/messages.ts';
import { TestAgent } from '../../test/support/sip/test-agent.ts';
import { certificate } from '../../test/support/turn/certificate.ts';
import { until } from '../../test/support/wait.ts';
import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import type { Outcome } from './call-ways.ts';
import { Registration, type RegistrationSetting } from './registration.ts';

const TARGET = { protocol: 'UDP', address: '192.0.2.1', port: 5060 } as const;

const SETTING = {
  registrar: uriOf('', 'trunk.example'),
  account: uriOf('account', 'trunk.example'),
  credentials: { username: 'account', password: 's3cret' },
  expiresSeconds: 600,
  logger: pino({ level: 'silent' }),
};

/** A registration, what it asked for so far, as `number:seconds`, and how each is answered. */
function registration() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const ways: Pick<RegistrationSetting['ways'], 'randomToken' | 'now' | 'contactTowards' | 'exchange'> = {
    randomToken: () => 'token',
    now: () => 0,
    contactTowards: () => Promise.resolve({ uri: uriOf('account', '192.0.2.9'), parameters: new Map() }),
    exchange: (build) => {
      const request: SipRequest = build([]);
      asked.push(`${request.cSeq.number}:${headerValue(request, 'expires')}`);
      return new Promise<Outcome>((resolve) => {
        waiting.push(() => resolve({ kind: 'answered', request, response: sipResponse(request, 200) }));
      });
    },
  };
  const made = new Registration({
    ...SETTING,
    ways: ways as RegistrationSetting['ways'],
    targets: () => Promise.resolve([TARGET]),
  });
  /** Waits until a further one is asked for. */
  const isAsked = (count: number): Promise<unknown> => until(() => asked.length === count, `${count} requests`);
  const answer = (): void => waiting.shift()?.();
  return { made, asked, isAsked, answer };
}

test('it is taken back, and made once more', async () => {
  const { made, asked, isAsked, answer } = registration();
  made.start();
  await isAsked(1);
  answer();
  await until(() => made.isRegistered, 'a registration');
  const stopped = made.stop();
  expect(made.isRegistered).toBe(false);
  await isAsked(2);
  answer();
  await stopped;
  made.start();
  await isAsked(3);
  answer();
  await until(() => made.isRegistered, 'another registration');
  expect(asked).toEqual(['1:600', '2:0', '3:600']);
  const again = made.stop();
  await isAsked(4);
  answer();
  await again;
});

test('taken back while it is asked for, the registrar hears that after it has answered', async () => {
  const { made, asked, isAsked, answer } = registration();
  made.start();
  await isAsked(1);
  const stopped = made.stop();
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toEqual(['1:600']);
  answer();
  await isAsked(2);
  expect(asked).toEqual(['1:600', '2:0']);
  answer();
  await stopped;
  expect(made.isRegistered).toBe(false);
});

test('a trunk whose certificate is not to be trusted is told nothing, and asked again only later', async () => {
  await using here = await TestAgent.open();
  const { cert, key } = certificate();
  let said = '';
  const trunk = createServer({ cert: readFileSync(cert), key: readFileSync(key) }, (socket) => {
    socket.on('data', (bytes) => (said += bytes.toString()));
    socket.on('error', () => undefined);
  });
  let connections = 0;
  trunk.on('connection', () => connections++);
  trunk.on('tlsClientError', () => undefined);
  await once(trunk.listen(0, '127.0.0.1'), 'listening');
  const { port } = trunk.address() as AddressInfo;
  const target = { protocol: 'TLS', address: '127.0.0.1', port, serverName: 'trunk.example' } as const;
  const made = new Registration({ ...SETTING, ways: here.agent.ways, targets: () => Promise.resolve([target]) });
  try {
    made.start();
    expect(await until(() => made.problem, 'why it is not registered')).toContain('cannot be reached');
    expect({ said, connections }).toEqual({ said: '', connections: 1 });
  } finally {
    await made.stop();
    trunk.close();
  }
});
