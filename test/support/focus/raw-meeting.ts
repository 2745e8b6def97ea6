import { expect } from 'vitest';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { decodeJingle, encodeJingle, jingleOf, type Jingle, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { iqResult } from '#protocol/xmpp/stanza.ts';
import { NS, type XmppTestClient } from '../xmpp-test-client.ts';
import { camera, microphone } from './fake-client.ts';
import type { MeetingServer } from './meeting-server.ts';

/** What Jitsi's client does to get into a meeting, done by hand over a real WebSocket. */

export const ROOM = 'standup@muc.meet.example';
export const FOCUS = `${ROOM}/focus`;

function isJingle(action: Jingle['action']): (stanza: XmlElement) => boolean {
  return (stanza) => jingleOf(stanza)?.attrs['action'] === action;
}

/** Takes a Jingle request of the focus and acknowledges it. */
export async function takeJingle(client: XmppTestClient, action: Jingle['action']): Promise<Jingle> {
  const iq = await client.receive(action, isJingle(action));
  expect(iq.attrs['from']).toBe(FOCUS);
  client.send(iqResult(iq));
  return decodeJingle(jingleOf(iq) ?? expect.fail('no Jingle'));
}

export async function enter(client: XmppTestClient): Promise<XmlElement[]> {
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

/** Answers what the focus wants to know of a newcomer; without features it reads sources in XML only. */
export async function describeOneself(client: XmppTestClient, features: readonly string[] = []): Promise<void> {
  const question = await client.receive('disco#info', (stanza) => child(stanza, 'query', NS.discoInfo) !== undefined);
  const content = features.map((name) => xml('feature', { var: name }));
  client.send(iqResult(question, xml('query', { xmlns: NS.discoInfo }, content)));
}

/** @param nick its endpoint id, if it resumed a session under another address than it logged in with. */
export async function accept(client: XmppTestClient, offer: SessionInitiate, nick = client.nick): Promise<XmlElement> {
  const sources = [microphone(nick), camera(nick)];
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

export async function takeOffer(client: XmppTestClient): Promise<SessionInitiate> {
  const offer = await takeJingle(client, 'session-initiate');
  return offer.action === 'session-initiate' ? offer : expect.fail('no offer');
}

/** Someone who is in the room with microphone and camera. */
export async function joinMeeting(server: MeetingServer, name: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await enter(client);
  await describeOneself(client);
  return client;
}

export async function takeAndAccept(client: XmppTestClient): Promise<SessionInitiate> {
  const offer = await takeOffer(client);
  expect((await accept(client, offer)).attrs['type']).toBe('result');
  return offer;
}

export async function meeting(server: MeetingServer): Promise<[XmppTestClient, XmppTestClient]> {
  const ann = await joinMeeting(server, 'Ann');
  const bob = await joinMeeting(server, 'Bob');
  for (const client of [ann, bob]) await takeAndAccept(client);
  return [ann, bob];
}
