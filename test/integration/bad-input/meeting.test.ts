import { expect, test } from 'vitest';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle, NS_JINGLE } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import type { Source } from '#protocol/media/source.ts';
import { microphone } from '../../support/focus/fake-client.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { FOCUS, joinMeeting, meeting, ROOM, takeAndAccept, takeJingle } from '../../support/focus/raw-meeting.ts';
import { bodyOf, errorOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** Somebody in a meeting with Ann and Bob who means no good. */
interface Mallory {
  readonly client: XmppTestClient;
  readonly server: MeetingServer;
  readonly sid: string;
  readonly ann: XmppTestClient;
}

interface Case {
  /** What the standard has for it. */
  readonly answer: string;
  /** Counted as. */
  readonly metric: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** @returns the answer. */
  readonly act: (mallory: Mallory) => Promise<string | undefined>;
}

const STREAM_ERRORS = 'parley_signalling_stream_errors_total';
const STANZA_ERRORS = 'parley_signalling_stanza_errors_total';
const REFUSED_BY_FOCUS = 'parley_focus_refused_stanzas_total';

function endingTheStream(condition: string, frame: string): Case {
  return {
    answer: condition,
    metric: STREAM_ERRORS,
    labels: { condition },
    act: async ({ client }) => {
      client.send(frame);
      const error = await client.receiveStreamError();
      expect(await client.closed).toBe(1000);
      return error;
    },
  };
}

function joining(answer: string, room: string, nickOf: (mallory: Mallory) => string): Case {
  const [, condition = ''] = answer.split('/');
  return {
    answer,
    metric: STANZA_ERRORS,
    labels: { condition },
    act: async (mallory) => {
      const { client, server } = mallory;
      const stranger = await server.logIn('Mallory again');
      stranger.sendJoin(room, nickOf({ ...mallory, client: stranger }));
      const isAnswer = ({ name, attrs }: XmlElement): boolean => name === 'presence' && attrs['type'] === 'error';
      const error = errorOf(await stranger.receive('an error', isAnswer));
      expect((await client.drain()).filter(({ name }) => name === 'error')).toEqual([]);
      return error;
    },
  };
}

function asking(answer: string, kind: string, content: (mallory: Mallory) => XmlElement): Case {
  return {
    answer,
    metric: REFUSED_BY_FOCUS,
    labels: { kind },
    act: async (mallory) => errorOf(await mallory.client.ask('set', FOCUS, content(mallory))),
  };
}

function adding(kind: string, source: (mallory: Mallory) => Source): Case {
  return asking('modify/bad-request', kind, (mallory) => {
    const added = source(mallory);
    const description = sourceDescription(added.kind, describeSentSources([added], added.kind));
    const contents = [{ creator: 'initiator' as const, name: added.kind, description }];
    return encodeJingle({ action: 'source-add', sid: mallory.sid, contents });
  });
}

const own = ({ client }: Mallory): Source => microphone(client.nick, 1);

const CASES: Readonly<Record<string, Case>> = {
  'malformed XML': endingTheStream('not-well-formed', '<iq xmlns="jabber:client"><query'),
  'a stanza of another namespace': endingTheStream('invalid-namespace', '<message xmlns="jabber:server"/>'),
  'Jingle of another namespace': asking('cancel/service-unavailable', 'unsupported', () =>
    xml('jingle', { xmlns: 'urn:xmpp:jingle:0', action: 'source-add', sid: 's' }),
  ),
  'a stanza that is too long': endingTheStream(
    'policy-violation',
    `<iq xmlns="jabber:client" type="get" id="x"><query xmlns="x" y="${'z'.repeat(300_000)}"/></iq>`,
  ),
  'a megabyte of chat in one message': endingTheStream(
    'policy-violation',
    `<message xmlns="jabber:client" type="groupchat" to="${ROOM}"><body>${'x'.repeat(1_048_576)}</body></message>`,
  ),
  'a message too long for a room': {
    answer: 'modify/policy-violation',
    metric: STANZA_ERRORS,
    labels: { condition: 'policy-violation' },
    act: async ({ client }) => {
      client.send(
        xml('message', { xmlns: NS.client, type: 'groupchat', to: ROOM }, xml('body', {}, 'x'.repeat(70_000))),
      );
      return errorOf(await client.receiveMessage('an error', (message) => message.attrs['type'] === 'error'));
    },
  },
  'presence before bind': {
    answer: 'not-authorized',
    metric: STREAM_ERRORS,
    labels: { condition: 'not-authorized' },
    act: async ({ server }) => {
      const stranger = await server.connect('Stranger');
      await stranger.authenticate(server.domain);
      stranger.sendJoin(ROOM, '01234567');
      return stranger.receiveStreamError();
    },
  },
  'a nick that is no endpoint id': joining('modify/not-acceptable', ROOM, () => 'Mallory'),
  'the nick of somebody else': joining('cancel/conflict', ROOM, ({ ann }) => ann.nick),
  'the nick of the focus': joining('auth/forbidden', ROOM, () => 'focus'),
  'a room name with a slash': joining(
    'cancel/remote-server-not-found',
    `a/b@muc.meet.example`,
    ({ client }) => client.nick,
  ),
  'a room name with a space': joining('modify/jid-malformed', `a b@muc.meet.example`, ({ client }) => client.nick),
  'Jingle for an unknown sid': asking('cancel/item-not-found', 'unknown-session', () =>
    xml('jingle', { xmlns: NS_JINGLE, action: 'source-remove', sid: 'nobody' }),
  ),
  'an SSRC of 33 bits': adding('malformed', (mallory) => ({ ...own(mallory), ssrcs: [0x1_0000_0000] })),
  'SSRC 0': adding('malformed', (mallory) => ({ ...own(mallory), ssrcs: [0] })),
  'an SSRC of another participant': adding('sources', (mallory) => {
    const [taken] = [...(mallory.server.bridge.endpoint(mallory.ann.nick)?.sources.values() ?? [])];
    return { ...own(mallory), ssrcs: taken?.ssrcs.slice(0, 1) ?? [] };
  }),
  'the source name of another participant': adding('sources', (mallory) => ({
    ...own(mallory),
    name: `${mallory.ann.nick}-a1`,
  })),
  'the end of another participant’s source': asking('modify/bad-request', 'sources', ({ ann, server, sid }) => {
    const sources = [...(server.bridge.endpoint(ann.nick)?.sources.values() ?? [])];
    const description = sourceDescription('video', describeSentSources(sources, 'video'));
    return encodeJingle({
      action: 'source-remove',
      sid,
      contents: [{ creator: 'initiator', name: 'video', description }],
    });
  }),
};

test.each(Object.keys(CASES))('%s is answered, counted, and disturbs nobody', async (name) => {
  const { answer, metric, labels, act } = CASES[name] ?? expect.fail('no such case');
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  const client = await joinMeeting(server, 'Mallory');
  const { sid } = await takeAndAccept(client);
  for (const other of [ann, bob]) {
    await takeJingle(other, 'source-add');
    await takeJingle(other, 'source-add');
    await other.drain();
  }
  const sessions = [ann, bob].map(({ nick }) => server.bridge.endpoint(nick)?.session);
  const before = await server.metric(metric, labels);

  expect(await act({ client, server, sid, ann })).toBe(answer);

  expect(await server.metric(metric, labels)).toBe(before + 1);
  ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: ROOM }, xml('body', {}, 'still here')));
  await bob.receiveMessage('Ann’s words', (message) => bodyOf(message) === 'still here');
  const noticed = [...(await ann.drain()), ...(await bob.drain())].filter((stanza) => {
    const isLeaving = JSON.stringify(stanza).includes('source-remove') || stanza.attrs['type'] === 'unavailable';
    return bodyOf(stanza) !== 'still here' && !(isLeaving && client.webSocket.readyState !== client.webSocket.OPEN);
  });
  expect(noticed).toEqual([]);
  expect([ann, bob].map(({ nick }) => server.bridge.endpoint(nick)?.session)).toEqual(sessions);
  expect(server.errors).toEqual([]);
});

test('joining twice leaves one occupant with one session', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  for (const client of [ann, bob]) await takeJingle(client, 'source-add');
  await ann.drain();
  expect(errorOf(await bob.join(ROOM))).toBeUndefined();
  const presences = (await ann.drain()).filter(({ name }) => name === 'presence');
  expect(presences.map(({ attrs }) => attrs['from'])).toEqual([`${ROOM}/${bob.nick}`]);
  expect(await server.metric('parley_signalling_occupants')).toBe(3);
  expect(await server.metric('parley_focus_participants')).toBe(2);
  expect(bob.receivedTexts.filter((frame) => frame.includes('session-initiate'))).toHaveLength(1);
});

test.each(['%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1', 'ελλάδα', '🦊', '100%25', '%', "ann's", 'a%2fb'])(
  'a meeting can be held in %s',
  async (node) => {
    await using server = await MeetingServer.start();
    const ann = await server.logIn('Ann');
    const room = `${node}@muc.meet.example`;
    await ann.ask('set', 'focus.meet.example', encodeConferenceRequest({ room, properties: {} }));
    expect(errorOf(await ann.join(room))).toBeUndefined();
    expect(await server.metric('parley_focus_conferences')).toBe(1);
    expect(server.errors).toEqual([]);
  },
);
