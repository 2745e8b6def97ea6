import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, NS } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const message = (to: string, type: string, ...content: readonly (XmlElement | string)[]): XmlElement =>
  xml('message', { xmlns: NS.client, to, type, id: `m-${to}` }, content);

test('a message to the room reaches everyone, its sender included, from the occupant’s address', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  ann.send(
    xml(
      'message',
      { xmlns: NS.client, type: 'groupchat', to: room, id: 'm1' },
      xml('body', {}, 'hi, <b> & Ελλάδα 👋'),
      xml('reply', { to: 'm0' }),
      xml('delay', { xmlns: 'urn:xmpp:delay', stamp: '2020-01-01T00:00:00Z' }),
      xml('x', { xmlns: NS.mucUser }, xml('status', { code: '104' })),
    ),
  );
  for (const receiver of [ann, bob]) {
    const received = await receiver.receiveMessage('the message', (m) => bodyOf(m) !== undefined);
    expect(received.attrs).toMatchObject({ from: `${room}/${ann.nick}`, type: 'groupchat', id: 'm1' });
    expect(bodyOf(received)).toBe('hi, <b> & Ελλάδα 👋');
    // Jitsi's client leaves the namespace out, but reads it only with it (wire note §4.4).
    expect(child(received, 'reply', 'urn:xmpp:reply:0')?.attrs).toEqual({ xmlns: 'urn:xmpp:reply:0', to: 'm0' });
    expect(childElements(received).map(({ name }) => name)).toEqual(['body', 'reply']);
  }
});

test('a private message reaches one person; to nobody it is an error; outsiders cannot write at all', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logIn('Cid');
  await ann.drain();
  ann.send(message(`${room}/${bob.nick}`, 'chat', xml('body', {}, 'psst')));
  const received = await bob.receiveMessage('the private message', (m) => m.attrs['type'] === 'chat');
  expect(received.attrs['from']).toBe(`${room}/${ann.nick}`);
  expect(bodyOf(received)).toBe('psst');
  ann.send(message(`${room}/00000000`, 'chat', xml('body', {}, 'psst')));
  expect(errorOf(await ann.receiveMessage('an error'))).toBe('cancel/item-not-found');
  ann.send(message(`${room}/${bob.nick}`, 'groupchat', xml('body', {}, 'odd')));
  expect(errorOf(await ann.receiveMessage('an error'))).toBe('modify/bad-request');
  for (const to of [room, `${room}/${bob.nick}`]) {
    cid.send(message(to, to === room ? 'groupchat' : 'chat', xml('body', {}, 'let me in')));
    expect(errorOf(await cid.receiveMessage('an error'))).toBe('cancel/not-acceptable');
  }
  cid.send(message(bob.jid, 'chat', xml('body', {}, 'directly')));
  expect(errorOf(await cid.receiveMessage('an error'))).toBe('cancel/service-unavailable');
  expect((await bob.drain()).filter((stanza) => bodyOf(stanza) !== undefined)).toEqual([]);
});

test('a message too long for a room is refused and the sender stays', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  ann.send(message(room, 'groupchat', xml('body', {}, 'x'.repeat(100_000))));
  expect(errorOf(await ann.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe(
    'modify/policy-violation',
  );
  ann.send(xml('presence', { xmlns: NS.client, to: `${room}/${ann.nick}` }, xml('big', {}, 'x'.repeat(100_000))));
  expect(errorOf(await ann.receivePresence(room, ann.nick, 'error'))).toBe('modify/policy-violation');
  ann.send(message(room, 'groupchat', xml('body', {}, 'short')));
  const received = await bob.receiveMessage('the short message', (m) => bodyOf(m) !== undefined);
  expect(bodyOf(received)).toBe('short');
});

test('reactions and retractions pass through; newcomers get the history without what was retracted', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const send = (id: string, ...content: readonly XmlElement[]): void =>
    ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id }, content));
  for (let i = 1; i <= 22; i += 1) send(`m${i}`, xml('body', {}, `message ${i}`));
  send('r1', xml('reactions', { xmlns: 'urn:xmpp:reactions:0', id: 'm1' }, xml('reaction', {}, '👍')));
  send(
    'd1',
    xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm22' }),
    xml('body', {}, 'Your client does not support retraction.'),
  );
  await bob.receiveMessage('the reaction', (m) => child(m, 'reactions', 'urn:xmpp:reactions:0') !== undefined);
  await bob.receiveMessage('the retraction', (m) => child(m, 'retract') !== undefined);
  // Bob cannot retract what Ann wrote.
  bob.send(
    xml(
      'message',
      { xmlns: NS.client, type: 'groupchat', to: room, id: 'd2' },
      xml('retract', { xmlns: 'urn:xmpp:message-retract:1', id: 'm21' }),
    ),
  );
  await bob.drain();
  const cid = await server.logIn('Cid');
  await cid.join(room);
  const history = (await cid.drain()).filter((stanza) => bodyOf(stanza) !== undefined);
  expect(history.map(bodyOf)).toEqual(Array.from({ length: 19 }, (_, index) => `message ${index + 3}`));
  for (const old of history) {
    expect(old.attrs['from']).toBe(`${room}/${ann.nick}`);
    expect(child(old, 'delay', 'urn:xmpp:delay')?.attrs['stamp']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
});

test('moderators set the subject, others do not; newcomers get it', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  bob.send(message(room, 'groupchat', xml('subject', {}, 'Bob’s')));
  expect(errorOf(await bob.receiveMessage('an error', (m) => m.attrs['type'] === 'error'))).toBe('auth/forbidden');
  await server.makeOwner(room, ann);
  ann.send(message(room, 'groupchat', xml('subject', {}, 'Stand-up')));
  await bob.receiveMessage('the subject', (m) => childText(m, 'subject') === 'Stand-up');
  const cid = await server.logIn('Cid');
  await cid.join(room);
  const subject = await cid.receiveMessage('the subject', (m) => child(m, 'subject') !== undefined);
  expect([subject.attrs['from'], childText(subject, 'subject')]).toEqual([`${room}/${ann.nick}`, 'Stand-up']);
});
