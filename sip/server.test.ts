import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { headerValue } from './message/headers.ts';
import { tagOf } from './message/name-address.ts';
import { NUMBER } from '../test/support/sip/gateway.ts';
import { type GatewayService, startGatewayService } from '../test/support/sip/gateway-service.ts';
import { RawPeer } from '../test/support/sip/raw-peer.ts';
import { until } from '../test/support/wait.ts';

// The gateway as its operator sees it: drained, stopped, with a part of it dead. Calls stay at the question for the PIN.

let stack: AsyncDisposableStack;
let gateway: GatewayService;
let phone: RawPeer;
let calls = 0;

beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function start(...options: Parameters<typeof startGatewayService>): Promise<void> {
  gateway = stack.use(await startGatewayService(...options));
  phone = stack.use(await RawPeer.open(gateway.port));
}

interface Call {
  readonly id: string;
  readonly toTag: string;
}

function say(method: string, number: number, { id, toTag }: Partial<Call>, body = ''): void {
  const address = `127.0.0.1:${phone.port}`;
  phone.send(
    [
      `${method} sip:${NUMBER.dialled}@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${id}-${method}`,
      `From: <sip:caller@${address}>;tag=${id}`,
      `To: <sip:${NUMBER.dialled}@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      `Call-ID: ${id}`,
      `CSeq: ${number} ${method}`,
      `Contact: <sip:caller@${address}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
    ],
    body,
  );
}

/** Invites, and waits for this answer to it. */
async function call(status: number): Promise<Call> {
  const id = `call${++calls}`;
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0', ''];
  say('INVITE', 1, { id }, lines.join('\r\n'));
  const response = await until(
    () => phone.responses('INVITE').find(({ callId, status: found }) => callId === id && found === status),
    `${status} to a call`,
  );
  if (status !== 200) expect(headerValue(response, 'retry-after')).toBeDefined();
  const made = { id, toTag: tagOf(response.to) ?? '' };
  say('ACK', 1, made);
  return made;
}

async function hangUp(made: Call): Promise<void> {
  say('BYE', 2, made);
  await until(() => phone.responses('BYE').find(({ callId }) => callId === made.id), 'an answer to the BYE');
}

test('what was said in a call is told to the administrator, and nothing of what is not known', async () => {
  await start();
  const made = await call(200);
  const { calls: states } = (await gateway.ask('/sip/calls')).body as { calls: { callId: string }[] };
  expect(states).toMatchObject([{ callId: made.id }]);
  await hangUp(made);
  const { status, body } = await gateway.ask(`/sip/traces/${made.id}`);
  const { parts } = body as { parts: { direction: string; text: string }[] };
  const said = parts.map(({ direction, text }) => `${direction} ${text.split('\n')[0]}`);
  expect(status).toBe(200);
  expect(said).toEqual([
    expect.stringMatching(/^in INVITE /u),
    'out SIP/2.0 100 Trying',
    'out SIP/2.0 200 OK',
    expect.stringMatching(/^in ACK /u),
    expect.stringMatching(/^in BYE /u),
    'out SIP/2.0 200 OK',
  ]);
  expect((await gateway.ask('/sip/traces')).body).toMatchObject({ traces: [{ callId: made.id, messages: 6 }] });
  expect(await gateway.ask('/sip/traces/other')).toMatchObject({ status: 404 });
});

describe('draining', () => {
  test('new calls are refused while those of before go on; taken back, they are taken again', async () => {
    await start();
    const first = await call(200);
    expect(await gateway.ask('/sip/drain', {})).toEqual({
      status: 200,
      body: { calls: 1, isDraining: true, endsWhenDrained: false, problems: [expect.stringContaining('no new calls')] },
    });
    await call(503);
    expect(gateway.server.callStates).toHaveLength(1);
    await hangUp(first);
    expect(await gateway.ask('/sip/undrain', {})).toEqual({
      status: 200,
      body: { calls: 0, isDraining: false, endsWhenDrained: false, problems: [] },
    });
    await hangUp(await call(200));
  });

  test('where the gateway is the only role it is not healthy meanwhile, and the process ends with the last call', async () => {
    let ended = 0;
    await start({}, { endProcess: () => ended++ });
    const only = await call(200);
    expect(gateway.problems()).toEqual([]);
    expect(await gateway.ask('/sip/drain', {})).toMatchObject({ body: { endsWhenDrained: true } });
    expect(gateway.problems()).toEqual([expect.stringContaining('no new calls')]);
    expect(ended).toBe(0);
    await hangUp(only);
    await until(() => ended === 1, 'the end of the process');
  });

  test('a stop waits for the calls, refuses new ones and cannot be taken back', async () => {
    await start({ drainSeconds: 60 });
    const last = await call(200);
    const stopped = gateway.server.stop();
    await call(503);
    expect(await gateway.ask('/sip/undrain', {})).toMatchObject({ status: 409 });
    expect(phone.requests('BYE')).toEqual([]);
    await hangUp(last);
    await stopped;
  });

  test('a stop that may not wait hangs up', async () => {
    await start();
    const last = await call(200);
    const stopped = gateway.server.stop();
    const bye = await phone.request('BYE');
    expect(bye.callId).toBe(last.id);
    phone.respond(bye, 200);
    await stopped;
  });

  test('the registration is taken back at once, so that the provider sends calls elsewhere, and made again', async () => {
    const registrar = stack.use(await RawPeer.open(0));
    await start({
      trunks: [
        { name: 'provider', server: `127.0.0.1:${registrar.port}`, username: 'us', register: true, pingSeconds: 0 },
      ],
    });
    for (const [which, expires] of ['600', '0', '600', '0'].entries()) {
      const request = await registrar.request('REGISTER', which + 1);
      expect(headerValue(request, 'expires')).toBe(expires);
      registrar.respond(request, 200);
      const isBound = expires !== '0';
      await until(() => gateway.server.trunkStates[0]?.isRegistered === isBound, `the registration: ${isBound}`);
      if (which === 3) break;
      await gateway.ask(isBound ? '/sip/drain' : '/sip/undrain', {});
    }
  });
});

test('when the thread that carries sound dies its calls end, and the next call has another one', async () => {
  await start();
  const lost = await call(200);
  expect(gateway.mediaThreads).toHaveLength(1);
  await gateway.mediaThreads[0]?.terminate();
  const bye = await phone.request('BYE');
  expect(bye.callId).toBe(lost.id);
  phone.respond(bye, 200);
  await until(() => gateway.server.callStates.length === 0, 'the end of the call');
  await hangUp(await call(200));
  expect(gateway.mediaThreads).toHaveLength(2);
});
