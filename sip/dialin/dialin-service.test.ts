import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { pinText } from '#protocol/dialin/conference-mapper.ts';
import { Database } from '#runtime/database.ts';
import { httpConfig } from '#runtime/http-config.ts';
import { HttpServer } from '#runtime/http.ts';
import { Metrics } from '#runtime/metrics.ts';
import { dialInConfig } from './config.ts';
import { DialInService } from './dialin-service.ts';

const TOKEN = 'a-token-for-gateways-of-32-letters';
const CALLER = { source: '192.0.2.7', trunk: 'carrier' };
const NUMBERS = [
  { number: '+30 210 123 4567', country: 'GR' },
  { number: '+49 800 123 4567', country: 'DE', tollFree: true },
  { number: '+30 210 765 4321', country: 'GR', room: 'board' },
];
const ROOM = 'standup@muc.meet.example';

const running: { http: HttpServer; service: DialInService; database: Database }[] = [];
afterEach(async () => {
  for (const { http, service, database } of running.splice(0)) {
    service.stop();
    await http.close();
    database.close();
  }
});

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

async function start(config: object = {}) {
  const metrics = new Metrics();
  const http = new HttpServer(
    '127.0.0.1',
    httpConfig.parse({ port: 0 }),
    undefined,
    metrics,
    pino({ level: 'silent' }),
  );
  const database = Database.open(':memory:');
  const parsed = { ...dialInConfig.parse({ numbers: NUMBERS, ...config }), dialOut: { allow: ['+30*', '!+30901*'] } };
  const service = new DialInService({ http, metrics, xmppDomain: 'meet.example' }, parsed, database);
  const port = await http.listen();
  running.push({ http, service, database });
  const ask = async (path: string, init?: RequestInit): Promise<Answer> => {
    const response = await fetch(`http://127.0.0.1:${port}/dialin${path}`, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
  const map = async (room: string): Promise<Answer> => ask(`/conferenceMapper?conference=${encodeURIComponent(room)}`);
  const lookUp = (pin: string | number, token = TOKEN): Promise<Answer> =>
    ask(`/conferenceMapper?id=${pin}`, { headers: { authorization: `Bearer ${token}` } });
  return { service, metrics, ask, map, lookUp };
}

function pinIn(answer: Answer): string {
  return String((answer.json as { id: number }).id);
}

describe('the list of numbers', () => {
  test('has those that ask for a PIN, in the shape of Jitsi’s', async () => {
    const { ask } = await start();
    const { json, headers } = await ask(`/phoneNumberList?conference=${ROOM}`, {
      headers: { origin: 'https://x.example' },
    });
    expect(json).toEqual([
      { countryCode: 'GR', formattedNumber: '+30 210 123 4567', tollFree: false },
      { countryCode: 'DE', formattedNumber: '+49 800 123 4567', tollFree: true },
    ]);
    expect(headers.get('access-control-allow-origin')).toBe('https://x.example');
  });
});

describe('the mapper', () => {
  test('gives a meeting a PIN, and the same again however its address is written', async () => {
    const { map } = await start();
    const first = await map(ROOM);
    expect(first.json).toEqual({ message: expect.any(String), id: expect.any(Number), conference: ROOM });
    expect(pinIn(first)).toMatch(/^[1-9]\d{9}$/);
    expect(pinIn(await map('StandUp@muc.meet.example'))).toBe(pinIn(first));
    expect(pinIn(await map('other@muc.meet.example'))).not.toBe(pinIn(first));
  });

  test('takes the same names as JSON', async () => {
    const { ask, map } = await start();
    const answer = await ask('/conferenceMapper', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ conference: ROOM }),
    });
    expect(pinIn(answer)).toBe(pinIn(await map(ROOM)));
  });

  test('makes PINs of nine digits where that is configured', async () => {
    const { map } = await start({ dialIn: { pinDigits: 9 } });
    expect(pinIn(await map(ROOM))).toMatch(/^[1-9]\d{8}$/);
  });

  test.each([
    '',
    '?conference=',
    '?conference=standup',
    '?conference=a@elsewhere.example',
    `?conference=${'x'.repeat(1_500)}@muc.meet.example`,
    '?id=abc',
    '?id=1234567890123456',
    '?conference=a@muc.meet.example&conference=b@muc.meet.example',
  ])('refuses %s', async (query) => {
    const { ask } = await start({ dialIn: { lookupToken: TOKEN } });
    const { status, json } = await ask(`/conferenceMapper${query}`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(status).toBe(400);
    expect(json).toEqual({ message: expect.any(String) });
  });

  test('makes only so many PINs for one address, and goes on to tell those that are there', async () => {
    const { map } = await start({ dialIn: { newPinsPerHourPerAddress: 2 } });
    const first = await map('a@muc.meet.example');
    expect((await map('b@muc.meet.example')).status).toBe(200);
    expect((await map('c@muc.meet.example')).status).toBe(429);
    expect(pinIn(await map('a@muc.meet.example'))).toBe(pinIn(first));
  });

  test('answers an address only so often', async () => {
    const { ask } = await start();
    const statuses: number[] = [];
    for (let time = 0; time < 61; time += 1) statuses.push((await ask('/phoneNumberList')).status);
    expect(statuses.slice(0, 60).every((status) => status === 200)).toBe(true);
    expect(statuses[60]).toBe(429);
  });
});

