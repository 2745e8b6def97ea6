import { expect, test } from 'vitest';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle } from '#protocol/xmpp/jingle.ts';
import { decodeReceivedSources } from '#protocol/xmpp/jingle-sources.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import {
  accept,
  describeOneself,
  enter,
  FOCUS,
  meeting,
  ROOM,
  takeJingle,
  takeOffer,
} from '../../support/focus/raw-meeting.ts';
import { errorOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** Signalling and focus together, as Jitsi's client meets them: what each says goes over a real WebSocket. */

test('two people with nothing but an XMPP client come into a meeting and hear of each other’s sources', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  const toAnn = await takeJingle(ann, 'source-add');
  expect('contents' in toAnn && decodeReceivedSources(toAnn).map(({ name }) => name)).toEqual([
    `${bob.nick}-a0`,
    `${bob.nick}-v0`,
  ]);
  expect(server.errors).toEqual([]);
});

function item(presence: XmlElement | undefined): Record<string, string> | undefined {
  const x = presence === undefined ? undefined : child(presence, 'x', NS.mucUser);
  return x === undefined ? undefined : child(x, 'item')?.attrs;
}

test('the focus’s occupant shows its real address and pins the codec; the first person becomes moderator', async () => {
  await using server = await MeetingServer.start();
  const ann = await server.logIn('Ann');
  const [focus, self] = await enter(ann);
  expect(item(focus)).toMatchObject({ jid: 'focus@auth.meet.example/focus', affiliation: 'owner', role: 'moderator' });
  expect(JSON.stringify(focus)).toContain('visitor-codecs');
  if (item(self)?.['role'] !== 'moderator') {
    await ann.receive('its promotion', (presence) => item(presence)?.['role'] === 'moderator');
  }
});

test('the bridge channel opens under the origin by which the client came', async () => {
  await using server = await MeetingServer.start();
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  await enter(ann);
  await describeOneself(ann);
  await enter(bob);
  const offer = await takeOffer(ann);
  const [url] = offer.contents[0]?.transport?.webSocketUrls ?? [];
  expect(url?.startsWith(`${server.origin}/colibri-ws/b1/`)).toBe(true);
});

test('a moderator’s mute reaches the other one and the bridge', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  const target = `${ROOM}/${bob.nick}`;
  const answer = await ann.ask('set', FOCUS, encodeMuteRequest({ kind: 'audio', isMuted: true, target }));
  expect(answer.attrs['type']).toBe('result');
  const request = await bob.receive('a mute request', (stanza) => readMuteRequest(stanza) !== undefined);
  expect(readMuteRequest(request)).toEqual({ kind: 'audio', isMuted: true, actor: `${ROOM}/${ann.nick}` });
  expect(server.bridge.mutes).toHaveLength(1);
});

test('a client that lost its media gets a new session without leaving the room', async () => {
  await using server = await MeetingServer.start();
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  for (const client of [ann, bob]) {
    await enter(client);
    await describeOneself(client);
  }
  const offer = await takeOffer(ann);
  await accept(ann, offer);
  const bridgeSession = { id: offer.bridgeSession?.id ?? '', restart: true, iceRestart: false };
  const terminate = encodeJingle({ action: 'session-terminate', sid: offer.sid, bridgeSession });
  expect((await ann.ask('set', FOCUS, terminate)).attrs['type']).toBe('result');
  const again = await takeOffer(ann);
  expect(again.sid).not.toBe(offer.sid);
});

test('a private request of somebody outside is refused by the room, and the meeting goes on', async () => {
  await using server = await MeetingServer.start();
  await meeting(server);
  const eve = await server.logIn('Eve');
  const terminate = xml('jingle', { xmlns: 'urn:xmpp:jingle:1', action: 'session-terminate', sid: 'x' });
  for (const to of [FOCUS, 'focus@auth.meet.example/focus']) {
    const answer = await eve.ask('set', to, terminate);
    expect(answer.attrs['type']).toBe('error');
  }
  expect(server.bridge.endpointCount).toBe(2);
});

test('when the last one leaves, the room and the conference end', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  for (const client of [ann, bob]) {
    client.send(xml('presence', { xmlns: NS.client, type: 'unavailable', to: `${ROOM}/${client.nick}` }));
    await client.receive('its own leave', ({ name, attrs }) => name === 'presence' && attrs['type'] === 'unavailable');
  }
  await expect.poll(() => server.bridge.ended.length, { message: 'the bridge was told of the end' }).toBe(1);
  // A new meeting under the same name starts from nothing.
  const [focus] = await enter(ann);
  expect(focus === undefined ? undefined : childText(focus, 'bridgeNotAvailable')).toBeUndefined();
  expect(server.errors).toEqual([]);
});

test('Ann mutes everyone else, one request for each; what Bob asks likewise mutes nobody', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  const cid = await server.logIn('Cid');
  await enter(cid);
  const muteAll = async (actor: XmppTestClient): Promise<(string | undefined)[]> => {
    const others = [ann, bob, cid].filter((other) => other !== actor);
    const answers = others.map(({ nick }) =>
      actor.ask('set', FOCUS, encodeMuteRequest({ kind: 'video', isMuted: true, target: `${ROOM}/${nick}` })),
    );
    return (await Promise.all(answers)).map(errorOf);
  };
  expect(await muteAll(bob)).toEqual(['cancel/not-allowed', 'cancel/not-allowed']);
  expect(server.bridge.mutes).toEqual([]);
  expect(await muteAll(ann)).toEqual([undefined, undefined]);
  for (const client of [bob, cid]) {
    const request = await client.receive('a mute request', (stanza) => readMuteRequest(stanza) !== undefined);
    expect(readMuteRequest(request)).toEqual({ kind: 'video', isMuted: true, actor: `${ROOM}/${ann.nick}` });
  }
});
