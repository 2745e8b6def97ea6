import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeGatewayStats, type GatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { callReference, decodeDial, dialOf, encodeDial, readCallReference } from '#protocol/xmpp/rayo.ts';
import { errorReply, iqResult, readStanzaError, stanzaError } from '#protocol/xmpp/stanza.ts';
import { hostPinAnswer, hostPinRequest, readHostPin, readHostPinRequest } from '#protocol/xmpp/telephone-host.ts';
import { FocusHarness, ROOM } from '../test/support/focus/focus-harness.ts';

/** People have others called: the focus judges, and asks the gateways of its control room one after the other. */
const ANN = '1f0c9a7e';
const BOB = 'b27de114';
const FOCUS = 'focus@auth.meet.example/focus';
const BREWERY = 'jigasibrewery@internal-muc.meet.example';
const NUMBER = '+4930123456';

let harness: FocusHarness;
/** Names of gateways in the order in which they were asked. */
let asked: string[];

beforeEach(async () => {
  harness = await FocusHarness.start();
  asked = [];
  await harness.joinWithMedia(ANN);
  await harness.until(() => harness.rooms.isOwner(ROOM, ANN), 'Ann to moderate');
});
afterEach(async () => {
  await harness.settle();
  expect(harness.errors).toEqual([]);
  await harness.stop();
});

type Answer = (iq: XmlElement) => XmlElement | undefined;
const takes =
  (reference = `${ROOM}/cafe0001`): Answer =>
  (iq) =>
    iqResult(iq, callReference(reference));
const refuses =
  (condition: 'service-unavailable' | 'forbidden'): Answer =>
  (iq) =>
    errorReply(iq, stanzaError('cancel', condition));

/** A gateway in its control room. */
function addGateway(name: string, answer: Answer, stats: Partial<GatewayStats> = {}): void {
  const idle = { conferences: 0, participants: 0, isShuttingDown: false, stressLevel: 0, supportsSip: true };
  harness.rooms.enter(BREWERY, {
    nick: name,
    jid: `sip@auth.meet.example/${name}`,
    children: [encodeGatewayStats({ ...idle, ...stats })],
    receive: (iq) => {
      asked.push(name);
      const wish = dialOf(iq);
      if (wish !== undefined) expect(decodeDial(wish).to).toBe(NUMBER);
      const reply = answer(iq);
      if (reply === undefined) return;
      harness.rooms.toFocus({ ...reply, attrs: { ...reply.attrs, from: `${BREWERY}/${name}`, to: FOCUS } });
    },
  });
}

function dial(from = ANN, headers: Readonly<Record<string, string>> = { JvbRoomName: ROOM }): Promise<XmlElement> {
  const content = encodeDial({ to: NUMBER, from: 'fromnumber', headers: new Map(Object.entries(headers)) });
  return harness.rooms.ask(`${ROOM}/${from}`, FOCUS, 'set', content);
}
const conditionOf = (answer: XmlElement): string | undefined => readStanzaError(answer)?.condition;

test('a moderator’s wish goes to a gateway as it is, and the answer says where to hang up', async () => {
  let seen: XmlElement | undefined;
  addGateway('g1', (iq) => {
    seen = dialOf(iq);
    return takes()(iq);
  });
  const forged = { ParleyDialledBy: 'bob@meet.example' };
  const answer = await dial(ANN, { ...forged, JvbRoomName: ROOM, JvbRoomPassword: '2468' });
  expect(readCallReference(answer)).toBe(`${ROOM}/cafe0001`);
  const { headers } = decodeDial(seen ?? expect.fail('not asked'));
  expect(Object.fromEntries(headers)).toEqual({
    JvbRoomName: ROOM,
    JvbRoomPassword: '2468',
    // Who may end the call, whatever the client says.
    ParleyDialledBy: `${ANN}-44c1-4b0e-9d0a-6f2f5f1d7a10@meet.example`,
  });
});

describe('is not passed on', () => {
  beforeEach(() => addGateway('g1', takes()));
  afterEach(() => expect(asked).toEqual([]));

  test.each([
    ['no room', {}],
    ['another room', { JvbRoomName: 'other@muc.meet.example' }],
  ])('a wish that names %s', async (_what, headers) => {
    expect(conditionOf(await dial(ANN, headers))).toBe('bad-request');
  });

  test('one that cannot be read', async () => {
    const answer = await harness.rooms.ask(`${ROOM}/${ANN}`, FOCUS, 'set', xml('dial', { xmlns: 'urn:xmpp:rayo:1' }));
    expect(conditionOf(answer)).toBe('bad-request');
  });

  test('one of somebody who does not moderate, or is a caller', async () => {
    await harness.joinWithMedia(BOB);
    expect(conditionOf(await dial(BOB))).toBe('forbidden');
    await harness.join('cafe0002', { jid: 'sip@auth.meet.example/x', features: [] });
    expect(conditionOf(await dial('cafe0002'))).toBe('forbidden');
  });

  test('one from outside', async () => {
    expect(conditionOf(await dial('0badf00d'))).toBe('forbidden');
  });

  test('one of a moderator whose token forbids it', async () => {
    const connection = xml('connection', { xmlns: 'urn:parley:connection', origin: 'wss://meet.example', dial: false });
    harness.rooms.update(ROOM, ANN, { children: [connection] });
    expect(conditionOf(await dial())).toBe('forbidden');
  });
});

