import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness, TURN_SECRET } from '../../support/signalling-harness.ts';
import { errorOf, jsonOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

async function services(client: XmppTestClient, version: 1 | 2, type?: string): Promise<XmlElement[]> {
  const namespace = `urn:xmpp:extdisco:${version}`;
  const answer = await client.ask('get', server.domain, xml('services', { xmlns: namespace, type }));
  const list = child(answer, 'services', namespace);
  if (list === undefined) throw new Error('no list of services');
  return childElements(list, 'service');
}

test('while no relay runs the list is empty', async () => {
  const ann = await server.logIn('Ann');
  expect(await services(ann, 2)).toEqual([]);
  expect(await services(ann, 1)).toEqual([]);
});

test('a relay that runs is listed with credentials of one’s own, and is gone when it stops', async () => {
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  const lease = await server.bus.claim('turn/one', { id: 'one', udp: 3478, tcp: 3478, tls: 5349 });
  const listed = await services(ann, 2);
  expect(listed.map(({ attrs }) => [attrs['type'], attrs['host'], attrs['port'], attrs['transport']])).toEqual([
    ['stun', 'meet.example', '3478', 'udp'],
    ['turn', 'meet.example', '3478', 'udp'],
    ['turn', 'meet.example', '3478', 'tcp'],
    ['turns', 'meet.example', '5349', 'tcp'],
  ]);
  expect(listed[0]?.attrs['username']).toBeUndefined();
  const { username = '', password, expires, restricted } = listed[1]?.attrs ?? {};
  expect(username).toMatch(/^\d{10}:[0-9a-f]{8}$/);
  expect(password).toBe(createHmac('sha1', TURN_SECRET).update(username).digest('base64'));
  expect(Date.parse(expires ?? '')).toBe(Number(username.split(':')[0]) * 1000);
  expect(restricted).toBe('1');

  const [bobs] = await services(bob, 1, 'turns');
  expect(bobs?.attrs['username']?.split(':')[1]).toBe(bob.nick);
  expect(bobs?.attrs['username']).not.toBe(username);

  const namespace = 'urn:xmpp:extdisco:2';
  const askFor = (attrs: Record<string, string>): Promise<XmlElement> =>
    ann.ask('get', server.domain, xml('credentials', { xmlns: namespace }, xml('service', attrs)));
  const one = await askFor({ type: 'turns', host: 'meet.example' });
  expect(childElements(child(one, 'credentials', namespace)!)).toHaveLength(1);
  expect(errorOf(await askFor({ type: 'turn', host: 'other.example' }))).toBe('cancel/item-not-found');

  lease?.release();
  expect(await services(ann, 2)).toEqual([]);
});

test('newcomers to a room find the relays in its metadata, each with credentials of its own', async () => {
  const lease = await server.bus.claim('turn/four', { id: 'four', hosts: ['turn.example'], udp: 3478 });
  const room = server.freshRoom();
  const isMetadata = (message: XmlElement): boolean => message.attrs['from'] === server.hosts.metadata;
  const servicesOf = async (client: XmppTestClient): Promise<unknown> => {
    const message = jsonOf(await client.receiveMessage('the metadata', isMetadata)) as {
      metadata: { services?: unknown };
    };
    return message.metadata.services;
  };
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  for (const client of [ann, bob]) {
    const username = expect.stringMatching(new RegExp(`^\\d{10}:${client.nick}$`)) as string;
    const turn = { type: 'turn', host: 'turn.example', port: 3478, transport: 'udp', username, restricted: '1' };
    expect(await servicesOf(client)).toMatchObject([{ type: 'stun', host: 'turn.example', port: 3478 }, turn]);
  }
  // What everybody is told has nobody's credentials.
  await server.makeOwner(room, ann);
  const change = JSON.stringify({ type: 'room_metadata', key: 'note', data: 1 });
  const to = server.hosts.metadata;
  ann.send(xml('message', { xmlns: 'jabber:client', to }, xml('room_metadata', { xmlns: NS.jitmeet, room }, change)));
  expect(await servicesOf(bob)).toBeUndefined();
  lease?.release();
});

test('relays with names of their own are listed under them; one that describes itself wrongly is not', async () => {
  const ann = await server.logIn('Ann');
  await server.bus.claim('turn/two', { id: 'two', hosts: ['a.example', '192.0.2.7'], udp: 3478 });
  await server.bus.claim('turn/three', { id: 'three', udp: 99_999 });
  expect((await services(ann, 2, 'turn')).map(({ attrs }) => attrs['host'])).toEqual(['a.example', '192.0.2.7']);
});
