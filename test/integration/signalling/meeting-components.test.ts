import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, childText, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, jsonOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const isError = (message: XmlElement): boolean => message.attrs['type'] === 'error';
const isAbout =
  (type: string) =>
  (message: XmlElement): boolean =>
    JSON.stringify(jsonOf(message) ?? {}).includes(`"type":"${type}"`);

function tell(client: XmppTestClient, host: string, ...content: readonly XmlContent[]): void {
  client.send(xml('message', { xmlns: NS.client, to: host }, content));
}

test('Jitsi’s client finds each component by its type and takes the name for its address', async () => {
  const ann = await server.logIn('Ann');
  const answer = await ann.ask('get', server.domain, xml('query', { xmlns: NS.discoInfo }));
  const query = child(answer, 'query', NS.discoInfo);
  const components = childElements(query ?? xml('none'), 'identity')
    .filter(({ attrs }) => attrs['category'] === 'component')
    .map(({ attrs }) => [attrs['type'], attrs['name']]);
  expect(Object.fromEntries(components)).toMatchObject({
    room_metadata: 'metadata.meet.example',
    speakerstats: 'speakerstats.meet.example',
    conference_duration: 'conferenceduration.meet.example',
    end_conference: 'endconference.meet.example',
    lobbyrooms: 'lobby.meet.example',
  });
  for (const host of [server.hosts.speakerStats, server.hosts.endConference]) {
    const itself = await ann.ask('get', host, xml('query', { xmlns: NS.discoInfo }));
    expect(itself.attrs['type']).toBe('result');
  }
});

test('a moderator ends the meeting for all; Bob, who is none, cannot, and Eve from outside learns nothing', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  const eve = await server.logIn('Eve');
  await server.makeOwner(room, ann);
  tell(bob, server.hosts.endConference, xml('end_conference', {}));
  expect(errorOf(await bob.receiveMessage('a refusal', isError))).toBe('auth/forbidden');
  for (const attributes of [{}, { room }]) {
    tell(eve, server.hosts.endConference, xml('end_conference', attributes));
    expect(errorOf(await eve.receiveMessage('a refusal', isError))).toBe('auth/forbidden');
  }
  tell(ann, server.hosts.endConference, xml('nonsense'));
  expect(errorOf(await ann.receiveMessage('a refusal', isError))).toBe('cancel/service-unavailable');
  tell(ann, server.hosts.endConference, xml('end_conference', {}));
  for (const client of [ann, bob]) {
    const gone = await client.receivePresence(room, client.nick, 'unavailable');
    const destruction = child(child(gone, 'x', NS.mucUser) ?? xml('x'), 'destroy');
    expect(childText(destruction ?? xml('none'), 'reason')).toBe('The meeting has been terminated');
    const item = child(child(gone, 'x', NS.mucUser) ?? xml('x'), 'item');
    expect(item && child(item, 'actor')?.attrs).toEqual({ nick: ann.nick });
  }
  // The room is gone: a message to it finds nobody.
  bob.send(xml('message', { xmlns: NS.client, to: room, type: 'groupchat' }, xml('body', {}, 'hello?')));
  expect(errorOf(await bob.receiveMessage('a refusal', isError))).toBe('cancel/not-acceptable');
});

test('two moderators end the meeting at once: the first one’s word counts, the second is told it is over', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, ann, bob);
  tell(ann, server.hosts.endConference, xml('end_conference', {}));
  await ann.receivePresence(room, ann.nick, 'unavailable');
  tell(bob, server.hosts.endConference, xml('end_conference', {}));
  await bob.receivePresence(room, bob.nick, 'unavailable');
  expect(errorOf(await bob.receiveMessage('a refusal', isError))).toBe('auth/forbidden');
});

test('since when a meeting is one is told to both once there are two, and to each who comes later', async () => {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  expect((await ann.drain()).filter(isAbout('conference_duration'))).toEqual([]);
  const bob = await server.logInAndJoin('Bob', room);
  const [toAnn, toBob] = await Promise.all(
    [ann, bob].map((client) => client.receiveMessage('the duration', isAbout('conference_duration'))),
  );
  expect(toAnn?.attrs['from']).toBe('conferenceduration.meet.example');
  expect(jsonOf(toAnn ?? xml('none'))).toEqual(jsonOf(toBob ?? xml('none')));
  const cid = await server.logInAndJoin('Cid', room);
  await cid.receiveMessage('the duration', isAbout('conference_duration'));
  expect((await ann.drain()).filter(isAbout('conference_duration'))).toEqual([]);
});

test('newcomers learn who has spoken, also of those who have left', async () => {
  const room = server.freshRoom();
  const ann = await server.logIn('Ann');
  await server.requestConference(ann, room);
  await ann.join(room, xml('x', { xmlns: NS.muc }), xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Ann'));
  tell(ann, server.hosts.speakerStats, xml('speakerstats', { xmlns: NS.jitmeet, room, silence: 'false' }));
  await ann.drain();
  const bob = await server.logInAndJoin('Bob', room);
  const stats = { type: 'speakerstats', users: { [ann.nick]: { displayName: 'Ann', faceLandmarks: [] } } };
  expect(jsonOf(await bob.receiveMessage('the statistics', isAbout('speakerstats')))).toMatchObject(stats);
  await ann.close();
  await bob.receivePresence(room, ann.nick, 'unavailable');
  const cid = await server.logInAndJoin('Cid', room);
  expect(jsonOf(await cid.receiveMessage('the statistics', isAbout('speakerstats')))).toMatchObject(stats);
  // Somebody outside cannot speak here.
  const eve = await server.logIn('Eve');
  tell(eve, server.hosts.speakerStats, xml('speakerstats', { xmlns: NS.jitmeet, room, silence: 'false' }));
  expect(errorOf(await eve.receiveMessage('a refusal', isError))).toBe('auth/forbidden');
});
