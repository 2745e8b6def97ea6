import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, xml } from '#protocol/xmpp/element.ts';
import { formField } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, NS } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

test('the room tells those in it its meeting’s id and start, and outsiders nothing', async () => {
  const room = server.freshRoom();
  const before = Date.now();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logIn('Bob');
  const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(formField(info, 'muc#roominfo_meetingId')).toMatch(/^[0-9a-f-]{36}$/);
  const created = Number(formField(info, 'muc#roominfo_created_timestamp'));
  expect(created).toBeGreaterThanOrEqual(before);
  expect(created).toBeLessThanOrEqual(Date.now());
  const features = childElements(childElements(info)[0]!, 'feature').map(({ attrs }) => attrs['var']);
  expect(features).toContain('http://jabber.org/protocol/muc');
  expect(features).not.toContain('muc_passwordprotected');
  const refused = await bob.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
  expect(errorOf(refused)).toBe('auth/forbidden');
  const hidden = await bob.ask(
    'get',
    'muc.meet.example',
    xml('query', { xmlns: 'http://jabber.org/protocol/disco#items' }),
  );
  expect(childElements(childElements(hidden)[0]!)).toEqual([]);
});

test('requests between occupants travel under the room’s addresses, and so do results and errors', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const cid = await server.logIn('Cid');
  const jingle = xml('jingle', { xmlns: 'urn:xmpp:jingle:1', action: 'session-initiate', sid: 's1' });
  ann.send(xml('iq', { xmlns: NS.client, type: 'set', id: 'p1', to: `${room}/${bob.nick}` }, jingle));
  const request = await bob.receive('the request', ({ name, attrs }) => name === 'iq' && attrs['type'] === 'set');
  expect(request.attrs).toMatchObject({ from: `${room}/${ann.nick}`, to: bob.jid, id: 'p1' });
  expect(child(request, 'jingle', 'urn:xmpp:jingle:1')?.attrs['sid']).toBe('s1');
  bob.send(xml('iq', { xmlns: NS.client, type: 'result', id: 'p1', to: `${room}/${ann.nick}` }));
  const result = await ann.receive('the result', ({ attrs }) => attrs['id'] === 'p1');
  expect(result.attrs).toMatchObject({ type: 'result', from: `${room}/${bob.nick}`, to: ann.jid });

  const asked = server.focus.ask('get', `${room}/${bob.nick}`, xml('query', { xmlns: NS.discoInfo }));
  const fromFocus = await bob.receive('the focus’s request', ({ attrs }) => attrs['type'] === 'get');
  expect(fromFocus.attrs['from']).toBe(`${room}/focus`);
  bob.send(
    xml(
      'iq',
      { xmlns: NS.client, type: 'error', id: fromFocus.attrs['id'], to: `${room}/focus` },
      xml('error', { type: 'cancel' }, xml('item-not-found', { xmlns: 'urn:ietf:params:xml:ns:xmpp-stanzas' })),
    ),
  );
  const refused = await asked;
  expect(refused.attrs['from']).toBe(`${room}/${bob.nick}`);
  expect(errorOf(refused)).toBe('cancel/item-not-found');

  expect(errorOf(await ann.ask('set', `${room}/00000000`, jingle))).toBe('cancel/item-not-found');
  expect(errorOf(await cid.ask('set', `${room}/${bob.nick}`, jingle))).toBe('cancel/not-acceptable');
  expect(errorOf(await ann.ask('set', `${room}/${bob.nick}`))).toBe('modify/bad-request');
});

test('a request to the focus’s occupant reaches the focus from the sender’s occupant', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  ann.send(
    xml(
      'iq',
      { xmlns: NS.client, type: 'set', id: 'j1', to: `${room}/focus` },
      xml('jingle', { xmlns: 'urn:xmpp:jingle:1', action: 'session-accept', sid: 's1' }),
    ),
  );
  const request = await server.focus.receive('the request', ({ attrs }) => attrs['id'] === 'j1');
  expect(request.attrs).toMatchObject({ from: `${room}/${ann.nick}`, to: server.focus.jid });
});

test('who asks a focus that does not run is told so, once, and a late answer is dropped', async () => {
  await using lonely = await SignallingHarness.start({ xmpp: { focusAnswerSeconds: 1 } });
  lonely.focus.stop();
  const ann = await lonely.logIn('Ann');
  const conference = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room: lonely.room() });
  const answer = await ann.ask('set', lonely.hosts.focus, conference);
  expect(errorOf(answer)).toBe('wait/remote-server-timeout');
  const { id } = answer.attrs;
  lonely.focus.send(xml('iq', { xmlns: NS.client, type: 'result', id, from: lonely.hosts.focus, to: ann.jid }));
  expect(await ann.drain()).toEqual([]);
  // Requests that are none do not reach it at all.
  expect(errorOf(await ann.ask('set', lonely.hosts.focus))).toBe('modify/bad-request');
});

test('a component that sends under another address than its own is not heard', async () => {
  const ann = await server.logIn('Ann');
  const body = xml('body', {}, 'I am the server');
  server.focus.send(xml('message', { xmlns: NS.client, from: server.domain, to: ann.jid }, body));
  server.focus.send(xml('message', { xmlns: NS.client, to: ann.jid }, body));
  server.focus.send(xml('message', { xmlns: NS.client, from: server.hosts.focus, to: ann.jid }, body));
  const heard = await ann.receiveMessage('the one message that counts');
  expect(heard.attrs['from']).toBe(server.hosts.focus);
  expect(await ann.drain()).toEqual([]);
});

test.each(['%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1', 'ελλάδα', '👋-party', "ann's", 'a%2fb'])(
  'a room may be called %s',
  async (node) => {
    const room = server.room(node);
    const ann = await server.logInAndJoin('Ann', room);
    const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
    expect(info.attrs).toMatchObject({ type: 'result', from: room });
    await ann.close();
  },
);

test('a room name with a slash or a space is no address of a room', async () => {
  const ann = await server.logIn('Ann');
  ann.sendJoin('a/b@muc.meet.example', ann.nick);
  expect(errorOf(await ann.receive('an error', ({ name }) => name === 'presence'))).toBe(
    'cancel/remote-server-not-found',
  );
  ann.sendJoin('a b@muc.meet.example', ann.nick);
  expect(errorOf(await ann.receive('an error', ({ name }) => name === 'presence'))).toBe('modify/jid-malformed');
});
