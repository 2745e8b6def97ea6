import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../../../test/support/wait.ts';
import { NO_TELEPHONE, Telephone } from './telephone.ts';

const ROOM = 'standup@muc.acme.meet.example';
const NUMBER = { countryCode: 'GR', formattedNumber: '+30 210 123 4567', tollFree: false };

let server: Server;
let origin: string;
let answers: Record<string, unknown>;
const asked: URL[] = [];

beforeEach(async () => {
  asked.length = 0;
  answers = { '/numbers': [NUMBER], '/pin': { message: '', id: 1234567890, conference: ROOM } };
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    asked.push(url);
    const answer = answers[url.pathname];
    response.writeHead(answer === undefined ? 500 : 200).end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function telephone(): Telephone {
  const addresses = { ...NO_TELEPHONE, numbersUrl: `${origin}/numbers`, pinUrl: `${origin}/pin` };
  return new Telephone({ ...addresses, pageUrl: `${origin}/dialin` }, ROOM, 'acme/standup');
}

test('number and PIN of the meeting are asked for once', async () => {
  const phone = telephone();
  phone.load();
  phone.load();
  await until(() => phone.dialIn.value !== undefined, 'the number and the PIN');
  expect(phone.dialIn.value).toEqual({
    numbers: [NUMBER],
    pin: '1234567890',
    pageUrl: `${origin}/dialin?room=acme%2Fstandup`,
  });
  expect(asked).toHaveLength(2);
  expect(new Set(asked.map(({ pathname }) => pathname))).toEqual(new Set(['/numbers', '/pin']));
  expect(asked.map(({ searchParams }) => searchParams.get('conference'))).toEqual([ROOM, ROOM]);
});

test('after a failure the next one asks again', async () => {
  const phone = telephone();
  const { '/pin': pin } = answers;
  answers['/pin'] = undefined;
  phone.load();
  await until(() => asked.length === 2, 'both questions');
  answers['/pin'] = pin;
  await until(() => {
    phone.load();
    return phone.dialIn.value !== undefined;
  }, 'the number and the PIN');
});

test('a server without numbers, or without addresses for them, has nothing to show', async () => {
  answers['/numbers'] = [];
  const phone = telephone();
  phone.load();
  await until(() => asked.length === 2, 'both questions');
  expect(phone.dialIn.value).toBeUndefined();
  asked.length = 0;
  new Telephone(NO_TELEPHONE, ROOM, 'standup').load();
  expect(asked).toEqual([]);
});

test.each([
  [
    { allow: true, phone: '+302101234567' },
    { kind: 'allowed', number: '+302101234567' },
  ],
  [{ allow: false, phone: '0900' }, { kind: 'refused' }],
  [{ allow: true }, { kind: 'unknown' }],
  [undefined, { kind: 'unknown' }],
])('what the server says of a number, %j, is read', async (answer, judgement) => {
  answers['/may'] = answer;
  const phone = new Telephone({ ...NO_TELEPHONE, dialOutUrl: `${origin}/may` }, ROOM, 'standup');
  expect(await phone.judge('+30 210 123 4567')).toEqual(judgement);
  expect(asked[0]?.searchParams.get('phone')).toBe('+30 210 123 4567');
});

test('telephones can be called where the server says of numbers whether they may', async () => {
  expect(new Telephone({ ...NO_TELEPHONE, dialOutUrl: `${origin}/may` }, ROOM, 'standup').canCall).toBe(true);
  expect(new Telephone(NO_TELEPHONE, ROOM, 'standup').canCall).toBe(false);
  expect(await new Telephone(NO_TELEPHONE, ROOM, 'standup').judge('1')).toEqual({ kind: 'unknown' });
});
