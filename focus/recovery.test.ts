import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { child, type XmlElement } from '#protocol/xmpp/element.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { camera, type FakeClient } from '../test/support/focus/fake-client.ts';
import { FocusHarness, isComplete, ROOM } from '../test/support/focus/focus-harness.ts';

let harness: FocusHarness;

beforeEach(async () => {
  harness = await FocusHarness.start();
});
afterEach(() => harness.stop());

const ANN = '1f0c9a7e';
const BOB = 'b27de114';
const EVE = '01234567';

function conditionOf(answer: XmlElement): string | undefined {
  return answer.attrs['type'] === 'error' ? readStanzaError(answer)?.condition : undefined;
}

function offers(client: FakeClient): number {
  return client.actions().filter((action) => action === 'session-initiate').length;
}

/** The one invited again has a new session, and everything flows to everybody. */
async function isWhole(...clients: readonly FakeClient[]): Promise<void> {
  await harness.until(() => isComplete(clients), 'all know of the sources of all others again');
  await harness.settle();
  for (const client of clients) {
    const bridge = [...harness.bridges.values()].find(
      ({ id }) => harness.bridge(id).endpoint(client.nick) !== undefined,
    );
    expect(bridge?.flowingTo(client.nick)).toEqual(client.received);
  }
}

describe('a client that asks for a restart', () => {
  test('gets a new session without leaving the room, and the others its sources anew', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    const before = ann.offer?.sid;
    expect(conditionOf(await ann.terminate({ restart: true }))).toBeUndefined();
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
    await isWhole(ann, bob);
    expect(ann.offer?.sid).not.toBe(before);
    expect(offers(bob)).toBe(1);
    expect(harness.bridge().endpointCount).toBe(2);
  });

  test('with a wrong bridge session is refused and keeps its session', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    expect(conditionOf(await ann.terminate({ id: 'other', restart: true }))).toBe('item-not-found');
    await harness.settle();
    expect(offers(ann)).toBe(1);
    expect(harness.bridge().endpointCount).toBe(2);
  });

  test('sooner than 5 s after the last one is refused', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    await ann.terminate({ restart: true });
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
    await harness.advance(4_999);
    expect(conditionOf(await ann.terminate({ restart: true }))).toBe('resource-constraint');
    await harness.advance(1);
    expect(conditionOf(await ann.terminate({ restart: true }))).toBeUndefined();
  });

  test('more than five times in a minute is refused', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    for (let count = 0; count < 5; count += 1) {
      const invitations = offers(ann);
      expect(conditionOf(await ann.terminate({ restart: true }))).toBeUndefined();
      await harness.advance(5_000);
      // Repeated failures are invited again with growing delays.
      for (let step = 0; step < 10 && offers(ann) === invitations; step += 1) await harness.advance(1_000);
      expect(offers(ann)).toBe(invitations + 1);
    }
    expect(conditionOf(await ann.terminate({ restart: true }))).toBe('resource-constraint');
  });

  test('can do without a session: terminate alone ends it for good, and the others lose its sources', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    expect(conditionOf(await ann.terminate())).toBeUndefined();
    await harness.until(() => bob.received.length === 0, 'Bob lost Ann’s sources');
    await harness.advance(120_000);
    expect(offers(ann)).toBe(1);
  });
});

