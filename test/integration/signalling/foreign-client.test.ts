import { once } from 'node:events';
import { client, xml, type Element, type XmppClient } from '@xmpp/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Inbox } from '../../support/inbox.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';

/** The same server as xmpp.js sees it, a client that we did not write. */
class ForeignClient {
  readonly xmpp: XmppClient;
  readonly inbox: Inbox<Element>;

  constructor(name: string) {
    this.xmpp = client({ service: server.webSocketUrl(), domain: server.domain });
    this.inbox = new Inbox(name, String);
    this.xmpp.on('stanza', (stanza: Element) => this.inbox.add(stanza));
    this.xmpp.on('error', () => {
      // Dropped connections are part of these tests; what counts is what comes after.
    });
    clients.push(this);
  }

  get nick(): string {
    return this.xmpp.jid.local.slice(0, 8);
  }

  async enter(room: string): Promise<void> {
    const conference = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room });
    const answer = await this.xmpp.iqCaller.set(conference, server.hosts.focus);
    expect(answer.attrs['ready']).toBe('true');
    await this.xmpp.send(
      xml('presence', { to: `${room}/${this.nick}` }, xml('x', { xmlns: 'http://jabber.org/protocol/muc' })),
    );
    await this.inbox.take(
      'self-presence',
      (stanza) => stanza.is('presence') && stanza.attrs['from'] === `${room}/${this.nick}`,
    );
  }
}

let server: SignallingHarness;
let clients: ForeignClient[];
beforeEach(async () => {
  clients = [];
  server = await SignallingHarness.start();
});
afterEach(async () => {
  for (const { xmpp } of clients) {
    xmpp.reconnect.stop();
    await xmpp.stop();
  }
  await server.stop();
});

test('it logs in without credentials, pings and discovers', async () => {
  const ann = new ForeignClient('Ann');
  const address = await ann.xmpp.start();
  expect(String(address)).toMatch(/^[0-9a-f-]{36}@meet\.example\//);
  await ann.xmpp.iqCaller.get(xml('ping', { xmlns: 'urn:xmpp:ping' }), server.domain);
  const info = await ann.xmpp.iqCaller.get(
    xml('query', { xmlns: 'http://jabber.org/protocol/disco#info' }),
    server.domain,
  );
  expect(info.getChild('identity')?.attrs['category']).toBe('server');
  await expect(ann.xmpp.iqCaller.get(xml('query', { xmlns: 'jabber:iq:roster' }))).rejects.toMatchObject({
    condition: 'service-unavailable',
  });
});

test('two of them meet in a room and talk', async () => {
  const [ann, bob] = [new ForeignClient('Ann'), new ForeignClient('Bob')];
  await Promise.all([ann.xmpp.start(), bob.xmpp.start()]);
  const room = server.room();
  await ann.enter(room);
  await bob.enter(room);
  await ann.inbox.take('Bob’s presence', (stanza) => stanza.attrs['from'] === `${room}/${bob.nick}`);
  await bob.xmpp.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, 'Γειά & <hello>')));
  const heard = await ann.inbox.take('Bob’s message', (stanza) => stanza.getChildText('body') !== null);
  expect(heard.getChildText('body')).toBe('Γειά & <hello>');
  await bob.xmpp.send(xml('presence', { to: `${room}/${bob.nick}`, type: 'unavailable' }));
  await ann.inbox.take('Bob’s departure', (stanza) => stanza.attrs['type'] === 'unavailable');
});

test('it resumes by itself when its connection is lost', async () => {
  const [ann, bob] = [new ForeignClient('Ann'), new ForeignClient('Bob')];
  await Promise.all([ann.xmpp.start(), bob.xmpp.start()]);
  const room = server.room();
  await ann.enter(room);
  await bob.enter(room);
  const { streamManagement } = bob.xmpp;
  expect(streamManagement.id).not.toBe('');
  const resumed = once(streamManagement, 'resumed');
  bob.xmpp.reconnect.delay = 50;
  bob.xmpp.socket?.socket.close();
  await resumed;
  await ann.xmpp.send(xml('message', { to: room, type: 'groupchat' }, xml('body', {}, 'welcome back')));
  const heard = await bob.inbox.take('Ann’s message', (stanza) => stanza.getChildText('body') === 'welcome back');
  expect(heard.attrs['from']).toBe(`${room}/${ann.nick}`);
  expect(await server.metric('parley_signalling_resumes_total', { result: 'resumed' })).toBe(1);
});
