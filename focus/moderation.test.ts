import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { componentMessage, jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { FEATURE_START_MUTED } from '#protocol/xmpp/start-muted.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import type { FakeClient } from '../test/support/focus/fake-client.ts';
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

function conditionOf(answer: XmlElement): string | undefined {
  return answer.attrs['type'] === 'error' ? readStanzaError(answer)?.condition : undefined;
}

function isOwner(nick: string): boolean {
  return harness.rooms.isOwner(ROOM, nick);
}

describe('moderators', () => {
  test('the first person becomes moderator, later ones do not', async () => {
    await harness.join(ANN);
    await harness.join(BOB);
    await harness.until(() => isOwner(ANN), 'Ann is owner');
    await harness.settle();
    expect(isOwner(BOB)).toBe(false);
  });

  test('when the moderator leaves, the one who has been there longest follows', async () => {
    const ann = await harness.join(ANN);
    await harness.join(BOB);
    await harness.join(EVE);
    await harness.until(() => isOwner(ANN), 'Ann is owner');
    ann.leave();
    await harness.until(() => isOwner(BOB), 'Bob is owner');
    expect(isOwner(EVE)).toBe(false);
  });

  test('nobody is elected while a moderator is there', async () => {
    const ann = await harness.join(ANN);
    await harness.join(BOB);
    await harness.until(() => isOwner(ANN), 'Ann is owner');
    harness.rooms.update(ROOM, BOB, { affiliation: 'owner' });
    await harness.settle();
    const asked = harness.rooms.fromFocus.length;
    ann.leave();
    await harness.settle();
    expect(harness.rooms.fromFocus.slice(asked).filter(({ attrs }) => attrs['to'] === ROOM)).toEqual([]);
  });

  test.each([
    ['a recorder', 'recorder@recorder.meet.example/r'],
    ['a gateway', 'sip@auth.meet.example/g'],
  ])('%s never is one', async (_what, jid) => {
    await harness.join('0000aaaa', { jid });
    await harness.join(BOB);
    await harness.until(() => isOwner(BOB), 'Bob is owner');
    expect(isOwner('0000aaaa')).toBe(false);
  });

  test('a room that refuses is not asked in a loop', async () => {
    harness.rooms.refusesGrants = true;
    await harness.join(ANN);
    await harness.settle();
    const asked = harness.rooms.fromFocus.filter(({ attrs }) => attrs['to'] === ROOM).length;
    expect(asked).toBe(1);
  });

  test('who must not be chosen is passed over, also when nobody else is there', async () => {
    const unelectable = { presence: [xml('connection', { xmlns: 'urn:parley:connection', elect: 'false' })] };
    await harness.join(ANN, unelectable);
    await harness.settle();
    expect(isOwner(ANN)).toBe(false);
    await harness.join(EVE, unelectable);
    await harness.join(BOB);
    await harness.until(() => isOwner(BOB), 'Bob is owner');
    expect([isOwner(ANN), isOwner(EVE)]).toEqual([false, false]);
  });

  test('nobody is elected in a breakout room: its moderators are those of the main room', async () => {
    const room = '9b8e4798-ebb2-49d5-abac-2d3b156404df@breakout.meet.example';
    await harness.join(ANN, { room });
    await harness.join(BOB, { room });
    await harness.until(() => harness.bridge().endpointCount === 2, 'both have media there');
    expect([harness.rooms.isOwner(room, ANN), harness.rooms.isOwner(room, BOB)]).toEqual([false, false]);
  });

  test('it can be switched off', async () => {
    await using plain = await FocusHarness.start({ config: { electModerator: false } });
    await plain.join(ANN);
    await plain.settle();
    expect(plain.rooms.isOwner(ROOM, ANN)).toBe(false);
  });
});

describe('mute requests', () => {
  let ann: FakeClient;
  let bob: FakeClient;

  beforeEach(async () => {
    [ann, bob] = await harness.meeting(ANN, BOB);
    await harness.until(() => isOwner(ANN), 'Ann is owner');
    await harness.settle();
  });

  test.each(['audio', 'video', 'desktop'] as const)('a moderator mutes somebody’s %s', async (kind) => {
    expect(conditionOf(await ann.mute({ kind, isMuted: true, target: bob.address }))).toBeUndefined();
    await harness.settle();
    expect(bob.mutes).toEqual([{ kind, isMuted: true, actor: ann.address }]);
    expect(harness.bridge().mutes).toMatchObject([{ endpoint: BOB, kind, muted: true }]);
  });

  test('who was muted may unmute, and the bridge lets the media through again', async () => {
    await ann.mute({ kind: 'audio', isMuted: true, target: bob.address });
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: false, target: bob.address }))).toBeUndefined();
    await harness.settle();
    expect(harness.bridge().mutes.map(({ muted }) => muted)).toEqual([true, false]);
  });

  test('a forced mute holds for the next session too', async () => {
    await ann.mute({ kind: 'audio', isMuted: true, target: bob.address });
    await harness.settle();
    await bob.terminate({ restart: true });
    await harness.until(() => harness.bridge().mutes.length === 2, 'the bridge was told again');
    expect(harness.bridge().mutes[1]).toMatchObject({ endpoint: BOB, kind: 'audio', muted: true });
  });

  test('others than moderators cannot mute anybody but themselves', async () => {
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: true, target: ann.address }))).toBe('not-allowed');
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: true }))).toBeUndefined();
    expect(ann.mutes).toEqual([]);
    expect(harness.bridge().mutes).toEqual([]);
  });

  test('nobody can unmute somebody else', async () => {
    expect(conditionOf(await ann.mute({ kind: 'audio', isMuted: false, target: bob.address }))).toBe('not-allowed');
    expect(bob.mutes).toEqual([]);
  });

  test.each([
    ['the focus', `${ROOM}/focus`],
    ['somebody in another room', `other@muc.meet.example/${BOB}`],
    ['nobody', `${ROOM}/ffffffff`],
    ['no address at all', ''],
  ])('%s cannot be muted', async (_who, target) => {
    expect(conditionOf(await ann.mute({ kind: 'audio', isMuted: true, target }))).toBe('item-not-found');
  });

  test('a moderator who was demoted cannot mute', async () => {
    harness.rooms.update(ROOM, BOB, { affiliation: 'owner' });
    harness.rooms.update(ROOM, ANN, { affiliation: 'none', children: [xml('nick', {}, 'Ann')] });
    await harness.settle();
    expect(conditionOf(await ann.mute({ kind: 'audio', isMuted: true, target: bob.address }))).toBe('not-allowed');
  });
});

