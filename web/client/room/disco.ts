import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FEATURE_JSON_SOURCES } from '#protocol/xmpp/json-sources.ts';
import { iqResult } from '#protocol/xmpp/stanza.ts';

/** XEP-0030 */
export const NS_DISCO_INFO = 'http://jabber.org/protocol/disco#info';
const NS_DATA_FORM = 'jabber:x:data';

/** What this client can do, for the focus (wire note §2.1). Sorted, as XEP-0115 §5.1 hashes them. */
export const FEATURES: readonly string[] = [
  'http://jabber.org/protocol/caps',
  NS_DISCO_INFO,
  FEATURE_JSON_SOURCES,
  'http://jitsi.org/source-name',
  'http://jitsi.org/start-muted-room-metadata',
  'http://jitsi.org/tcc',
  'urn:ietf:rfc:4588',
  'urn:ietf:rfc:5761',
  'urn:ietf:rfc:5888',
  'urn:xmpp:jingle:1',
  'urn:xmpp:jingle:apps:dtls:0',
  'urn:xmpp:jingle:apps:rtp:1',
  'urn:xmpp:jingle:apps:rtp:audio',
  'urn:xmpp:jingle:apps:rtp:video',
  'urn:xmpp:jingle:transports:ice-udp:1',
].toSorted();

export const IDENTITY = { category: 'client', type: 'web', name: 'Parley' } as const;

/**
 * XEP-0115 §5: `version` is the SHA-1 of identity and features. A constant, since browsers hash only in secure contexts;
 * the test computes it and says when features changed.
 */
export const CAPS = { node: 'https://parley.invalid/client', version: 'GhTo3NLPN3gzE2rWRLbsmon0dKc=' } as const;

/** Answers disco#info about this client; undefined if the IQ asks for something else. */
export function answerDisco(iq: XmlElement): XmlElement | undefined {
  const query = child(iq, 'query', NS_DISCO_INFO);
  if (query === undefined || iq.attrs['type'] !== 'get') return undefined;
  const node = query.attrs['node'];
  return iqResult(
    iq,
    xml(
      'query',
      { xmlns: NS_DISCO_INFO, node },
      xml('identity', IDENTITY),
      FEATURES.map((feature) => xml('feature', { var: feature })),
    ),
  );
}

export interface RoomInfo {
  readonly isLocked: boolean;
  /** Unix ms. */
  readonly createdAtMs: number | undefined;
  /** Bare JID of the lobby where strangers wait, if there is one. */
  readonly lobby: string | undefined;
}

/** The room's answer to disco#info (wire note §4.6). */
export function readRoomInfo(iq: XmlElement): RoomInfo {
  const query = child(iq, 'query', NS_DISCO_INFO);
  const features = query === undefined ? [] : childElements(query, 'feature').map(({ attrs }) => attrs['var']);
  const form = query === undefined ? undefined : child(query, 'x', NS_DATA_FORM);
  const fields = form === undefined ? [] : childElements(form, 'field');
  const valueOf = (name: string): string | undefined => {
    const found = fields.find(({ attrs }) => attrs['var'] === `muc#roominfo_${name}`);
    return found === undefined ? undefined : childText(found, 'value');
  };
  const createdAtMs = Number(valueOf('created_timestamp'));
  return {
    isLocked: features.includes('muc_passwordprotected'),
    createdAtMs: Number.isSafeInteger(createdAtMs) && createdAtMs > 0 ? createdAtMs : undefined,
    lobby: features.includes('muc_membersonly') ? valueOf('lobbyroom') || undefined : undefined,
  };
}

/** Fields of the owner form that lock or unlock a room (wire note §4.6). */
export function lockForm(password: string | undefined): XmlElement {
  return xml(
    'x',
    { xmlns: NS_DATA_FORM, type: 'submit' },
    field('FORM_TYPE', 'http://jabber.org/protocol/muc#roomconfig'),
    field('muc#roomconfig_roomsecret', password ?? ''),
    field('muc#roomconfig_passwordprotectedroom', password === undefined ? '0' : '1'),
    field('muc#roomconfig_whois', 'anyone'),
  );
}

/** Fields of the owner form that close or open the door to strangers; those inside become members (wire note §4.6). */
export function membersOnlyForm(isOn: boolean, isLocked: boolean): XmlElement {
  return xml(
    'x',
    { xmlns: NS_DATA_FORM, type: 'submit' },
    field('FORM_TYPE', 'http://jabber.org/protocol/muc#roomconfig'),
    field('muc#roomconfig_membersonly', isOn ? 'true' : 'false'),
    isLocked && field('muc#roomconfig_passwordprotectedroom', '1'),
  );
}

function field(name: string, value: string): XmlElement {
  return xml('field', { var: name }, xml('value', {}, value));
}
