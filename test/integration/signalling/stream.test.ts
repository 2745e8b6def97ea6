import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { child, childElements, childText, text, xml } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, NS, XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({ xmpp: { loginTimeoutSeconds: 2 } });
});
afterAll(() => server.stop());

test('a guest opens, logs in, opens again and binds, frame by frame as Jitsi’s client does it', async () => {
  const ann = await server.connect('Ann');
  ann.send('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>');
  const opened = await ann.receive('<open/>', ({ name }) => name === 'open');
  expect(opened.attrs).toMatchObject({ xmlns: NS.framing, from: 'meet.example', version: '1.0' });
  const offered = await ann.receive('features', ({ name }) => name === 'features');
  expect(childElements(child(offered, 'mechanisms', NS.sasl) ?? xml('none')).map(text)).toEqual(['ANONYMOUS']);

  ann.send('<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>');
  await ann.receive('success', ({ name, attrs }) => name === 'success' && attrs['xmlns'] === NS.sasl);

  ann.send('<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>');
  const reopened = await ann.receive('<open/>', ({ name }) => name === 'open');
  expect(reopened.attrs['id']).not.toBe(opened.attrs['id']);
  const features = await ann.receive('features', ({ name }) => name === 'features');
  expect(childElements(features).map((feature) => `${feature.name} ${feature.attrs['xmlns']}`)).toEqual([
    `bind ${NS.bind}`,
    'session urn:ietf:params:xml:ns:xmpp-session',
    `sm ${NS.sm}`,
  ]);

  ann.send(`<iq type="set" id="_bind_auth_2" xmlns="jabber:client"><bind xmlns="${NS.bind}"/></iq>`);
  const bound = await ann.receive('the bind result', ({ attrs }) => attrs['id'] === '_bind_auth_2');
  expect(bound.attrs['type']).toBe('result');
  const jid = childText(child(bound, 'bind', NS.bind) ?? xml('none'), 'jid');
  expect(jid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}@meet\.example\/.+$/);

  ann.send(
    '<iq type="set" id="_session_auth_2" xmlns="jabber:client"><session xmlns="urn:ietf:params:xml:ns:xmpp-session"/></iq>',
  );
  const session = await ann.receive('the session result', ({ attrs }) => attrs['id'] === '_session_auth_2');
  expect(session.attrs['type']).toBe('result');

  // Jitsi's client looks at the text of the first frames, prefix included (wire note §1.2).
  expect(ann.receivedTexts[0]).toMatch(/^<open /);
  expect(ann.receivedTexts[1]).toMatch(/^<stream:features xmlns:stream="http:\/\/etherx\.jabber\.org\/streams"/);

  ann.send(xml('close', { xmlns: NS.framing }));
  await ann.receive('<close/>', ({ name, attrs }) => name === 'close' && attrs['xmlns'] === NS.framing);
  expect(await ann.closed).toBe(1000);
});

test('every guest gets another address, and the resource it asks for', async () => {
  const ann = await server.logIn('Ann');
  const bob = await server.connect('Bob');
  await bob.authenticate(server.domain);
  await bob.bind('tablet');
  expect(bob.jid.endsWith('@meet.example/tablet')).toBe(true);
  expect(bob.nick).not.toBe(ann.nick);
});

test('guests log in on the guest host too, accounts on theirs; hosts without a way to log in offer none', async () => {
  const guest = await server.connect('Guest');
  await guest.authenticate('guest.meet.example');
  await guest.bind();
  expect(guest.jid).toContain('@guest.meet.example/');
  const account = await server.connect('Account');
  const features = await account.open('auth.meet.example');
  const offered = childElements(child(features, 'mechanisms', NS.sasl) ?? xml('none')).map(text);
  // Not PLAIN: this connection is not encrypted.
  expect(offered).toEqual(['SCRAM-SHA-256', 'SCRAM-SHA-1']);
  const recorder = await server.connect('Recorder');
  expect(child(await recorder.open('recorder.meet.example'), 'mechanisms')).toBeUndefined();
});

test('a stream to another server’s name is told the right one', async () => {
  const ann = await server.connect('Ann');
  ann.send(xml('open', { xmlns: NS.framing, to: 'other.example', version: '1.0' }));
  await ann.receive('<open/>', ({ name }) => name === 'open');
  const error = await ann.receive('a stream error', ({ name }) => name === 'error');
  expect(child(error, 'host-unknown', NS.streamErrors)).toBeDefined();
  expect(childText(error, 'text')).toContain('meet.example');
  await ann.receive('<close/>', ({ name }) => name === 'close');
  expect(await ann.closed).toBe(1000);
});

