import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { child, isElement, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle, NS_JINGLE, NS_JINGLE_ERRORS, type JingleContent } from '#protocol/xmpp/jingle.ts';
import type { IceUdpTransport } from '#protocol/xmpp/jingle-ice-udp.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { camera, microphone, type FakeClient } from '../test/support/focus/fake-client.ts';
import { FocusHarness, isComplete, ROOM } from '../test/support/focus/focus-harness.ts';

/** What people with bad intentions or broken clients send: each gets the standard's error, and the meeting goes on. */
let harness: FocusHarness;
let ann: FakeClient;
let bob: FakeClient;

const ANN = '1f0c9a7e';
const BOB = 'b27de114';
const FOCUS = 'focus@auth.meet.example/focus';

beforeEach(async () => {
  harness = await FocusHarness.start();
  [ann, bob] = await harness.meeting(ANN, BOB);
});
afterEach(async () => {
  await harness.settle();
  expect(harness.errors).toEqual([]);
  expect(isComplete([ann, bob])).toBe(true);
  expect(harness.bridge().flowingTo(ANN)).toEqual(ann.received);
  expect(harness.bridge().flowingTo(BOB)).toEqual(bob.received);
  expect(ann.actions().filter((action) => action === 'session-initiate')).toHaveLength(1);
  await harness.stop();
});

function errorOf(answer: XmlElement): { condition: string; type: string } | undefined {
  const error = answer.attrs['type'] === 'error' ? readStanzaError(answer) : undefined;
  return error === undefined ? undefined : { condition: error.condition, type: error.type };
}

function conditionOf(answer: XmlElement): string | undefined {
  return errorOf(answer)?.condition;
}

function jingleErrorOf(answer: XmlElement): string | undefined {
  const error = child(answer, 'error');
  return error?.children.filter(isElement).find(({ attrs }) => attrs['xmlns'] === NS_JINGLE_ERRORS)?.name;
}

describe('Jingle about sessions', () => {
  test.each(['session-accept', 'source-add', 'source-remove', 'session-terminate', 'session-info', 'transport-info'])(
    '%s for an unknown sid is item-not-found with unknown-session',
    async (action) => {
      const answer = await ann.sendElement(xml('jingle', { xmlns: NS_JINGLE, action, sid: 'nobody' }));
      expect(errorOf(answer)).toEqual({ condition: 'item-not-found', type: 'cancel' });
      expect(jingleErrorOf(answer)).toBe('unknown-session');
    },
  );

  test('a sid that is somebody else’s is unknown', async () => {
    const sid = bob.offer?.sid ?? expect.fail('Bob has no session');
    const answer = await ann.send({ action: 'session-terminate', sid });
    expect(jingleErrorOf(answer)).toBe('unknown-session');
  });

  test('accepting twice is out of order', async () => {
    const answer = await ann.accept([camera(ANN, 3)]);
    expect(conditionOf(answer)).toBe('unexpected-request');
    expect(jingleErrorOf(answer)).toBe('out-of-order');
  });

  test.each(['session-initiate', 'content-modify', 'transport-replace', 'make-coffee'])(
    'the action %s is not implemented',
    async (action) => {
      const sid = ann.offer?.sid;
      const answer = await ann.sendElement(xml('jingle', { xmlns: NS_JINGLE, action, sid }));
      expect(conditionOf(answer)).toBe('feature-not-implemented');
    },
  );

  test('reports and trickled candidates are acknowledged', async () => {
    const sid = ann.offer?.sid ?? '';
    expect(conditionOf(await ann.send({ action: 'session-info', sid, iceState: 'checking' }))).toBeUndefined();
    expect(conditionOf(await ann.send({ action: 'transport-info', sid, contents: [] }))).toBeUndefined();
  });

  test.each([
    ['no action', xml('jingle', { xmlns: NS_JINGLE, sid: 's' })],
    ['no sid', xml('jingle', { xmlns: NS_JINGLE, action: 'source-add' })],
    ['an empty sid', xml('jingle', { xmlns: NS_JINGLE, action: 'source-add', sid: '' })],
  ])('%s is a bad request', async (_what, element) => {
    expect(conditionOf(await ann.sendElement(element))).toBe('bad-request');
  });

  test('another namespace is not Jingle', async () => {
    const answer = await ann.sendElement(xml('jingle', { xmlns: 'urn:xmpp:jingle:0', action: 'source-add', sid: 's' }));
    expect(conditionOf(answer)).toBe('service-unavailable');
  });
});

