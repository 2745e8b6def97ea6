import { expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { FEATURE_JSON_SOURCES } from '#protocol/xmpp/json-sources.ts';
import { encodeMuteRequest } from '#protocol/xmpp/mute.ts';
import type { Source } from '#protocol/media/source.ts';
import { camera } from '../../support/focus/fake-client.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { accept, describeOneself, enter, FOCUS, ROOM, takeJingle, takeOffer } from '../../support/focus/raw-meeting.ts';
import { passwordElement, roomConfig } from '../../support/muc-forms.ts';
import { errorOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/**
 * Jitsi's client selects elements by an `xmlns` attribute that must stand on the element itself, unprefixed (wire note,
 * rule 1). So this reads frames as text: a parser would see inherited namespaces as well.
 */
const LITERAL: Readonly<Record<string, readonly string[]>> = {
  iq: ['jabber:client'],
  message: ['jabber:client'],
  presence: ['jabber:client'],
  open: ['urn:ietf:params:xml:ns:xmpp-framing'],
  close: ['urn:ietf:params:xml:ns:xmpp-framing'],
  'stream:features': ['jabber:client'],
  mechanisms: ['urn:ietf:params:xml:ns:xmpp-sasl'],
  success: ['urn:ietf:params:xml:ns:xmpp-sasl'],
  bind: ['urn:ietf:params:xml:ns:xmpp-bind'],
  session: ['urn:ietf:params:xml:ns:xmpp-session'],
  sm: ['urn:xmpp:sm:3'],
  enabled: ['urn:xmpp:sm:3'],
  r: ['urn:xmpp:sm:3'],
  a: ['urn:xmpp:sm:3'],
  x: [
    'http://jabber.org/protocol/muc',
    'http://jabber.org/protocol/muc#user',
    'http://jabber.org/protocol/muc#admin',
    'jabber:x:data',
  ],
  query: [
    'http://jabber.org/protocol/disco#info',
    'http://jabber.org/protocol/muc#owner',
    'http://jabber.org/protocol/muc#admin',
  ],
  services: ['urn:xmpp:extdisco:2'],
  conference: ['http://jitsi.org/protocol/focus'],
  'conference-properties': ['http://jitsi.org/protocol/focus'],
  'bridge-session': ['http://jitsi.org/protocol/focus'],
  versions: ['http://jitsi.org/jitmeet'],
  'json-message': ['http://jitsi.org/jitmeet'],
  'ssrc-info': ['http://jitsi.org/jitmeet'],
  mute: ['http://jitsi.org/jitmeet/audio'],
  permissions: ['http://jitsi.org/jitmeet'],
  jingle: ['urn:xmpp:jingle:1'],
  description: ['urn:xmpp:jingle:apps:rtp:1'],
  'rtcp-fb': ['urn:xmpp:jingle:apps:rtp:rtcp-fb:0'],
  'rtp-hdrext': ['urn:xmpp:jingle:apps:rtp:rtp-hdrext:0'],
  'extmap-allow-mixed': ['urn:xmpp:jingle:apps:rtp:rtp-hdrext:0'],
  source: ['urn:xmpp:jingle:apps:rtp:ssma:0'],
  'ssrc-group': ['urn:xmpp:jingle:apps:rtp:ssma:0'],
  group: ['urn:xmpp:jingle:apps:grouping:0'],
  transport: ['urn:xmpp:jingle:transports:ice-udp:1'],
  fingerprint: ['urn:xmpp:jingle:apps:dtls:0'],
  'web-socket': ['http://jitsi.org/protocol/colibri'],
  reply: ['urn:xmpp:reply:0'],
  retract: ['urn:xmpp:message-retract:1'],
  reactions: ['urn:xmpp:reactions:0'],
  delay: ['urn:xmpp:delay'],
  nick: ['http://jabber.org/protocol/nick'],
  'not-authorized': ['urn:ietf:params:xml:ns:xmpp-stanzas'],
  'unknown-session': ['urn:xmpp:jingle:errors:1'],
  'item-not-found': ['urn:ietf:params:xml:ns:xmpp-stanzas'],
  text: ['urn:ietf:params:xml:ns:xmpp-stanzas'],
};

/** What belongs to its parent's namespace, as Jitsi's client expects it. */
const INHERITING = new Set(
  [
    ['mechanism', 'optional', 'jid', 'error', 'body', 'subject', 'SourceInfo', 'reaction', 'service'],
    ['item', 'status', 'reason', 'actor', 'identity', 'feature', 'field', 'value', 'option'],
    ['component', 'content', 'payload-type', 'candidate', 'rtcp-mux', 'p'],
  ].flat(),
);

/** These are plain in one place and namespaced in another: decided by where they stand. */
const BY_PARENT: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  parameter: { source: 'urn:xmpp:jingle:apps:rtp:1', 'payload-type': undefined },
  property: { conference: 'http://jitsi.org/protocol/focus', 'conference-properties': undefined },
  success: { '': 'urn:ietf:params:xml:ns:xmpp-sasl', reason: undefined },
  text: { error: 'urn:ietf:params:xml:ns:xmpp-stanzas', reason: undefined },
};

interface Tag {
  readonly name: string;
  readonly parent: string;
  readonly xmlns: string | undefined;
}

/** All start tags of a frame, as they are written. */
function tagsOf(frame: string): Tag[] {
  const open: string[] = [];
  return [...frame.matchAll(/<(\/?)([\w:-]+)((?:\s+[\w:-]+=(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g)].flatMap(
    ([, isEnd, name = '', attributes = '', isEmpty]): Tag[] => {
      if (isEnd === '/') {
        open.pop();
        return [];
      }
      const parent = open.at(-1) ?? '';
      if (isEmpty === '') open.push(name);
      const [, xmlns] = /\sxmlns="([^"]*)"/.exec(attributes) ?? [];
      return [{ name, parent, xmlns }];
    },
  );
}

function problemOf({ name, parent, xmlns }: Tag): string | undefined {
  const byParent = BY_PARENT[name];
  if (byParent !== undefined && Object.hasOwn(byParent, parent)) {
    return xmlns === byParent[parent] ? undefined : `<${name}> in <${parent}> has ${xmlns ?? 'no xmlns'}`;
  }
  const literal = LITERAL[name];
  if (literal !== undefined) {
    return xmlns !== undefined && literal.includes(xmlns) ? undefined : `<${name}> has ${xmlns ?? 'no xmlns'}`;
  }
  if (INHERITING.has(name)) return xmlns === undefined ? undefined : `<${name}> has ${xmlns}`;
  return `nobody has said what <${name}> must have`;
}

const groupchat = (id: string, ...content: readonly XmlElement[]): XmlElement =>
  xml('message', { xmlns: NS.client, type: 'groupchat', to: ROOM, id }, content);

function screenOf(client: XmppTestClient): {
  readonly screen: Source;
  readonly contents: ReturnType<typeof contentsOf>;
} {
  const screen = camera(client.nick, 1, 'desktop');
  return { screen, contents: contentsOf(screen) };
}

function contentsOf(
  source: Source,
): { creator: 'initiator'; name: string; description: ReturnType<typeof sourceDescription> }[] {
  return [
    {
      creator: 'initiator',
      name: 'video',
      description: sourceDescription('video', describeSentSources([source], 'video')),
    },
  ];
}

test('every element of a whole meeting carries its namespace literally where Jitsi’s client looks for it', async () => {
  await using server = await MeetingServer.start();
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  for (const client of [ann, bob]) {
    client.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
    await client.receive('<enabled/>', ({ name }) => name === 'enabled');
    await client.ask('get', server.domain, xml('query', { xmlns: NS.discoInfo }));
    await client.ask('get', server.domain, xml('services', { xmlns: 'urn:xmpp:extdisco:2' }));
  }
  await enter(ann);
  await describeOneself(ann);
  await enter(bob);
  await describeOneself(bob, [FEATURE_JSON_SOURCES]);
  const offers = new Map<XmppTestClient, string>();
  for (const client of [ann, bob]) {
    const offer = await takeOffer(client);
    offers.set(client, offer.sid);
    expect((await accept(client, offer)).attrs['type']).toBe('result');
  }
  for (const client of [ann, bob]) await takeJingle(client, 'source-add');

  ann.send(groupchat('m1', xml('body', {}, 'hello')));
  bob.send(groupchat('m2', xml('body', {}, 'hi'), xml('reply', { to: 'm1' })));
  bob.send(groupchat('m3', xml('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'm1' }, xml('reaction', {}, '👍'))));
  bob.send(groupchat('m4', xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm2' })));
  bob.send(xml('message', { xmlns: NS.client, type: 'chat', to: `${ROOM}/${ann.nick}` }, xml('body', {}, 'psst')));
  bob.send(xml('message', { xmlns: NS.client, type: 'chat', to: `${ROOM}/00000000` }, xml('body', {}, 'anybody?')));
  await bob.receiveMessage('an error', (message) => errorOf(message) !== undefined);
  const nick = xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Bob');
  bob.send(xml('presence', { xmlns: NS.client, to: `${ROOM}/${bob.nick}` }, nick, xml('SourceInfo', {}, '{}')));

  for (const client of [ann, bob]) {
    const { contents } = screenOf(client);
    const sid = offers.get(client) ?? '';
    const other = client === ann ? bob : ann;
    for (const action of ['source-add', 'source-remove'] as const) {
      expect((await client.ask('set', FOCUS, encodeJingle({ action, sid, contents }))).attrs['type']).toBe('result');
      await takeJingle(other, action);
    }
  }
  const target = `${ROOM}/${bob.nick}`;
  await ann.ask('set', FOCUS, encodeMuteRequest({ kind: 'audio', isMuted: true, target }));
  await bob.receive('a mute request', (stanza) => child(stanza, 'mute') !== undefined);

  await ann.ask('get', ROOM, xml('query', { xmlns: NS.discoInfo }));
  await ann.ask('get', ROOM, xml('query', { xmlns: NS.mucOwner }));
  const lock = { 'muc#roomconfig_roomsecret': 's3cret', 'muc#roomconfig_passwordprotectedroom': '1' };
  expect((await ann.ask('set', ROOM, roomConfig(lock))).attrs['type']).toBe('result');
  const cid = await server.logIn('Cid');
  expect(errorOf(await cid.join(ROOM))).toBe('auth/not-authorized');
  await cid.join(ROOM, passwordElement('s3cret'));
  await cid.receiveMessage('history', (message) => child(message, 'delay') !== undefined);
  ann.send(xml('r', { xmlns: NS.sm }));
  await ann.receive('<a/>', ({ name }) => name === 'a');

  const restart = { id: 'none', restart: true, iceRestart: false };
  await bob.ask('set', FOCUS, encodeJingle({ action: 'session-terminate', sid: 'none', bridgeSession: restart }));
  const item = xml('item', { nick: bob.nick, role: 'none' }, xml('reason', {}, 'enough'));
  await ann.ask('set', ROOM, xml('query', { xmlns: NS.mucAdmin }, item));
  await bob.receive('the kick', (stanza) => statuses(stanza).includes('307'));
  await takeJingle(ann, 'source-remove');
  for (const client of [ann, bob, cid]) await client.close();

  const frames = [ann, bob, cid].flatMap((client) => client.receivedTexts);
  const tags = frames.flatMap(tagsOf);
  const problems = tags.map(problemOf).filter((problem) => problem !== undefined);
  expect([...new Set(problems)]).toEqual([]);
  // Else the meeting was too short to say anything.
  const seen = new Set(tags.map(({ name }) => name));
  expect(Object.keys(LITERAL).filter((name) => !seen.has(name))).toEqual([]);
  // The client looks at the first characters of frames, and takes features only from a frame of their own (§1.2).
  for (const frame of frames) expect(frame).toMatch(/^<(?!\?xml)[a-z:]+ /);
  for (const { name } of tags) if (name.includes(':')) expect(name).toBe('stream:features');
  expect(server.errors).toEqual([]);
});
