import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import type { SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { camera, capsElement, type FakeClient } from '../test/support/focus/fake-client.ts';
import { FocusHarness, ROOM } from '../test/support/focus/focus-harness.ts';

let harness: FocusHarness;

beforeEach(async () => {
  harness = await FocusHarness.start();
});
afterEach(async () => {
  await harness.stop();
  expect(harness.errors).toEqual([]);
});

const ANN = '1f0c9a7e';
const BOB = 'b27de114';
const EVE = '01234567';

function withMedia(nick: string): Promise<FakeClient> {
  return harness.joinWithMedia(nick);
}

function annAndBob(): Promise<readonly [FakeClient, FakeClient]> {
  return harness.meeting(ANN, BOB);
}

function conditionOf(answer: XmlElement): string | undefined {
  return answer.attrs['type'] === 'error' ? readStanzaError(answer)?.condition : undefined;
}

function offerOf(client: FakeClient): SessionInitiate {
  if (client.offer === undefined) throw new Error(`${client.nick} has no session`);
  return client.offer;
}

describe('conference requests', () => {
  test('the focus is in the room before it answers that the conference is ready', async () => {
    const answer = await harness.request();
    const conference = child(answer, 'conference');
    expect(conference?.attrs).toMatchObject({ ready: 'true', focusjid: 'focus@auth.meet.example', room: ROOM });
    expect(harness.rooms.hasFocus(ROOM)).toBe(true);
  });

  test('the presence of the focus pins the codec and says what it supports', async () => {
    await harness.request();
    const presence = harness.rooms.focusPresence.get(ROOM);
    const properties = presence === undefined ? undefined : child(presence, 'conference-properties');
    const values = Object.fromEntries(
      childElements(properties ?? expect.fail('no properties')).map(({ attrs }) => [attrs['key'], attrs['value']]),
    );
    expect(values).toMatchObject({ 'support-terminate-restart': 'true', 'visitor-codecs': 'vp8', 'bridge-count': '1' });
  });

  test('many requests at once open one conference', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => harness.request(ROOM, `u${index}@x/1`)));
    expect(answers.map((answer) => child(answer, 'conference')?.attrs['ready'])).toEqual(answers.map(() => 'true'));
    expect(await harness.metric('parley_focus_conferences')).toBe(1);
  });

  test.each([
    ['a room elsewhere', 'standup@elsewhere.example', 'item-not-found'],
    ['an address without a name', 'muc.meet.example', 'bad-request'],
    ['an occupant’s address', 'standup@muc.meet.example/x', 'bad-request'],
    ['no address', '@@', 'bad-request'],
  ])('%s is refused', async (_what, room, condition) => {
    expect(conditionOf(await harness.request(room))).toBe(condition);
    expect(await harness.metric('parley_focus_conferences')).toBe(0);
  });

  test('a room that refuses the focus makes the request fail, and the next one tries again', async () => {
    harness.rooms.locked.set(ROOM, 'refuse');
    expect(conditionOf(await harness.request())).toBe('service-unavailable');
    harness.rooms.locked.delete(ROOM);
    expect(conditionOf(await harness.request())).toBeUndefined();
  });

  test('a room that does not answer makes the request fail in time', async () => {
    harness.rooms.locked.set(ROOM, 'silent');
    const answer = harness.request();
    await harness.settle();
    await harness.advance(5_000);
    expect(conditionOf(await answer)).toBe('service-unavailable');
    expect(await harness.metric('parley_focus_conferences')).toBe(0);
  });

  test('one user cannot hold many conferences that nobody joins', async () => {
    for (const name of ['a', 'b', 'c']) await harness.request(`${name}@muc.meet.example`, 'eve@meet.example/1');
    expect(conditionOf(await harness.request('d@muc.meet.example', 'eve@meet.example/2'))).toBe('resource-constraint');
    expect(conditionOf(await harness.request('d@muc.meet.example', 'ann@meet.example/1'))).toBeUndefined();
  });

  test('there is a limit to conferences', async () => {
    await using small = await FocusHarness.start({ config: { maxConferences: 1 } });
    await small.request('a@muc.meet.example', 'ann@meet.example/1');
    const answer = await small.request('b@muc.meet.example', 'bob@meet.example/1');
    expect(conditionOf(answer)).toBe('resource-constraint');
  });

  test('a conference that nobody joins ends', async () => {
    await harness.request();
    await harness.advance(30_000);
    expect(harness.rooms.hasFocus(ROOM)).toBe(false);
    expect(await harness.metric('parley_focus_conferences')).toBe(0);
  });

  test('another focus that holds the room’s lease keeps the conference', async () => {
    await harness.bus.claim(`conference/${ROOM}`, {});
    const answer = await harness.request();
    expect(child(answer, 'conference')?.attrs['ready']).toBe('false');
    expect(harness.rooms.hasFocus(ROOM)).toBe(false);
  });
});