test('another version of XMPP is refused', async () => {
  const ann = await server.connect('Ann');
  ann.send(xml('open', { xmlns: NS.framing, to: 'meet.example', version: '0.9' }));
  expect(await ann.receiveStreamError()).toBe('unsupported-version');
});

test.each([
  ['no stream', (ann: XmppTestClient) => Promise.resolve(ann), 'not-authorized'],
  [
    'an open stream',
    async (ann: XmppTestClient) => {
      await ann.open('meet.example');
      return ann;
    },
    'not-authorized',
  ],
  [
    'a login',
    async (ann: XmppTestClient) => {
      await ann.authenticate('meet.example');
      return ann;
    },
    'not-authorized',
  ],
])('presence with only %s, before anything is bound, ends the stream', async (_what, prepare, condition) => {
  const ann = await prepare(await server.connect('Ann'));
  ann.sendJoin(server.room(), 'aaaaaaaa');
  expect(await ann.receiveStreamError()).toBe(condition);
  await ann.closed;
});

test.each([
  ['<iq xmlns="jabber:client"', 'not-well-formed'],
  ['<message xmlns="jabber:client"><body>&bogus;</body></message>', 'not-well-formed'],
  ['<message xmlns="jabber:client"><body>\u0001</body></message>', 'not-well-formed'],
  ['<a:message xmlns="jabber:client"/>', 'not-well-formed'],
  ['plain text', 'not-well-formed'],
  ['', 'not-well-formed'],
  ['<message xmlns="jabber:client"><!-- hidden --></message>', 'restricted-xml'],
  ['<!DOCTYPE x [<!ENTITY y "z">]><message xmlns="jabber:client">&y;</message>', 'restricted-xml'],
  ['<message xmlns="jabber:server"/>', 'invalid-namespace'],
  ['<query xmlns="jabber:client"/>', 'unsupported-stanza-type'],
  [`<message xmlns="jabber:client">${'<a>'.repeat(40)}${'</a>'.repeat(40)}</message>`, 'policy-violation'],
  [`<message xmlns="jabber:client">${'<a/>'.repeat(5_000)}</message>`, 'policy-violation'],
  [`<message xmlns="jabber:client"><body>${'x'.repeat(1_048_576)}</body></message>`, 'policy-violation'],
  ['<message xmlns="jabber:client" from="someone@meet.example/else" to="meet.example"/>', 'invalid-from'],
])('%.60j ends the stream with %s, counted, and leaves others alone', async (frame, condition) => {
  const bob = await server.logIn('Bob');
  const ann = await server.logIn('Ann');
  const before = await server.metric('parley_signalling_stream_errors_total', { condition });
  ann.send(frame);
  expect(await ann.receiveStreamError()).toBe(condition);
  await ann.receive('<close/>', ({ name }) => name === 'close');
  await ann.closed;
  expect(await server.metric('parley_signalling_stream_errors_total', { condition })).toBe(before + 1);
  expect(await bob.drain()).toEqual([]);
});

test('a binary frame, a frame of 5 MB and broken UTF-8 close the socket', async () => {
  const ann = await server.logIn('Ann');
  ann.webSocket.send(Buffer.from('<presence xmlns="jabber:client"/>'));
  expect(await ann.receiveStreamError()).toBe('unsupported-encoding');
  await ann.closed;
  const bob = await server.logIn('Bob');
  bob.send('x'.repeat(5_000_000));
  expect(await bob.closed).toBe(1009);
  const cid = await server.logIn('Cid');
  cid.webSocket.send(Buffer.from([0xc3, 0x28]), { binary: false });
  expect(await cid.closed).toBe(1007);
});

test('who does not log in in time is told so', async () => {
  const ann = await server.connect('Ann');
  await ann.open('meet.example');
  expect(await ann.receiveStreamError()).toBe('connection-timeout');
  await ann.closed;
});

test('an unknown mechanism and bad Base64 are refused, and after three failures the stream ends', async () => {
  const ann = await server.connect('Ann');
  await ann.open('meet.example');
  const refusals: string[] = [];
  for (const auth of [
    xml('auth', { xmlns: NS.sasl, mechanism: 'PLAIN' }, 'AGFubgBzZWNyZXQ='),
    xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }, 'not base64!'),
    xml('abort', { xmlns: NS.sasl }),
  ]) {
    ann.send(auth);
    const failure = await ann.receive('a SASL failure', ({ name }) => name === 'failure');
    refusals.push(childElements(failure)[0]?.name ?? '');
  }
  expect(refusals).toEqual(['invalid-mechanism', 'incorrect-encoding', 'aborted']);
  expect(await ann.receiveStreamError()).toBe('policy-violation');
  await ann.closed;
});