test('somebody whose token allows it need not moderate', async () => {
  addGateway('g1', takes());
  const connection = xml('connection', { xmlns: 'urn:parley:connection', origin: 'wss://meet.example', dial: true });
  await harness.join(BOB, { presence: [connection] });
  expect(readCallReference(await dial(BOB))).toBeDefined();
});

test('a gateway that is full is passed over; what one forbids the others are not asked', async () => {
  addGateway('g1', refuses('service-unavailable'));
  addGateway('g2', takes(), { participants: 1 });
  expect(readCallReference(await dial())).toBeDefined();
  expect(asked).toEqual(['g1', 'g2']);
  addGateway('g0', refuses('forbidden'));
  expect(conditionOf(await dial())).toBe('forbidden');
  expect(asked).toEqual(['g1', 'g2', 'g0']);
});

test('three that do not answer are enough', async () => {
  for (const name of ['g1', 'g2', 'g3', 'g4']) addGateway(name, () => undefined);
  const answer = dial();
  for (let count = 0; count < 3; count += 1) await harness.advance(5_000);
  expect(conditionOf(await answer)).toBe('remote-server-timeout');
  expect(asked).toEqual(['g1', 'g2', 'g3']);
});

test('without a gateway nobody can be called, and clients do not offer it', async () => {
  expect(conditionOf(await dial())).toBe('service-unavailable');
  const offered = async (): Promise<boolean> =>
    JSON.stringify(child(await harness.request(), 'conference')).includes('sipGatewayEnabled');
  expect(await offered()).toBe(false);
  addGateway('g1', takes());
  expect(await offered()).toBe(true);
  harness.rooms.leave(BREWERY, 'g1');
  expect(await offered()).toBe(false);
  addGateway('g2', takes(), { isShuttingDown: true });
  expect(conditionOf(await dial())).toBe('service-unavailable');
});

test('a meeting that has very many called waits', async () => {
  addGateway('g1', takes());
  for (let count = 0; count < 10; count += 1) expect(readCallReference(await dial())).toBeDefined();
  expect(conditionOf(await dial())).toBe('resource-constraint');
  await harness.advance(5_000);
  expect(readCallReference(await dial())).toBeDefined();
});

describe('with which PIN one moderates by telephone', () => {
  const askPin = (from: string): Promise<XmlElement> =>
    harness.rooms.ask(`${ROOM}/${from}`, FOCUS, 'get', hostPinRequest('other@muc.meet.example'));
  const knows =
    (pin: string): Answer =>
    (iq) => {
      expect(readHostPinRequest(iq)).toEqual({ room: ROOM });
      return iqResult(iq, hostPinAnswer(pin));
    };

  test('moderators are told, by a gateway that may have nobody to call with', async () => {
    addGateway('g1', knows('1234567890'), { supportsSip: false });
    expect(readHostPin(await askPin(ANN))).toBe('1234567890');
  });

  test('the next gateway is asked where one has none, and not one that shuts down', async () => {
    addGateway('g0', knows('1111111111'), { isShuttingDown: true });
    addGateway('g1', (iq) => errorReply(iq, stanzaError('cancel', 'item-not-found')));
    addGateway('g2', knows('2222222222'));
    expect(readHostPin(await askPin(ANN))).toBe('2222222222');
    expect(asked).toEqual(['g1', 'g2']);
  });

  test('who does not moderate, or is a caller or outside, is not told', async () => {
    addGateway('g1', knows('1234567890'));
    await harness.joinWithMedia(BOB);
    await harness.join('cafe0002', { jid: 'sip@auth.meet.example/x', features: [] });
    for (const somebody of [BOB, 'cafe0002', '0badf00d']) expect(conditionOf(await askPin(somebody))).toBe('forbidden');
    expect(asked).toEqual([]);
  });

  test('there is none without a gateway', async () => {
    expect(conditionOf(await askPin(ANN))).toBe('item-not-found');
  });

  test('it may be asked only so often', async () => {
    addGateway('g1', knows('1234567890'));
    for (let count = 0; count < 10; count += 1) expect(readHostPin(await askPin(ANN))).toBeDefined();
    expect(conditionOf(await askPin(ANN))).toBe('resource-constraint');
  });
});