describe('sessions', () => {
  test('a person alone gets no session', async () => {
    const ann = await withMedia(ANN);
    await harness.settle();
    expect(ann.jingle).toEqual([]);
    expect(harness.bridge().calls).toEqual([]);
  });

  test('two people get sessions, know of each other’s sources, and these flow once acknowledged', async () => {
    const [ann, bob] = await annAndBob();
    expect(ann.received).toEqual([`${BOB}-a0`, `${BOB}-v0`]);
    expect(bob.received).toEqual([`${ANN}-a0`, `${ANN}-v0`]);
    expect(harness.bridge().flowingTo(ANN)).toEqual(ann.received);
    expect(harness.bridge().flowingTo(BOB)).toEqual(bob.received);
    expect([...ann.acceptAnswers, ...bob.acceptAnswers].map(conditionOf)).toEqual([undefined, undefined]);
  });

  test('someone who comes later finds all sources in the offer and is announced to the others', async () => {
    const [ann, bob] = await annAndBob();
    const eve = await withMedia(EVE);
    await harness.until(() => ann.received.length === 4 && bob.received.length === 4, 'the others know of Eve');
    expect(eve.received).toEqual([...bob.received.filter((name) => name.startsWith(ANN)), `${BOB}-a0`, `${BOB}-v0`]);
    expect(eve.actions()).toEqual(['session-initiate']);
    await harness.until(() => harness.bridge().flowingTo(ANN).length === 4, 'Eve flows to Ann');
  });

  test('sources are told once, however many people join at the same time', async () => {
    const nicks = Array.from({ length: 12 }, (_, index) => (0x10000000 + index).toString(16));
    const clients = await Promise.all(nicks.map((nick) => withMedia(nick)));
    await harness.until(
      () => clients.every(({ received }) => received.length === 22),
      'everybody knows of the two sources of eleven others',
    );
    await harness.settle();
    for (const nick of nicks) expect(harness.bridge().flowingTo(nick)).toHaveLength(22);
  });

  test('a client that reads JSON gets JSON, another one XML', async () => {
    const [ann] = await annAndBob();
    const old = await harness.join(EVE, { features: [] });
    await harness.until(() => old.received.length === 4, 'the old client knows of four sources');
    expect(offerOf(old).jsonSources).toBeUndefined();
    await ann.addSources(camera(ANN, 1, 'desktop'));
    await harness.until(() => old.received.length === 5, 'the old client knows of the screen');
    const added = old.elements.at(-1) ?? expect.fail('no source-add');
    expect(child(added, 'json-message')).toBeUndefined();
    expect(childElements(added, 'content')).toHaveLength(1);
  });

  test('features are asked once per version of a client, and only a proven hash is believed of others', async () => {
    const proven = createHash('sha1').update('http://jitsi.org/json-encoded-sources<').digest('base64');
    const first = await harness.join(ANN, { presence: [capsElement(proven)] });
    await harness.settle();
    const second = await harness.join(BOB, { presence: [capsElement(proven)] });
    const liar = await harness.join(EVE, { presence: [capsElement('forged')], features: [] });
    await harness.settle();
    const other = await harness.join('76543210', { presence: [capsElement('forged')] });
    await harness.until(() => other.offer !== undefined, 'the fourth has an offer');
    expect([first, second, liar, other].map(({ discoQueries }) => discoQueries)).toEqual([1, 0, 1, 1]);
  });

  test('an offer has the placeholders first, the pinned codec only, and neither mids nor RIDs', async () => {
    const [ann] = await annAndBob();
    const { contents, group, bridgeSession, initiator } = offerOf(ann);
    expect(initiator).toBe('focus@auth.meet.example/focus');
    expect(group).toEqual({ semantics: 'BUNDLE', contents: ['audio', 'video'] });
    expect(bridgeSession?.id).toMatch(/^[0-9a-f]+$/);
    expect(contents.map(({ description }) => description?.ssrcs[0])).toMatchObject([
      { name: 'jvb-a0', owner: 'jvb', msid: 'mixedmslabel mixedlabelaudio0' },
      { name: 'jvb-v0', owner: 'jvb', msid: 'mixedmslabel mixedlabelvideo0' },
    ]);
    const video = contents[1]?.description;
    expect(video?.payloadTypes.map(({ name, id }) => `${name} ${id}`)).toEqual(['VP8 100', 'rtx 96']);
    expect(video?.payloadTypes[0]?.parameters).toEqual({ 'x-google-start-bitrate': '2000' });
    expect(video?.headerExtensions.map(({ id }) => id)).toEqual([5]);
    expect(contents[0]?.transport).toMatchObject({
      fingerprint: { setup: 'actpass' },
      iceLite: true,
      webSocketUrls: [
        expect.stringMatching(/^wss:\/\/meet\.example\/colibri-ws\/b1\/[0-9a-f]+\/1f0c9a7e\?pwd=secret$/),
      ],
    });
  });

  test('a person whose nick is no endpoint id takes part in the room without a session', async () => {
    await withMedia(ANN);
    const guest = await harness.join('guest', {});
    await harness.settle();
    expect(guest.jingle).toEqual([]);
    expect(harness.bridge().endpointCount).toBe(0);
  });

  test('when somebody leaves, the others lose the sources and the bridge the endpoint', async () => {
    const [ann, bob] = await annAndBob();
    await withMedia(EVE);
    await harness.until(() => ann.received.length === 4, 'Ann knows of Eve');
    bob.leave();
    await harness.until(() => ann.received.length === 2, 'Ann lost Bob’s sources');
    expect(ann.received).toEqual([`${EVE}-a0`, `${EVE}-v0`]);
    await harness.until(() => harness.bridge().endpointCount === 2, 'Bob’s endpoint is gone');
  });

  test('the last one’s session is kept for a while and then expires; it starts anew with the next person', async () => {
    const [ann, bob] = await annAndBob();
    bob.leave();
    await harness.advance(19_000);
    expect(ann.offer).toBeDefined();
    await harness.advance(1_000);
    expect(ann.jingle.at(-1)).toMatchObject({ action: 'session-terminate', reason: { condition: 'expired' } });
    await harness.until(() => harness.bridge().endpointCount === 0, 'Ann’s endpoint is gone');
    const back = await withMedia(BOB);
    await harness.until(() => back.received.length === 2 && ann.received.length === 2, 'both have sessions again');
  });

  test('somebody who comes back in time finds the other’s session as it was', async () => {
    const [ann, bob] = await annAndBob();
    const { sid } = offerOf(ann);
    bob.leave();
    await harness.advance(10_000);
    await withMedia(BOB);
    await harness.until(() => ann.received.length === 2, 'Ann knows of Bob again');
    await harness.advance(20_000);
    expect(offerOf(ann).sid).toBe(sid);
  });

  test('the conference ends when the last person leaves, recorders or not', async () => {
    const [ann, bob] = await annAndBob();
    await harness.join('0000aaaa', { jid: 'recorder@recorder.meet.example/r' });
    await harness.settle();
    ann.leave();
    bob.leave();
    await harness.until(() => !harness.rooms.hasFocus(ROOM), 'the focus left the room');
    expect(harness.bridge().ended).toHaveLength(1);
    expect(await harness.metric('parley_focus_conferences')).toBe(0);
    expect(await harness.metric('parley_focus_participants')).toBe(0);
    expect(await harness.bus.claim(`conference/${ROOM}`, {})).toBeDefined();
  });

  test('a room that is destroyed ends the conference, and a new one can be opened at once', async () => {
    await annAndBob();
    harness.rooms.destroy(ROOM);
    await harness.settle();
    expect(await harness.metric('parley_focus_conferences')).toBe(0);
    expect(child(await harness.request(), 'conference')?.attrs['ready']).toBe('true');
  });

  test('stopping the focus leaves all rooms and ends the conferences on the bridges', async () => {
    await annAndBob();
    await harness.focus.stop();
    await harness.settle();
    expect(harness.rooms.hasFocus(ROOM)).toBe(false);
    expect(harness.bridge().ended).toHaveLength(1);
    expect(harness.clock.timerCount).toBe(0);
  });

  test('join times are measured', async () => {
    await annAndBob();
    harness.bridge().connected(ANN);
    await harness.settle();
    const text = await harness.metrics.metrics();
    expect(text).toContain('parley_focus_session_accept_seconds_count 2');
    expect(text).toContain('parley_focus_media_connected_seconds_count 1');
    expect(text).toContain('parley_focus_joins_total 2');
  });
});