describe('AV moderation', () => {
  let ann: FakeClient;
  let bob: FakeClient;
  beforeEach(async () => {
    [ann, bob] = await harness.meeting(ANN, BOB);
    await harness.until(() => isOwner(ANN), 'Ann is owner');
    await harness.settle();
  });

  const tell = async (notice: Partial<AvModerationNotice>, from = 'avmoderation.meet.example'): Promise<void> => {
    const message = componentMessage(from, { type: 'av_moderation', room: ROOM, mediaType: 'audio', ...notice });
    harness.rooms.toFocus(message);
    await harness.settle();
  };
  const turn = (enabled: boolean): Promise<void> => tell({ enabled, actor: `${ROOM}/${ANN}` });
  const held = (endpoint: string): boolean | undefined =>
    harness.bridge().mutes.findLast((mute) => mute.endpoint === endpoint && mute.kind === 'audio')?.muted;

  test('everybody but moderators is muted, told so, and held back by the bridge, whatever the client does', async () => {
    await turn(true);
    expect(bob.mutes).toEqual([{ kind: 'audio', isMuted: true, actor: ann.address }]);
    expect(ann.mutes).toEqual([]);
    expect([held(BOB), held(ANN)]).toEqual([true, undefined]);
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: false }))).toBe('not-allowed');
    expect(conditionOf(await bob.mute({ kind: 'video', isMuted: false }))).toBeUndefined();
    expect(conditionOf(await ann.mute({ kind: 'audio', isMuted: false }))).toBeUndefined();
    expect(held(BOB)).toBe(true);
  });

  test('who is approved flows again at once, and is held back when the approval is taken away', async () => {
    await turn(true);
    await tell({ whitelists: { audio: [bob.address] } });
    expect(held(BOB)).toBe(false);
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: false }))).toBeUndefined();
    await tell({ whitelists: { audio: [] }, removed: true });
    expect(held(BOB)).toBe(true);
  });

  test('when it ends, everybody flows again but those whom a moderator has muted', async () => {
    await ann.mute({ kind: 'audio', isMuted: true, target: bob.address });
    await turn(true);
    await turn(false);
    expect(held(BOB)).toBe(true);
    expect(conditionOf(await bob.mute({ kind: 'audio', isMuted: false }))).toBeUndefined();
    await harness.settle();
    expect(held(BOB)).toBe(false);
  });

  test('who comes later is held back before it can send anything; so is a moderator who is one no longer', async () => {
    await turn(true);
    const eve = await harness.joinWithMedia(EVE);
    await harness.until(() => held(EVE) === true, 'Eve is held back');
    await harness.settle();
    expect(eve.mutes).toHaveLength(1);
    harness.rooms.update(ROOM, BOB, { affiliation: 'owner' });
    await harness.settle();
    expect(held(BOB)).toBe(false);
    harness.rooms.update(ROOM, BOB, { affiliation: 'none' });
    await harness.settle();
    expect(held(BOB)).toBe(true);
  });

  test('it holds for the next session, and nobody but the component can say so', async () => {
    await tell({ enabled: true, actor: `${ROOM}/${BOB}` }, bob.jid);
    expect(harness.bridge().mutes).toEqual([]);
    await turn(true);
    await bob.terminate({ restart: true });
    await harness.until(() => harness.bridge().mutes.length === 2, 'the bridge was told again');
    expect(held(BOB)).toBe(true);
  });
});