describe('sources', () => {
  const screen = camera(ANN, 1);
  test.each<[string, () => ReturnType<typeof camera>, string]>([
    ['another participant’s name', () => ({ ...screen, name: `${BOB}-v1` }), 'bad-request'],
    ['a name in use', () => ({ ...camera(ANN, 0) }), 'bad-request'],
    ['a name that is none', () => ({ ...screen, name: 'screen' }), 'bad-request'],
    ['the placeholder’s name', () => ({ ...screen, name: 'jvb-v0' }), 'bad-request'],
    ['an audio name for video', () => ({ ...screen, name: `${ANN}-a1` }), 'bad-request'],
    ['an SSRC of another participant', () => stolen(bob), 'bad-request'],
    ['the msid of another participant', () => ({ ...screen, msid: bob.sources[1]?.msid ?? '' }), 'bad-request'],
    ['SSRC 0', () => ({ ...microphone(ANN, 1), ssrcs: [0] }), 'bad-request'],
    ['an SSRC of 33 bits', () => ({ ...microphone(ANN, 1), ssrcs: [0x1_0000_0000] }), 'bad-request'],
    ['a group over foreign SSRCs', () => ({ ...screen, groups: [{ semantics: 'FID', ssrcs: [5, 6] }] }), 'bad-request'],
    ['SSRCs outside all groups', () => ({ ...screen, groups: [] }), 'bad-request'],
    ['two microphones in one source', () => ({ ...microphone(ANN, 1), ssrcs: [77, 78] }), 'bad-request'],
    ['an msid that carries a line of SDP', () => ({ ...microphone(ANN, 1), msid: 'a b\r\na=x' }), 'bad-request'],
  ])('with %s are refused', async (_what, source, condition) => {
    expect(conditionOf(await ann.addSources(source()))).toBe(condition);
    expect(harness.bridge().calls.filter((call) => call === `add ${ANN}`)).toEqual([]);
  });

  function stolen(victim: FakeClient): ReturnType<typeof camera> {
    return { ...microphone(ANN, 1), ssrcs: victim.sources[0]?.ssrcs ?? [] };
  }

  test('more than 20 SSRCs are refused', async () => {
    expect(conditionOf(await ann.addSources(camera(ANN, 1), camera(ANN, 2), camera(ANN, 3)))).toBe('bad-request');
  });

  test('all or nothing: one bad source keeps the good ones out', async () => {
    const good = camera(ANN, 1);
    expect(conditionOf(await ann.addSources(good, { ...microphone(ANN, 1), name: `${BOB}-a1` }))).toBe('bad-request');
    expect(bob.received).not.toContain(good.name);
  });

  test('another participant’s sources cannot be removed', async () => {
    expect(conditionOf(await ann.removeSources(...bob.sources))).toBe('bad-request');
    expect(ann.received).toHaveLength(2);
  });

  test('removing what is not there is no error', async () => {
    expect(conditionOf(await ann.removeSources(camera(ANN, 4)))).toBeUndefined();
  });

  test('a flood of requests is bounded and each is answered', async () => {
    const answers = await Promise.all(Array.from({ length: 200 }, () => ann.removeSources(camera(ANN, 4))));
    const conditions = answers.map(conditionOf);
    expect(conditions.filter((condition) => condition === undefined).length).toBeGreaterThanOrEqual(64);
    expect(conditions).toContain('resource-constraint');
    expect(conditionOf(await bob.removeSources(camera(BOB, 4)))).toBeUndefined();
  });
});

async function invited(): Promise<FakeClient> {
  const eve = await harness.join('01234567', {});
  eve.behaviour = 'acknowledges';
  await harness.until(() => eve.offer !== undefined, 'Eve is invited');
  return eve;
}

function transport({ setup, hex }: { setup: 'active' | 'passive'; hex: string }): IceUdpTransport {
  return {
    credentials: { usernameFragment: 'yXJf', password: 'F'.repeat(24) },
    fingerprint: { hash: 'sha-256', value: Array.from({ length: 32 }, () => hex).join(':'), setup },
    candidates: [],
    webSocketUrls: [],
    rtcpMux: false,
    iceLite: false,
  };
}

function terminateAnn(): XmlElement {
  return encodeJingle({ action: 'session-terminate', sid: ann.offer?.sid ?? '' });
}

