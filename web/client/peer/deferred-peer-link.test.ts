import { expect, test, vi } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeJingle } from '#protocol/xmpp/jingle.ts';
import { BridgeLink } from '../bridge/bridge-link.ts';
import type { Occupant } from '../room/presence.ts';
import { LocalSources } from '../session/local-sources.ts';
import { MediaLink } from '../session/media-link.ts';
import { MediaRecovery } from '../session/recovery.ts';
import { DeferredPeerLink } from './deferred-peer-link.ts';
import { PeerLink } from './peer-link.ts';

const ROOM = 'room@muc.meet.example';
const OTHER: Occupant = {
  nick: 'b0b0b0b0',
  jid: undefined,
  isModerator: false,
  displayName: 'Ben',
  matrixId: undefined,
  sources: new Map(),
  handRaisedAtMs: undefined,
  phone: undefined,
};

/** Two of us in a room, and a network that brings the code at these tries. */
function twoPeople(...brings: boolean[]) {
  const local = new LocalSources();
  const bridge = new BridgeLink(local);
  const media = new MediaLink(local, bridge, new MediaRecovery(() => Promise.resolve(true)), {
    endpoint: 'a0a0a0a0',
    jid: 'a0a0a0a0@meet.example/x',
    focusAddress: `${ROOM}/focus`,
    isFocusVerified: () => true,
    isCompany: () => true,
    request: () => Promise.resolve(xml('iq')),
    iceServers: () => Promise.resolve([]),
    simulcast: 'ssrc',
    useIceLite: true,
  });
  const others = new Map<string, Occupant>();
  let tries = 0;
  const link = new DeferredPeerLink(
    {
      isEnabled: true,
      endpoint: 'a0a0a0a0',
      room: ROOM,
      company: () => ({ others, isReserved: false }),
      local,
      media,
      bridge,
      request: () => Promise.resolve(xml('iq')),
      iceServers: () => Promise.resolve([]),
    },
    () => {
      tries += 1;
      return brings.shift() === true ? Promise.resolve(PeerLink) : Promise.reject(new TypeError('no network'));
    },
  );
  return { link, others, tries: () => tries };
}

function terminate(from: string): XmlElement {
  const jingle = encodeJingle({ action: 'session-terminate', sid: 'old', reason: { condition: 'success' } });
  return xml('iq', { type: 'set', id: '1', from }, jingle);
}

test('alone, nothing is fetched; it comes with the second person', async () => {
  const { link, others, tries } = twoPeople(true);
  link.companyChanged();
  expect(tries()).toBe(0);
  others.set(OTHER.nick, OTHER);
  link.companyChanged();
  link.companyChanged();
  expect(tries()).toBe(1);
  link.close();
});

test('what comes meanwhile from the other one is answered by what has been fetched', async () => {
  const { link, others } = twoPeople(true);
  others.set(OTHER.nick, OTHER);
  const answer = await link.handleRequest(terminate(`${ROOM}/${OTHER.nick}`));
  expect(answer?.attrs).toMatchObject({ type: 'error', id: '1' });
  expect(JSON.stringify(answer)).toContain('unknown-session');
  link.close();
});

test('the focus, strangers and other requests do not make it come', () => {
  const { link, others, tries } = twoPeople(true);
  others.set(OTHER.nick, OTHER);
  expect(link.handleRequest(terminate(`${ROOM}/focus`))).toBeUndefined();
  expect(link.handleRequest(terminate(`elsewhere@muc.meet.example/${OTHER.nick}`))).toBeUndefined();
  expect(link.handleRequest(xml('iq', { type: 'get', id: '2', from: `${ROOM}/${OTHER.nick}` }))).toBeUndefined();
  expect(tries()).toBe(0);
});

test('a network that did not bring it is asked again when somebody comes or goes', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const { link, others, tries } = twoPeople(false, true);
  others.set(OTHER.nick, OTHER);
  const refusal = await link.handleRequest(terminate(`${ROOM}/${OTHER.nick}`));
  expect(JSON.stringify(refusal)).toContain('service-unavailable');
  const answer = link.handleRequest(terminate(`${ROOM}/${OTHER.nick}`));
  expect(tries()).toBe(2);
  expect(JSON.stringify(await answer)).toContain('unknown-session');
  link.close();
  vi.restoreAllMocks();
});
