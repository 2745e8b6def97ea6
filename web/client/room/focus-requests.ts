import { child, childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';

/** Requests around a join: conference (wire note §3.1) and TURN servers (XEP-0215, wire note §2.3). */
const NS_FOCUS = 'http://jitsi.org/protocol/focus';
const NS_EXTERNAL_SERVICES = 'urn:xmpp:extdisco:2';
const MAX_ICE_SERVERS = 16;
const ADDRESS = /^[\w.:[\]-]{1,255}$/;

export interface ConferenceWish {
  /** Bare JID. */
  readonly room: string;
  readonly machineUid: string;
  readonly token?: string | undefined;
  /** Of a host's earlier log-in. */
  readonly sessionId?: string | undefined;
}

export interface ConferenceReply {
  /**
   * Bare JID of the focus's account: only sessions of an occupant with this JID are taken (wire note, rule 3). Undefined:
   * not ready yet, ask again.
   */
  readonly focusJid: string | undefined;
  /** For those who logged in: with which name, and what to show from now on. */
  readonly identity: string | undefined;
  readonly sessionId: string | undefined;
}

/** Asks the focus to come into the room. @throws RequestError */
export async function requestConference(
  connection: Connection,
  focus: string,
  { room, machineUid, token, sessionId }: ConferenceWish,
): Promise<ConferenceReply> {
  const conference = xml(
    'conference',
    { xmlns: NS_FOCUS, room, 'machine-uid': machineUid, 'session-id': sessionId, token },
    xml('property', { name: 'rtcstatsEnabled', value: false }),
    xml('property', { name: 'visitors-version', value: 1 }),
  );
  const answer = await connection.request(xml('iq', { type: 'set', to: focus }, conference), 15_000);
  const attributes = child(answer, 'conference', NS_FOCUS)?.attrs ?? {};
  return {
    focusJid: attributes['ready'] === 'true' ? attributes['focusjid'] : undefined,
    identity: attributes['identity'],
    sessionId: attributes['session-id'],
  };
}

/** Ends a host's log-in (wire note §3.3). */
export function logoutElement(sessionId: string): XmlElement {
  return xml('logout', { xmlns: NS_FOCUS, 'session-id': sessionId });
}

/** STUN and TURN servers with fresh credentials; none if the server has no relay. */
export async function requestIceServers(connection: Connection, domain: string): Promise<readonly RTCIceServer[]> {
  try {
    const query = xml('services', { xmlns: NS_EXTERNAL_SERVICES });
    return readIceServers(await connection.request(xml('iq', { type: 'get', to: domain }, query), 5_000));
  } catch (error) {
    // Without a relay most networks still reach the bridge.
    if (error instanceof RequestError) return [];
    throw error;
  }
}

export function readIceServers(answer: XmlElement): readonly RTCIceServer[] {
  const services = child(answer, 'services', NS_EXTERNAL_SERVICES);
  if (services === undefined) return [];
  return childElements(services, 'service').slice(0, MAX_ICE_SERVERS).flatMap(readService);
}

function readService({ attrs }: XmlElement): RTCIceServer[] {
  const { type, host, port, transport, username, password } = attrs;
  if (type !== 'stun' && type !== 'turn' && type !== 'turns') return [];
  if (host === undefined || !ADDRESS.test(host) || (port !== undefined && !/^\d{1,5}$/.test(port))) return [];
  const address = `${type}:${host}${port === undefined ? '' : `:${port}`}`;
  // RFC 7064: stun URIs have no query.
  if (type === 'stun') return [{ urls: address }];
  if (username === undefined || password === undefined) return [];
  const query = transport === 'tcp' || transport === 'udp' ? `?transport=${transport}` : '';
  return [{ urls: `${address}${query}`, username, credential: password }];
}