describe('session-accept', () => {
  test.each<[string, readonly JingleContent[]]>([
    ['without any transport', []],
    [
      'as DTLS server',
      [{ creator: 'responder', name: 'audio', transport: transport({ setup: 'passive', hex: 'AA' }) }],
    ],
    [
      'with two fingerprints',
      [
        { creator: 'responder', name: 'audio', transport: transport({ setup: 'active', hex: 'AA' }) },
        { creator: 'responder', name: 'video', transport: transport({ setup: 'active', hex: 'BB' }) },
      ],
    ],
  ])('%s is refused, and can be repeated rightly', async (_what, contents) => {
    const eve = await invited();
    expect(conditionOf(await eve.accept([], contents))).toBe('bad-request');
    expect(conditionOf(await eve.accept([]))).toBeUndefined();
    eve.leave();
  });

  test('with stolen sources is refused', async () => {
    const eve = await invited();
    expect(conditionOf(await eve.accept(bob.sources))).toBe('bad-request');
    expect(harness.bridge().calls).not.toContain(`connect ${eve.nick}`);
    eve.leave();
  });

  test('sources cannot be added before', async () => {
    const eve = await invited();
    expect(jingleErrorOf(await eve.addSources(camera(eve.nick)))).toBe('out-of-order');
    eve.leave();
  });
});

describe('strangers', () => {
  test.each([
    ['somebody who is not in the room', `${ROOM}/ffffffff`],
    ['the room itself', ROOM],
    ['another room', `other@muc.meet.example/${ANN}`],
    ['a real address', `${ANN}-44c1-4b0e-9d0a-6f2f5f1d7a10@meet.example/x7Qp2`],
    ['nobody', ''],
  ])('%s may not speak about a session', async (_who, from) => {
    expect(conditionOf(await harness.rooms.ask(from, FOCUS, 'set', terminateAnn()))).toBe('forbidden');
  });

  test('everybody may ask whether the focus lives and what it is', async () => {
    const from = 'eve@meet.example/1';
    const ping = await harness.rooms.ask(from, 'focus.meet.example', 'get', xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect(ping.attrs['type']).toBe('result');
    const query = xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' });
    const info = await harness.rooms.ask(from, FOCUS, 'get', query);
    expect(child(info, 'query')?.children.length).toBeGreaterThan(1);
  });

  test('other requests to the focus’s address get an answer too', async () => {
    const answer = await harness.rooms.ask(
      'eve@meet.example/1',
      'focus.meet.example',
      'get',
      xml('query', { xmlns: 'x' }),
    );
    expect(conditionOf(answer)).toBe('service-unavailable');
  });
});

test('whatever an occupant sends, it gets exactly one answer and nobody notices', async () => {
  const sid = ann.offer?.sid ?? '';
  const attribute = fc.oneof(
    fc.constantFrom('', 'audio', 'video', 'true', '0', '99999999999', sid),
    fc.string({ maxLength: 8 }),
  );
  const name = fc.constantFrom(
    'content',
    'description',
    'transport',
    'source',
    'ssrc-group',
    'fingerprint',
    'x',
    'reason',
    'json-message',
    'bridge-session',
    'parameter',
  );
  const namespace = fc.constantFrom(
    undefined,
    'urn:xmpp:jingle:apps:rtp:1',
    'urn:xmpp:jingle:apps:rtp:ssma:0',
    'urn:xmpp:jingle:transports:ice-udp:1',
    'http://jitsi.org/jitmeet',
    'http://jitsi.org/protocol/focus',
  );
  const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
    tree: fc
      .record({
        name,
        xmlns: namespace,
        attrs: fc.dictionary(
          fc.constantFrom('media', 'ssrc', 'name', 'id', 'semantics', 'hash', 'ufrag', 'pwd'),
          attribute,
          {
            maxKeys: 4,
            noNullPrototype: true,
          },
        ),
        children: fc.array(fc.oneof({ maxDepth: 3 }, attribute, tie('tree')), { maxLength: 3 }),
      })
      .map((node) => xml(node.name, { xmlns: node.xmlns, ...node.attrs }, node.children)),
  }));
  const action = fc.constantFrom(
    'source-add',
    'source-remove',
    'session-accept',
    'session-info',
    'transport-info',
    'x',
  );
  await fc.assert(
    fc.asyncProperty(action, fc.array(tree, { maxLength: 3 }), async (name, children) => {
      const before = harness.rooms.fromFocus.length;
      const answer = await ann.sendElement(xml('jingle', { xmlns: NS_JINGLE, action: name, sid }, children));
      expect(['result', 'error']).toContain(answer.attrs['type']);
      await harness.settle();
      expect(
        harness.rooms.fromFocus.slice(before).filter(({ attrs }) => attrs['id'] === answer.attrs['id']),
      ).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});
