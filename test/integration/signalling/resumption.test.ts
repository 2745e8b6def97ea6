import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { until } from '../../support/wait.ts';
import { bodyOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({ xmpp: { maxUnacknowledgedStanzas: 50 } });
});
afterAll(() => server.stop());

async function enable(client: XmppTestClient): Promise<string> {
  client.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
  const enabled = await client.receive('<enabled/>', ({ name }) => name === 'enabled');
  expect(enabled.attrs).toMatchObject({ xmlns: NS.sm, resume: 'true', max: '60' });
  return enabled.attrs['id'] ?? '';
}

/** A new connection up to where it would bind; Jitsi's client puts the old id into the URL as well. */
async function reconnect(name: string, previd: string): Promise<XmppTestClient> {
  const client = await server.connect(name, `room=standup&previd=${previd}`);
  await client.authenticate(server.domain);
  return client;
}

function resume(client: XmppTestClient, previd: string, h: number | string): void {
  client.send(xml('resume', { xmlns: NS.sm, h, previd }));
}

const say = (room: string, words: string): XmlElement =>
  xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id: words }, xml('body', {}, words));
const isBody = (words: string) => (stanza: XmlElement) => bodyOf(stanza) === words;
const isAck = ({ name, attrs }: XmlElement): boolean => name === 'a' && attrs['xmlns'] === NS.sm;
const isAckRequest = ({ name, attrs }: XmlElement): boolean => name === 'r' && attrs['xmlns'] === NS.sm;
const isUnexpected = (stanza: XmlElement): boolean =>
  stanza.name === 'failed' && child(stanza, 'unexpected-request') !== undefined;

test('stanzas are counted from <enable/> on, and <r/> is answered at once', async () => {
  const ann = await server.logIn('Ann');
  await ann.drain();
  await enable(ann);
  await ann.drain();
  ann.send('<presence xmlns="jabber:client"/>');
  ann.send(xml('r', { xmlns: NS.sm }));
  expect((await ann.receive('<a/>', isAck)).attrs['h']).toBe('2');
});

test('the server asks for an acknowledgement after five stanzas', async () => {
  const ann = await server.logIn('Ann');
  await enable(ann);
  const ping = xml('ping', { xmlns: 'urn:xmpp:ping' });
  for (let i = 0; i < 3; i += 1) await ann.ask('get', undefined, ping);
  expect((await ann.drain()).filter(isAckRequest)).toEqual([]);
  await ann.ask('get', undefined, ping);
  await ann.receive('<r/>', isAckRequest);
  // Not answered yet: no second request.
  for (let i = 0; i < 12; i += 1) await ann.ask('get', undefined, ping);
  expect((await ann.drain()).filter(isAckRequest)).toEqual([]);
  ann.send(xml('a', { xmlns: NS.sm, h: 18 }));
  await ann.ask('get', undefined, ping);
  await ann.receive('<r/> again', isAckRequest);
});

test('Ann’s connection breaks; she resumes, misses nothing, and Bob never sees her leave', async () => {
  const room = server.freshRoom();
  const bob = await server.logInAndJoin('Bob', room);
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  await ann.join(room);
  await ann.receiveMessage('the subject', (m) => child(m, 'subject') !== undefined);
  bob.send(say(room, 'one'));
  await ann.receiveMessage('one', isBody('one'));
  // Presences of focus and Bob, metadata, her own presence, subject, duration and the message: seven stanzas.
  ann.send(xml('a', { xmlns: NS.sm, h: 7 }));
  await ann.drain();
  await ann.drop();
  bob.send(say(room, 'two'));
  await bob.receiveMessage('two', isBody('two'));

  const back = await reconnect('Ann', id);
  resume(back, id, 8);
  const resumed = await back.receive('<resumed/>', ({ name }) => name === 'resumed');
  // The join and the ping were handled before the connection broke.
  expect(resumed.attrs).toEqual({ xmlns: NS.sm, previd: id, h: '2' });
  const missed = await back.receiveMessage('the message she missed', () => true);
  expect(bodyOf(missed)).toBe('two');
  expect(missed.attrs['to']).toBe(ann.jid);
  back.send(say(room, 'three'));
  const three = await bob.receiveMessage('three', isBody('three'));
  expect(three.attrs['from']).toBe(`${room}/${ann.nick}`);
  expect((await bob.drain()).filter(({ attrs }) => attrs['type'] === 'unavailable')).toEqual([]);
});

test('resuming while the old connection is still open replaces it', async () => {
  const room = server.freshRoom();
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  await server.requestConference(ann, room);
  await ann.join(room);
  const back = await reconnect('Ann again', id);
  resume(back, id, 0);
  await back.receive('<resumed/>', ({ name }) => name === 'resumed');
  expect(await ann.receiveStreamError()).toBe('conflict');
  await ann.closed;
  // All she has not acknowledged comes again, and the session goes on.
  await back.receivePresence(room, ann.nick);
  back.send(say(room, 'still here'));
  await back.receiveMessage('her own message', isBody('still here'));
  // A second time, with the same id.
  await back.drop();
  const third = await reconnect('Ann once more', id);
  resume(third, id, 0);
  await third.receive('<resumed/>', ({ name }) => name === 'resumed');
});

test('an id that nobody has, and one whose session was closed, are item-not-found; binding is still possible', async () => {
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  await ann.close();
  for (const previd of ['sm-guess', '', id]) {
    const back = await reconnect('Ann', previd);
    resume(back, previd, 0);
    const failed = await back.receive('<failed/>', ({ name }) => name === 'failed');
    expect(child(failed, 'item-not-found', 'urn:ietf:params:xml:ns:xmpp-stanzas')).toBeDefined();
    await back.bind();
    expect(back.jid).not.toBe(ann.jid);
  }
});