test('a plain GET is answered with 200, below a tenant too', async () => {
  for (const path of ['/xmpp-websocket?room=standup', '/acme/xmpp-websocket']) {
    const response = await fetch(server.httpUrl + path);
    expect(response.status).toBe(200);
    await response.text();
  }
});

test('a WebSocket without the subprotocol is refused; one below a tenant is taken', async () => {
  const refused = new WebSocket(server.webSocketUrl());
  const status = await new Promise((resolve) => {
    refused.once('unexpected-response', (_request, response) => resolve(response.statusCode));
    refused.once('error', () => resolve('error'));
  });
  expect(status).toBe(400);
  const ann = await XmppTestClient.logIn(
    'Ann',
    server.webSocketUrl().replace('/xmpp-websocket', '/acme/xmpp-websocket'),
    'meet.example',
  );
  expect(ann.jid).toContain('@meet.example/');
  await ann.close();
});

test('the server, the own account and the chat service answer pings and say what they are', async () => {
  const ann = await server.logIn('Ann');
  for (const to of ['meet.example', ann.bareJid, undefined, 'muc.meet.example', 'metadata.meet.example']) {
    const pong = await ann.ask('get', to, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect(pong.attrs).toMatchObject({ type: 'result', to: ann.jid });
    expect(pong.attrs['from']).toBe(to);
  }
  const info = await ann.ask('get', 'meet.example', xml('query', { xmlns: NS.discoInfo }));
  const query = child(info, 'query', NS.discoInfo) ?? xml('none');
  expect(childElements(query, 'feature').map(({ attrs }) => attrs['var'])).toEqual(
    expect.arrayContaining(['urn:xmpp:ping', 'urn:xmpp:extdisco:2', 'urn:xmpp:extdisco:1']),
  );
  expect(childElements(query, 'identity').map(({ attrs }) => attrs)).toContainEqual({
    category: 'component',
    type: 'room_metadata',
    name: 'metadata.meet.example',
  });
});

test('every request gets exactly one answer, also those that nobody knows', async () => {
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  const unknown = xml('query', { xmlns: 'jabber:iq:version' });
  expect(errorOf(await ann.ask('get', 'meet.example', unknown))).toBe('cancel/service-unavailable');
  expect(errorOf(await ann.ask('get', undefined, unknown))).toBe('cancel/service-unavailable');
  expect(errorOf(await ann.ask('get', 'muc.meet.example', unknown))).toBe('cancel/service-unavailable');
  expect(errorOf(await ann.ask('get', 'polls.meet.example', unknown))).toBe('cancel/service-unavailable');
  expect(errorOf(await ann.ask('get', 'other.example', unknown))).toBe('cancel/remote-server-not-found');
  expect(errorOf(await ann.ask('get', bob.jid, unknown))).toBe('cancel/service-unavailable');
  expect(errorOf(await ann.ask('get', server.room('nowhere'), unknown))).toBe('cancel/item-not-found');
  expect(errorOf(await ann.ask('get', '@meet.example', unknown))).toBe('modify/jid-malformed');
  expect(errorOf(await ann.ask('get', 'meet.example'))).toBe('modify/bad-request');
  expect(errorOf(await ann.ask('get', 'meet.example', unknown, unknown))).toBe('modify/bad-request');
  const withNode = xml('query', { xmlns: NS.discoInfo, node: 'x' });
  expect(errorOf(await ann.ask('get', 'meet.example', withNode))).toBe('cancel/item-not-found');
  // Answers to nothing are dropped.
  ann.send(xml('iq', { xmlns: NS.client, type: 'result', id: 'x1', to: 'meet.example' }));
  ann.send(xml('iq', { xmlns: NS.client, type: 'error', id: 'x2', to: 'other.example' }));
  expect(await ann.drain()).toEqual([]);
  expect(await bob.drain()).toEqual([]);
});

test('initial presence means nothing here and disturbs nobody', async () => {
  const ann = await server.logIn('Ann');
  ann.send('<presence xmlns="jabber:client"/>');
  ann.send('<presence xmlns="jabber:client" type="unavailable"/>');
  expect(await ann.drain()).toEqual([]);
});

test('a stopping server says so', async () => {
  const stopping = await SignallingHarness.start();
  const ann = await stopping.logIn('Ann');
  await stopping.stop();
  expect(await ann.receiveStreamError()).toBe('system-shutdown');
  await ann.closed;
});