describe('a client that asks for an ICE restart', () => {
  test('gets new credentials in its session, and tells the bridge its own', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    const { sid, contents } = ann.offer ?? expect.fail('Ann has no session');
    const told = ann.jingle.length;
    for (const generation of [1, 2]) {
      expect(conditionOf(await ann.restartIce())).toBeUndefined();
      await harness.until(() => ann.jingle.length === told + generation, 'Ann is told');
      const info = ann.jingle.at(-1);
      const transport = info?.action === 'transport-info' ? info.contents[0]?.transport : undefined;
      expect(info?.sid).toBe(sid);
      expect(transport).toMatchObject({ iceGeneration: generation, candidates: contents[0]?.transport?.candidates });
      expect(transport?.credentials?.usernameFragment).not.toBe(contents[0]?.transport?.credentials?.usernameFragment);
      const ice = { usernameFragment: `mine${generation}`, password: 'm'.repeat(24) };
      expect(conditionOf(await ann.tellIce(ice, generation))).toBeUndefined();
      const { session } = harness.bridge().endpoint(ANN) ?? expect.fail('Ann is not on the bridge');
      expect(harness.bridge().updatedIce.at(-1)).toMatchObject({ endpoint: ANN, session, ice });
      await harness.advance(5_000);
    }
    expect(ann.offer?.sid).toBe(sid);
    expect(bob.jingle.map(({ action }) => action)).not.toContain('source-remove');
    await isWhole(ann, bob);
  });

  test('tells in vain what belongs to no restart', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    const ice = { usernameFragment: 'mine', password: 'm'.repeat(24) };
    expect(conditionOf(await ann.tellIce(ice, 1))).toBeUndefined();
    await ann.restartIce();
    expect(conditionOf(await ann.tellIce(ice, 2))).toBeUndefined();
    expect(conditionOf(await ann.tellIce(ice))).toBeUndefined();
    await harness.settle();
    expect(harness.bridge().updatedIce).toEqual([]);
  });

  test('with a wrong bridge session, or too often, is refused and told nothing', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    const told = ann.jingle.length;
    expect(conditionOf(await ann.restartIce('other'))).toBe('item-not-found');
    expect(conditionOf(await ann.restartIce())).toBeUndefined();
    await harness.advance(4_999);
    expect(conditionOf(await ann.restartIce())).toBe('resource-constraint');
    expect(ann.jingle).toHaveLength(told + 1);
    // What a restart in place did not mend, a new session may at once.
    expect(conditionOf(await ann.terminate({ restart: true }))).toBeUndefined();
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
  });

  test('before it has accepted is refused', async () => {
    await harness.meeting(ANN, BOB);
    const eve = await harness.join(EVE, {});
    eve.behaviour = 'acknowledges';
    await harness.until(() => eve.offer !== undefined, 'Eve is invited');
    expect(conditionOf(await eve.restartIce())).toBe('unexpected-request');
  });

  test('counts from 1 again in a new session', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    await ann.restartIce();
    await ann.terminate({ restart: true });
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
    await harness.advance(5_000);
    expect(conditionOf(await ann.restartIce())).toBeUndefined();
    await harness.settle();
    const info = ann.jingle.at(-1);
    expect(info?.action === 'transport-info' && info.contents[0]?.transport?.iceGeneration).toBe(1);
  });

  test('from a bridge that lost it meanwhile gets a new session', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    harness.bridge().refusals.set('restart-ice', { ok: false, reason: 'no-such-endpoint', text: 'gone' });
    expect(conditionOf(await ann.restartIce())).toBe('service-unavailable');
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
    await isWhole(ann, bob);
  });

  test('in words of old clients, that ICE failed, gets a new session', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    const sid = ann.offer?.sid ?? '';
    expect(conditionOf(await ann.send({ action: 'session-info', sid, iceState: 'failed' }))).toBeUndefined();
    await harness.until(() => offers(ann) === 2, 'Ann is invited again');
    await isWhole(ann, bob);
    const next = ann.offer?.sid ?? '';
    expect(conditionOf(await ann.send({ action: 'session-info', sid: next, iceState: 'failed' }))).toBe(
      'resource-constraint',
    );
  });
});