test('a session that ended with a stream error cannot be resumed', async () => {
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  ann.send('<broken');
  expect(await ann.receiveStreamError()).toBe('not-well-formed');
  await ann.closed;
  const back = await reconnect('Ann', id);
  resume(back, id, 0);
  const failed = await back.receive('<failed/>', ({ name }) => name === 'failed');
  expect(child(failed, 'item-not-found')).toBeDefined();
});

test('someone kicked while her connection was gone finds that out when she resumes', async () => {
  const room = server.freshRoom();
  const bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, bob);
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  await ann.join(room);
  await ann.drop();
  const kick = xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: ann.nick, role: 'none' }));
  await bob.ask('set', room, kick);
  const back = await reconnect('Ann', id);
  resume(back, id, 0);
  const kicked = await back.receivePresence(room, ann.nick, 'unavailable');
  expect(statuses(kicked)).toEqual(['307', '110']);
  back.send(say(room, 'me again'));
  expect((await back.receiveMessage('a refusal', (m) => m.attrs['type'] === 'error')).attrs['from']).toBe(room);
});

test('acknowledging more than was sent, or going backwards, ends the stream', async () => {
  const ann = await server.logIn('Ann');
  await enable(ann);
  await ann.drain();
  ann.send(xml('a', { xmlns: NS.sm, h: 2 }));
  const error = await ann.receive('a stream error', ({ name }) => name === 'error');
  expect(child(error, 'handled-count-too-high', NS.sm)?.attrs).toMatchObject({ h: '2', 'send-count': '1' });
  await ann.closed;

  const bob = await server.logIn('Bob');
  await enable(bob);
  await bob.drain();
  bob.send(xml('a', { xmlns: NS.sm, h: 1 }));
  bob.send(xml('a', { xmlns: NS.sm, h: 0 }));
  expect(await bob.receiveStreamError()).toBe('undefined-condition');

  const cid = await server.logIn('Cid');
  const id = await enable(cid);
  await cid.drop();
  const back = await reconnect('Cid', id);
  resume(back, id, 7);
  expect(await back.receiveStreamError()).toBe('undefined-condition');
});

test.each(['-1', 'many', '4294967296', ''])('h="%s" is no counter', async (h) => {
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  ann.send(xml('a', { xmlns: NS.sm, h }));
  expect(await ann.receiveStreamError()).toBe('bad-format');
  const back = await reconnect('Ann', id);
  resume(back, id, h);
  const failed = await back.receive('<failed/>', ({ name }) => name === 'failed');
  expect(child(failed, 'bad-request')).toBeDefined();
});

test('enabling before binding or twice, and resuming once bound, fail without ending the stream', async () => {
  const ann = await server.connect('Ann');
  await ann.authenticate(server.domain);
  ann.send(xml('enable', { xmlns: NS.sm }));
  await ann.receive('a refusal', isUnexpected);
  await ann.bind();
  const id = await enable(ann);
  ann.send(xml('enable', { xmlns: NS.sm }));
  await ann.receive('a refusal', isUnexpected);
  resume(ann, id, 0);
  await ann.receive('a refusal', isUnexpected);
  expect(await ann.drain()).toEqual([]);
});

test('a client that does not ask for resumption is gone with its connection', async () => {
  const room = server.freshRoom();
  const bob = await server.logInAndJoin('Bob', room);
  const ann = await server.logIn('Ann');
  ann.send(xml('enable', { xmlns: NS.sm }));
  const enabled = await ann.receive('<enabled/>', ({ name }) => name === 'enabled');
  expect(enabled.attrs).toEqual({ xmlns: NS.sm });
  await ann.join(room);
  await bob.receivePresence(room, ann.nick);
  await ann.drop();
  await bob.receivePresence(room, ann.nick, 'unavailable');
});

test('a session that is not resumed in time leaves its rooms, and requests to it get an answer', async () => {
  await using quick = await SignallingHarness.start({ xmpp: { resumeSeconds: 1 } });
  const bob = await quick.logInAndJoin('Bob', quick.room());
  const ann = await quick.logIn('Ann');
  ann.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
  await ann.receive('<enabled/>', ({ name }) => name === 'enabled');
  await ann.join(quick.room());
  await ann.drop();
  const answer = await bob.ask('get', `${quick.room()}/${ann.nick}`, xml('query', { xmlns: NS.discoInfo }));
  expect(child(child(answer, 'error')!, 'recipient-unavailable')).toBeDefined();
  await bob.receivePresence(quick.room(), ann.nick, 'unavailable');
  await until(async () => (await quick.metric('parley_signalling_sessions')) === 1, 'only Bob’s session is left');
});

test('a client that never acknowledges loses its session when too much waits for it', async () => {
  const room = server.freshRoom();
  const bob = await server.logInAndJoin('Bob', room);
  const ann = await server.logIn('Ann');
  const id = await enable(ann);
  await ann.join(room);
  for (let i = 0; i < 60; i += 1) bob.send(say(room, `message ${i}`));
  expect(await ann.receiveStreamError()).toBe('policy-violation');
  await bob.receivePresence(room, ann.nick, 'unavailable');
  const back = await reconnect('Ann', id);
  resume(back, id, 0);
  await back.receive('<failed/>', ({ name }) => name === 'failed');
});
