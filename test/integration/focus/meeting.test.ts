import { expect, test } from 'vitest';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { decodeJingle, encodeJingle, jingleOf, type Jingle, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { decodeReceivedSources, describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { iqResult } from '#protocol/xmpp/stanza.ts';
import { camera, microphone } from '../../support/focus/fake-client.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

/** Signalling and focus together, as Jitsi's client meets them: what each says goes over a real WebSocket. */

const ROOM = 'standup@muc.meet.example';
const FOCUS = `${ROOM}/focus`;

function isJingle(action: Jingle['action']): (stanza: XmlElement) => boolean {
  return (stanza) => jingleOf(stanza)?.attrs['action'] === action;
}

/** Takes a Jingle request of the focus and acknowledges it. */
async function takeJingle(client: XmppTestClient, action: Jingle['action']): Promise<Jingle> {
  const iq = await client.receive(action, isJingle(action));
  expect(iq.attrs['from']).toBe(FOCUS);
  client.send(iqResult(iq));
  return decodeJingle(jingleOf(iq) ?? expect.fail('no Jingle'));
}

async function enter(client: XmppTestClient): Promise<XmlElement[]> {
  const answer = await client.ask('set', 'focus.meet.example', encodeConferenceRequest({ room: ROOM, properties: {} }));
  expect(child(answer, 'conference')?.attrs['ready']).toBe('true');
  client.send(xml('presence', { xmlns: NS.client, to: `${ROOM}/${client.nick}` }, xml('x', { xmlns: NS.muc })));
  const focus = await client.receive(
    'the presence of the focus',
    ({ name, attrs }) => name === 'presence' && attrs['from'] === FOCUS,
  );
  const self = await client.receive('its own presence', ({ attrs }) => attrs['from'] === `${ROOM}/${client.nick}`);
  return [focus, self];
}

/** Answers what the focus wants to know of a newcomer, and says that it reads XML only. */
async function describeOneself(client: XmppTestClient): Promise<void> {
  const question = await client.receive('disco#info', (stanza) => child(stanza, 'query', NS.discoInfo) !== undefined);
  client.send(iqResult(question, xml('query', { xmlns: NS.discoInfo })));
}

async function accept(client: XmppTestClient, offer: SessionInitiate): Promise<XmlElement> {
  const sources = [microphone(client.nick), camera(client.nick)];
  const contents = offer.contents.map(({ name }) => {
    const kind = name === 'audio' ? 'audio' : 'video';
    return {
      creator: 'responder' as const,
      name,
      description: sourceDescription(kind, describeSentSources(sources, kind)),
      transport: {
        credentials: { usernameFragment: 'yXJf', password: 'F'.repeat(24) },
        fingerprint: {
          hash: 'sha-256',
          value: Array.from({ length: 32 }, () => '3B').join(':'),
          setup: 'active' as const,
        },
        candidates: [],
        webSocketUrls: [],
        rtcpMux: false,
        iceLite: false,
      },
    };
  });
  return client.ask('set', FOCUS, encodeJingle({ action: 'session-accept', sid: offer.sid, contents }));
}

async function takeOffer(client: XmppTestClient): Promise<SessionInitiate> {
  const offer = await takeJingle(client, 'session-initiate');
  return offer.action === 'session-initiate' ? offer : expect.fail('no offer');
}

async function meeting(server: MeetingServer): Promise<[XmppTestClient, XmppTestClient]> {
  const ann = await server.logIn('Ann');
  const bob = await server.logIn('Bob');
  for (const client of [ann, bob]) {
    await enter(client);
    await describeOneself(client);
  }
  for (const client of [ann, bob]) {
    const answer = await accept(client, await takeOffer(client));
    expect(answer.attrs['type']).toBe('result');
  }
  return [ann, bob];
}

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