describe('bridge channel', () => {
  test.each([
    ['ws://localhost:8080', 'ws://localhost:8080/'],
    ['wss://meet.example', 'wss://meet.example/'],
    ['wss://evil.example', 'wss://meet.example/'],
  ])('a client that came by %s opens it at %s', async (origin, expected) => {
    const ann = await harness.join(ANN, { presence: [xml('connection', { xmlns: 'urn:parley:connection', origin })] });
    await withMedia(BOB);
    await harness.until(() => ann.offer !== undefined, 'Ann has an offer');
    expect(offerOf(ann).contents[0]?.transport?.webSocketUrls[0]?.startsWith(expected)).toBe(true);
  });
});

describe('sources', () => {
  test('a screen share is announced and withdrawn', async () => {
    const [ann, bob] = await annAndBob();
    const screen = camera(ANN, 1, 'desktop');
    expect(conditionOf(await ann.addSources(screen))).toBeUndefined();
    await harness.until(() => bob.received.includes(`${ANN}-v1`), 'Bob knows of the screen');
    await harness.until(() => harness.bridge().flowingTo(BOB).includes(`${ANN}-v1`), 'the screen flows');
    expect(conditionOf(await ann.removeSources(screen))).toBeUndefined();
    await harness.until(() => !bob.received.includes(`${ANN}-v1`), 'Bob lost the screen');
    expect(harness.bridge().endpoint(ANN)?.sources.size).toBe(2);
  });

  test('a source that comes and goes while the receiver is busy is never told', async () => {
    const [ann, bob] = await annAndBob();
    bob.behaviour = 'silent';
    await ann.addSources(camera(ANN, 1));
    const brief = camera(ANN, 2);
    await ann.addSources(brief);
    await ann.removeSources(brief);
    await harness.settle();
    const toBob = harness.rooms.fromFocus.filter(({ attrs }) => attrs['to'] === bob.address);
    expect(JSON.stringify(toBob)).not.toContain(`${ANN}-v2`);
  });

  test('requests of a client are answered in order', async () => {
    const [ann] = await annAndBob();
    const screen = camera(ANN, 1);
    const order: string[] = [];
    await Promise.all([
      ann.addSources(screen).then((answer) => order.push(`add ${answer.attrs['type']}`)),
      ann.removeSources(screen).then((answer) => order.push(`remove ${answer.attrs['type']}`)),
      ann.addSources(screen).then((answer) => order.push(`again ${answer.attrs['type']}`)),
    ]);
    expect(order).toEqual(['add result', 'remove result', 'again result']);
  });

  test('a bridge that cannot take a source makes the request fail and leaves no trace', async () => {
    const [ann, bob] = await annAndBob();
    const screen = camera(ANN, 1);
    harness.bridge().refusals.set('add', { ok: false, reason: 'unavailable', text: 'full' });
    expect(conditionOf(await ann.addSources(screen))).toBe('resource-constraint');
    harness.bridge().refusals.clear();
    expect(bob.received).not.toContain(`${ANN}-v1`);
    expect(conditionOf(await ann.addSources(screen))).toBeUndefined();
  });
});
