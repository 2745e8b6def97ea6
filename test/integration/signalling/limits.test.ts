import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { xml } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { until } from '../../support/wait.ts';
import { bodyOf, errorOf, NS } from '../../support/xmpp-test-client.ts';

test('a flood of stanzas ends the stream; a person in the same room notices only that someone left', async () => {
  await using server = await SignallingHarness.start({ xmpp: { stanzaBurst: 50, stanzasPerSecond: 10 } });
  const room = server.room();
  const bob = await server.logInAndJoin('Bob', room);
  const ann = await server.logInAndJoin('Ann', room);
  for (let i = 0; i < 200; i += 1) ann.send('<presence xmlns="jabber:client"/>');
  expect(await ann.receiveStreamError()).toBe('policy-violation');
  await ann.closed;
  await bob.receivePresence(room, ann.nick, 'unavailable');
  bob.send(xml('message', { xmlns: NS.client, type: 'groupchat', to: room }, xml('body', {}, 'quiet again')));
  await bob.receiveMessage('his own message', (message) => bodyOf(message) === 'quiet again');
});

test('a flood of bytes ends the stream', async () => {
  await using server = await SignallingHarness.start({ xmpp: { byteBurst: 100_000, bytesPerSecond: 1_000 } });
  const ann = await server.logIn('Ann');
  for (let i = 0; i < 5; i += 1) {
    ann.send(xml('message', { xmlns: NS.client, to: 'meet.example' }, xml('body', {}, 'x'.repeat(30_000))));
  }
  expect(await ann.receiveStreamError()).toBe('policy-violation');
});

test('a client that never reads is cut, and those who talk to it are not held up', async () => {
  await using server = await SignallingHarness.start({
    xmpp: { maxUnsentBytes: 200_000, byteBurst: 100_000_000 },
    muc: { historyMessages: 0 },
  });
  const room = server.room();
  const bob = await server.logInAndJoin('Bob', room);
  const ann = await server.logInAndJoin('Ann', room);
  ann.webSocket.pause();
  const body = 'x'.repeat(60_000);
  let sent = 0;
  await until(
    async () => {
      bob.send(
        xml('message', { xmlns: NS.client, type: 'groupchat', to: room, id: `m${sent}` }, xml('body', {}, body)),
      );
      const id = `m${sent}`;
      sent += 1;
      await bob.receiveMessage('his own message', (message) => message.attrs['id'] === id);
      return (await server.metric('parley_signalling_cut_connections_total', { reason: 'unread' })) === 1;
    },
    'Ann’s connection is cut',
    { intervalMs: 20 },
  );
  await bob.receivePresence(room, ann.nick, 'unavailable');
});

test('a client that shows no sign of life is given up', async () => {
  await using server = await SignallingHarness.start({ xmpp: { probeIntervalSeconds: 1 } });
  const ann = await server.logIn('Ann');
  const deaf = new WebSocket(server.webSocketUrl(), 'xmpp', { autoPong: false });
  const closed = new Promise((resolve) => deaf.once('close', resolve));
  await closed;
  expect(await server.metric('parley_signalling_cut_connections_total', { reason: 'silent' })).toBe(1);
  // Ann's WebSocket answers pings by itself.
  expect(await ann.drain()).toEqual([]);
});

test('one address holds so many connections, and gets a place again when one closes', async () => {
  await using server = await SignallingHarness.start({ xmpp: { connectionsPerAddress: 2 } });
  const ann = await server.logIn('Ann');
  await server.logIn('Bob');
  await expect(server.connect('Cid')).rejects.toThrow('429');
  expect(await server.metric('parley_signalling_refused_connections_total')).toBe(1);
  await ann.close();
  await until(async () => (await server.logIn('Cid')).jid !== '', 'a place for Cid');
});

test('one address holds so many sessions, those waiting to be resumed included', async () => {
  await using server = await SignallingHarness.start({ xmpp: { sessionsPerAddress: 1 } });
  const ann = await server.logIn('Ann');
  ann.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
  const enabled = await ann.receive('<enabled/>', ({ name }) => name === 'enabled');
  await ann.drop();
  const bob = await server.connect('Bob');
  await bob.authenticate(server.domain);
  const refused = await bob.ask('set', undefined, xml('bind', { xmlns: NS.bind }));
  expect(errorOf(refused)).toBe('wait/resource-constraint');
  bob.send(xml('resume', { xmlns: NS.sm, previd: enabled.attrs['id'], h: 0 }));
  await bob.receive('<resumed/>', ({ name }) => name === 'resumed');
});