describe('bridges', () => {
  test.each(['worker-died', 'ice-failed', 'dtls-failed', 'sfu-stopping'] as const)(
    'an endpoint closed by the bridge (%s) gets a new session at once',
    async (reason) => {
      const [ann, bob] = await harness.meeting(ANN, BOB);
      harness.bridge().close(ANN, reason);
      await harness.until(() => offers(ann) === 2, 'Ann is invited again');
      await isWhole(ann, bob);
      expect(ann.actions()).toContain('session-terminate');
      expect(offers(bob)).toBe(1);
    },
  );

  test('when a worker dies under everybody, everybody gets a new session in the same room', async () => {
    const clients = await harness.meeting(ANN, BOB, EVE);
    for (const { nick } of clients) harness.bridge().close(nick, 'worker-died');
    await harness.until(() => clients.every((client) => offers(client) === 2), 'all are invited again');
    await isWhole(...clients);
    expect(harness.rooms.occupants(ROOM)).toHaveLength(3);
  });

  test('a late event about an earlier session changes nothing', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    await ann.terminate({ restart: true });
    await isWhole(ann, bob);
    const session = harness.bridge().endpoint(ANN)?.session;
    harness.bridge().close('nobody', 'ice-failed');
    await harness.settle();
    expect(harness.bridge().endpoint(ANN)?.session).toBe(session);
    expect(offers(ann)).toBe(2);
  });

  test('when a bridge goes, the conference moves to another one', async () => {
    const clients = await harness.meeting(ANN, BOB, EVE);
    await harness.addBridge('b2');
    harness.bridge('b1').stop();
    await harness.until(() => harness.bridge('b2').endpointCount === 3, 'all endpoints are on the other bridge');
    await isWhole(...clients);
    expect(clients.map(offers)).toEqual([2, 2, 2]);
  });

  test('a bridge that does not answer is left after three questions', async () => {
    const clients = await harness.meeting(ANN, BOB);
    await harness.addBridge('b2', { load: 0.5 });
    for (const verb of ['create', 'connect', 'add', 'accept']) harness.bridge('b1').silent.add(verb);
    harness.bridge('b1').stop();
    await harness.until(() => harness.bridge('b2').endpointCount === 2, 'the conference is on the other bridge');
    await isWhole(...clients);
  });

  test('a bridge that is full is passed over for another', async () => {
    await harness.addBridge('b2', { load: 0.9 });
    harness.bridge('b1').refusals.set('create', { ok: false, reason: 'unavailable', text: 'draining' });
    const clients = await harness.meeting(ANN, BOB);
    expect(harness.bridge('b2').endpointCount).toBe(2);
    expect(clients).toHaveLength(2);
  });

  test('without a bridge people are told after a moment, and invited when one comes', async () => {
    expect(harness.health()).toBeUndefined();
    harness.bridge('b1').stop();
    expect(harness.health()).toBe('focus: no media bridge is known');
    const ann = await harness.joinWithMedia(ANN);
    const bob = await harness.joinWithMedia(BOB);
    await harness.advance(2_999);
    const presence = (): XmlElement => harness.rooms.focusPresence.get(ROOM) ?? expect.fail('the focus is gone');
    expect(child(presence(), 'bridgeNotAvailable')).toBeUndefined();
    await harness.advance(1);
    expect(child(presence(), 'bridgeNotAvailable')?.attrs['xmlns']).toBe('http://jitsi.org/protocol/focus');
    expect(child(presence(), 'conference-properties')).toBeDefined();
    await harness.addBridge('b2');
    await isWhole(ann, bob);
    expect(child(presence(), 'bridgeNotAvailable')).toBeUndefined();
  });

  test('a bridge that comes back within the moment goes unnoticed', async () => {
    await harness.meeting(ANN, BOB);
    harness.bridge('b1').stop();
    await harness.advance(1_000);
    await harness.addBridge('b1');
    await harness.advance(10_000);
    const presences = harness.rooms.fromFocus.filter(({ name }) => name === 'presence');
    expect(presences.filter((presence) => child(presence, 'bridgeNotAvailable') !== undefined)).toEqual([]);
    expect(harness.bridge('b1').endpointCount).toBe(2);
  });

  test('an announcement that cannot be read is not used', async () => {
    harness.bridge('b1').stop();
    await harness.bus.claim('sfu/odd', { id: 'odd', load: 'much' });
    await harness.joinWithMedia(ANN);
    const bob = await harness.joinWithMedia(BOB);
    await harness.settle();
    expect(bob.jingle).toEqual([]);
  });
});

