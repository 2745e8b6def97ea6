import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, NS } from '../../support/xmpp-test-client.ts';

const room = 'standup@muc.meet.example';

const attribute = (key: string, value: string | undefined): string =>
  value === undefined ? '' : ` ${key}="${value.replace(/[<&"]/g, '')}"`;

/** Frames as a broken or hostile client might send them: some well-formed, some nearly, some not at all. */
const address = fc.constantFrom(
  room,
  `${room}/focus`,
  `${room}/00000000`,
  'meet.example',
  'muc.meet.example',
  'metadata.meet.example',
  'focus@auth.meet.example',
  'a@b/c',
  '@@//',
  '',
);
const stanza = fc
  .record({
    name: fc.constantFrom('iq', 'message', 'presence'),
    type: fc.constantFrom(undefined, 'get', 'set', 'result', 'error', 'groupchat', 'chat', 'unavailable', 'x'),
    to: fc.option(address, { nil: undefined }),
    id: fc.option(fc.string({ maxLength: 5 }), { nil: undefined }),
    child: fc.constantFrom(
      '<x xmlns="http://jabber.org/protocol/muc"/>',
      '<query xmlns="http://jabber.org/protocol/muc#admin"><item nick="focus" role="none"/></query>',
      '<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="submit"/></query>',
      '<query xmlns="http://jabber.org/protocol/disco#info"/>',
      '<services xmlns="urn:xmpp:extdisco:2"/>',
      '<room_metadata xmlns="http://jitsi.org/jitmeet" room="standup@muc.meet.example">{"key":</room_metadata>',
      '<conference xmlns="http://jitsi.org/protocol/focus"/>',
      '<bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/>',
      '<body>…</body>',
      '<error/>',
      '',
    ),
  })
  .map(({ name, type, to, id, child }) => {
    return `<${name} xmlns="jabber:client"${attribute('type', type)}${attribute('to', to)}${attribute('id', id)}>${child}</${name}>`;
  });
const noise = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  stanza.chain((text) => fc.nat(text.length).map((end) => text.slice(0, end))),
  fc.constantFrom(
    '<r xmlns="urn:xmpp:sm:3"/>',
    '<a xmlns="urn:xmpp:sm:3" h="0"/>',
    '<enable xmlns="urn:xmpp:sm:3" resume="true"/>',
    '<resume xmlns="urn:xmpp:sm:3" previd="x" h="0"/>',
    '<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="ANONYMOUS"/>',
    '<open xmlns="urn:ietf:params:xml:ns:xmpp-framing" to="meet.example" version="1.0"/>',
  ),
);
const session = fc.array(fc.oneof({ weight: 6, arbitrary: stanza }, { weight: 1, arbitrary: noise }), {
  maxLength: 30,
});

test('whatever others send, before login or after it, Ann and Bob go on talking', async () => {
  await using server = await SignallingHarness.start();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  let rounds = 0;
  await fc.assert(
    fc.asyncProperty(session, fc.boolean(), async (frames, isLoggedIn) => {
      const mallory = isLoggedIn ? await server.logIn('Mallory') : await server.connect('Mallory');
      for (const frame of frames) mallory.send(frame);
      await mallory.close();
      rounds += 1;
      const words = `round ${rounds}`;
      ann.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room }, xml('body', {}, words)));
      const heard = await bob.receiveMessage(words, (message) => bodyOf(message) === words);
      expect(heard.attrs['from']).toBe(`${room}/${ann.nick}`);
    }),
    { numRuns: 60 },
  );
  expect(await server.metric('parley_signalling_stream_errors_total', { condition: 'internal-server-error' })).toBe(0);
  expect(await server.metric('parley_signalling_occupants')).toBe(3);
}, 60_000);