describe('which meeting a PIN leads to', () => {
  test('is told to gateways with the token', async () => {
    const { map, lookUp } = await start({ dialIn: { lookupToken: TOKEN } });
    const pin = pinIn(await map(ROOM));
    expect((await lookUp(pin)).json).toEqual({ message: expect.any(String), id: Number(pin), conference: ROOM });
    expect((await lookUp(42)).json).toEqual({ message: expect.any(String), id: 42, conference: false });
  });

  test.each([
    ['a wrong token', { dialIn: { lookupToken: TOKEN } }, 'another-token-for-gateways-xxxxxx'],
    ['any token where none is configured', {}, TOKEN],
  ])('is not told to %s', async (_, config, token) => {
    const { map, lookUp } = await start(config);
    const answer = await lookUp(pinIn(await map(ROOM)), token);
    expect(answer.status).toBe(401);
    expect(answer.text).not.toContain('standup');
  });

  test('is told to the gateway of this process', async () => {
    const { service, map } = await start();
    const target = await service.resolvePin(pinIn(await map(ROOM)), CALLER);
    expect(target).toEqual({ room: ROOM, kind: 'guest' });
    expect(await service.resolvePin('1', CALLER)).toBeUndefined();
  });

  test('is told to nobody who tried twenty wrong ones, not even with a right one', async () => {
    const { service, map, metrics } = await start();
    const pin = pinIn(await map(ROOM));
    await Promise.all(Array.from({ length: 20 }, (_, guess) => service.resolvePin(`${guess}`, CALLER)));
    expect(await service.resolvePin(pin, CALLER)).toBeUndefined();
    expect(await service.resolvePin(pin, { source: '192.0.2.8', trunk: 'other' })).toMatchObject({ room: ROOM });
    const counted = await metrics.metrics();
    expect(counted).toContain('parley_sip_pin_lookups_total{result="wrong"} 20');
    expect(counted).toContain('parley_sip_pin_lookups_total{result="held-back"} 1');
  });
});

describe('the host’s PIN', () => {
  test('is made for a meeting that can be reached by phone, and stays the same', async () => {
    const { service, map } = await start();
    expect(service.hostPinOf(ROOM)).toBeUndefined();
    const pin = pinIn(await map(ROOM));
    const hostPin = service.hostPinOf(ROOM) ?? expect.fail('no host PIN');
    expect(hostPin).toMatch(/^[1-9]\d{9}$/);
    expect(hostPin).not.toBe(pin);
    expect(service.hostPinOf(ROOM)).toBe(hostPin);
    expect(await service.resolvePin(hostPin, CALLER)).toEqual({ room: ROOM, kind: 'host' });
  });

  test('is told to nobody over HTTP', async () => {
    const { service, map, ask } = await start();
    const pin = pinIn(await map(ROOM));
    const hostPin = service.hostPinOf(ROOM) ?? expect.fail('no host PIN');
    expect(pinIn(await map(ROOM))).toBe(pin);
    const page = (await ask(`?room=${ROOM.split('@')[0]}`)).text;
    expect(page).toContain(pinText(pin));
    expect(page).not.toContain(pinText(hostPin));
  });
});

describe('whether a number may be called', () => {
  test.each(['+30 210 123 4567', '0030 210 1234567'])('is answered for %j, with its country', async (phone) => {
    const { ask } = await start();
    const { json } = await ask(`/dialOutCheck?phone=${encodeURIComponent(phone)}`);
    expect(json).toEqual({ allow: true, country: 'GR', phone: '+302101234567' });
  });

  test.each([
    ['+30 901 123 4567', '+30 901 123 4567'],
    ['+49 30 1234567', '+49 30 1234567'],
    ['112', '112'],
    ['sip:a@b', 'sip:a@b'],
    ['+30\r\nX: y', '+30\r\nX: y'],
    ['9'.repeat(200), ''],
  ])('is denied for %j', async (phone, written) => {
    const { ask } = await start();
    const { json } = await ask(`/dialOutCheck?phone=${encodeURIComponent(phone)}`);
    expect(json).toEqual({ allow: false, phone: written });
  });

  test('is no for none', async () => {
    const { ask } = await start();
    expect((await ask('/dialOutCheck')).json).toEqual({ allow: false, phone: '' });
  });
});

describe('the page to print', () => {
  test('shows the numbers and the PIN of its meeting', async () => {
    const { ask, map } = await start();
    const { text, status, headers } = await ask('?room=standup');
    const pin = pinIn(await map(ROOM));
    expect(status).toBe(200);
    expect(text).toContain(`${pin.slice(0, 3)} ${pin.slice(3, 6)} ${pin.slice(6)}`);
    expect(text).toContain('+30 210 123 4567');
    expect(text).toContain(`tel:+302101234567,,${pin}%23`);
    expect(text).not.toContain('765 4321');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  test.each([
    ['el', '?room=standup&lang=el', ''],
    ['el', '?room=standup', 'el-GR,el;q=0.9,en;q=0.5'],
    ['en', '?room=standup&lang=en', 'el'],
    ['en', '?room=standup', 'fr'],
  ])('is in %s for %s and a browser that asks for “%s”', async (language, query, accepted) => {
    const { ask } = await start();
    const { text } = await ask(query, { headers: { 'accept-language': accepted } });
    expect(text).toContain(`<html lang="${language}">`);
  });

  test('writes a name as text, never as markup', async () => {
    const { ask } = await start();
    const { text } = await ask(`?room=${encodeURIComponent('<script>alert(1)</script>'.replace('/', '∕'))}`);
    expect(text).not.toContain('<script');
  });

  test.each(['', '?room=', '?room=assets', '?room=a/b/c'])('says that there is no meeting for “%s”', async (query) => {
    const { ask } = await start();
    const { status, text } = await ask(query);
    expect(status).toBe(404);
    expect(text).toContain('There is no meeting here');
  });

  test('says that too many meetings were asked for', async () => {
    const { ask } = await start({ dialIn: { newPinsPerHourPerAddress: 1 } });
    await ask('?room=a');
    const { status, text } = await ask('?room=b');
    expect(status).toBe(429);
    expect(text).toContain('Too many meetings');
  });
});