describe('clients that do not answer as they should', () => {
  test('an offer without an answer is repeated with growing delays', async () => {
    const ann = await harness.joinWithMedia(ANN);
    const bob = await harness.joinWithMedia(BOB);
    await harness.until(() => offers(ann) === 1 && offers(bob) === 1, 'both are invited');
    bob.behaviour = 'silent';
    await bob.terminate({ restart: true });
    const toBob = (): number =>
      harness.rooms.fromFocus.filter(
        (stanza) => JSON.stringify(stanza).includes('session-initiate') && stanza.attrs['to'] === bob.address,
      ).length;
    await harness.until(() => toBob() === 2, 'Bob is invited again');
    await harness.advance(15_000);
    // The second failure in a row waits for 1 s, the third for 2 s.
    expect(toBob()).toBe(2);
    await harness.advance(1_000);
    expect(toBob()).toBe(3);
    await harness.advance(15_000);
    await harness.advance(1_999);
    expect(toBob()).toBe(3);
    await harness.advance(1);
    expect(toBob()).toBe(4);
    bob.behaviour = 'accepts';
    await harness.advance(15_000);
    await harness.advance(60_000);
    await isWhole(ann, bob);
  });

  test('an offer that is acknowledged but never accepted is taken back and repeated', async () => {
    const ann = await harness.joinWithMedia(ANN);
    await harness.request();
    const bob = await harness.join(BOB, {});
    await harness.until(() => bob.offer !== undefined, 'Bob is invited');
    bob.behaviour = 'acknowledges';
    await bob.terminate({ restart: true });
    await harness.until(() => offers(bob) === 2, 'Bob is invited again');
    await harness.advance(60_000);
    expect(bob.actions().at(-1)).toBe('session-terminate');
    bob.behaviour = 'accepts';
    await harness.advance(1_000);
    await isWhole(ann, bob);
  });

  test('a client that refuses a change of sources gets a new session', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    bob.behaviour = 'refuses';
    await ann.addSources(camera(ANN, 1));
    await harness.until(() => bob.actions().includes('session-terminate'), 'Bob’s session was ended');
    bob.behaviour = 'accepts';
    await harness.advance(60_000);
    await harness.until(() => bob.received.includes(`${ANN}-v1`), 'Bob knows of the screen');
    expect(ann.received).toHaveLength(2);
  });

  test('whose bridge fails while it owes an answer gets its new session at once', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    bob.behaviour = 'silent';
    await ann.addSources(camera(ANN, 1));
    bob.behaviour = 'accepts';
    harness.bridge().close(BOB, 'worker-died');
    await isWhole(ann, bob);
    expect(offers(bob)).toBe(2);
  });

  test('one that left while something was under way leaves nothing behind', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    bob.behaviour = 'silent';
    await ann.addSources(camera(ANN, 1));
    bob.leave();
    await harness.settle();
    expect(harness.bridge().endpoint(BOB)).toBeUndefined();
    await harness.advance(60_000);
    expect(harness.bridge().endpointCount).toBe(0);
    expect(harness.clock.timerCount).toBe(0);
  });
});

describe('a client that is away, its stream waiting to be resumed', () => {
  const initiates = (stanzas: readonly XmlElement[]): number =>
    stanzas.filter((stanza) => JSON.stringify(stanza).includes('session-initiate')).length;

  test('finds one offer and one probe when it is back, whatever happened to its session, and is whole again', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    bob.goAway();
    harness.bridge().close(BOB, 'ice-failed');
    await harness.until(() => harness.bridge().endpoint(BOB) !== undefined, 'Bob has another endpoint');
    for (let quarter = 0; quarter < 4; quarter += 1) await harness.advance(15_000);
    harness.bridge().close(BOB, 'ice-failed');
    await harness.advance(60_000);
    const waiting = bob.comeBack();
    expect(initiates(waiting)).toBe(1);
    expect(waiting).toHaveLength(4);
    await isWhole(ann, bob);
    expect(offers(bob)).toBe(3);
    // The one that came too late is no error, for which Jitsi's client would give the meeting up.
    expect(bob.acceptAnswers.map(({ attrs }) => attrs['type'])).toEqual(['result', 'result', 'result']);
  });

  test('keeps its session when that outlived the absence, and hears what changed meanwhile', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    bob.goAway();
    const screen = camera(ANN, 1, 'desktop');
    await ann.addSources(screen);
    await harness.advance(50_000);
    await ann.removeSources(screen);
    await ann.addSources(camera(ANN, 2));
    bob.comeBack();
    await harness.until(() => bob.received.includes(`${ANN}-v2`), 'Bob knows what came last');
    await harness.settle();
    expect(bob.received).not.toContain(screen.name);
    expect(harness.bridge().flowingTo(BOB)).toEqual(bob.received);
    expect(offers(bob)).toBe(1);
  });

  test('may take its time with an offer that waited for it', async () => {
    const ann = await harness.joinWithMedia(ANN);
    const bob = await harness.joinWithMedia(BOB);
    bob.goAway();
    await harness.advance(59_000);
    bob.behaviour = 'acknowledges';
    expect(initiates(bob.comeBack())).toBe(1);
    await harness.advance(59_000);
    await bob.accept();
    await isWhole(ann, bob);
  });

  test('is forgotten with its probe when it does not come back', async () => {
    const [, bob] = await harness.meeting(ANN, BOB);
    bob.goAway();
    harness.bridge().close(BOB, 'ice-failed');
    await harness.advance(30_000);
    bob.leave();
    await harness.advance(60_000);
    expect(harness.bridge().endpoint(BOB)).toBeUndefined();
    expect(harness.clock.timerCount).toBe(0);
  });
});