describe('newcomers start muted', () => {
  const metadata = 'metadata.meet.example';

  async function say(startMuted: { readonly audio: boolean; readonly video: boolean }, from = metadata): Promise<void> {
    const json = JSON.stringify({ type: 'room_metadata', metadata: { startMuted } });
    harness.rooms.toFocus(xml('message', { from }, jsonMessageElement(json, ROOM)));
    await harness.settle();
  }

  /** What each offer to a client said of it. */
  function told({ elements }: FakeClient): (Readonly<Record<string, string>> | undefined)[] {
    const offers = elements.filter(({ attrs }) => attrs['action'] === 'session-initiate');
    return offers.map((offer) => child(offer, 'startmuted', 'http://jitsi.org/jitmeet/start-muted')?.attrs);
  }

  test('clients of a time before the metadata are told in their first offer, and in no later one', async () => {
    const [ann, bob] = await harness.meeting(ANN, BOB);
    await say({ audio: true, video: false });
    const eve = await harness.joinWithMedia(EVE);
    await harness.until(() => told(eve).length === 1, 'Eve is invited');
    expect(told(eve)).toEqual([{ xmlns: 'http://jitsi.org/jitmeet/start-muted', audio: 'true', video: 'false' }]);
    await harness.settle();
    await eve.terminate({ restart: true });
    await harness.until(() => told(eve).length === 2, 'Eve is invited again');
    expect(told(eve)[1]).toBeUndefined();
    // Those who were here go on as they are.
    expect([...told(ann), ...told(bob)]).toEqual([undefined, undefined]);
  });

  test('clients that read the metadata are told nothing, nor is anybody once it is over', async () => {
    await harness.meeting(ANN, BOB);
    await say({ audio: true, video: true });
    const eve = await harness.join(EVE, { features: [FEATURE_START_MUTED] });
    await harness.until(() => told(eve).length === 1, 'Eve is invited');
    await say({ audio: false, video: false });
    const old = await harness.join('0000aaaa');
    await harness.until(() => told(old).length === 1, 'the old client is invited');
    expect([...told(eve), ...told(old)]).toEqual([undefined, undefined]);
  });

  test('nobody but the component says so', async () => {
    const [ann] = await harness.meeting(ANN, BOB);
    for (const from of [ann.address, ann.jid, ROOM]) await say({ audio: true, video: true }, from);
    const eve = await harness.join(EVE);
    await harness.until(() => told(eve).length === 1, 'Eve is invited');
    expect(told(eve)).toEqual([undefined]);
  });
});
