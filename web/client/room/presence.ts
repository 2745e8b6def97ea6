import { ENDPOINT_ID, parseSourceName } from '#protocol/media/source.ts';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readMatrixId } from '#protocol/xmpp/matrix-identity.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';
import type { PhoneState } from '../meeting-types.ts';
import type { SourceState } from '../session/local-sources.ts';

/** Presence in a room: XEP-0045 with Jitsi's children (wire note §4.1–4.2). */
const NS_MUC = 'http://jabber.org/protocol/muc';
export const NS_MUC_USER = 'http://jabber.org/protocol/muc#user';
export const NS_MUC_ADMIN = 'http://jabber.org/protocol/muc#admin';
export const NS_MUC_OWNER = 'http://jabber.org/protocol/muc#owner';
const NS_NICK = 'http://jabber.org/protocol/nick';
const NS_CAPS = 'http://jabber.org/protocol/caps';
/** A telephone says so (wire note §4.2). */
const FEATURE_TELEPHONE = 'http://jitsi.org/protocol/jigasi';

const MAX_SOURCES = 64;
const MAX_USER_ID_LENGTH = 1_023;
const MAX_URL_LENGTH = 2_048;

/** What a presence says about a source; a source that it does not name counts as muted. */
export interface OccupantSource {
  readonly isMuted: boolean;
  readonly videoType: 'camera' | 'desktop' | undefined;
}

export interface Occupant {
  /** Also the endpoint id. */
  readonly nick: string;
  /** Real full JID; rooms are not anonymous (wire note §4.1). */
  readonly jid: string | undefined;
  readonly isModerator: boolean;
  /** What it calls itself. */
  readonly displayName: string;
  /** The Matrix user id for which its homeserver has vouched; undefined for everybody else. */
  readonly matrixId: string | undefined;
  /** Who this is by its room token or account, as the server says; undefined for guests. */
  readonly userId: string | undefined;
  /** An address of `https:` or `http:`: of its room token, else what its page says. */
  readonly pictureUrl: string | undefined;
  /** By source name, own names only. */
  readonly sources: ReadonlyMap<string, OccupantSource>;
  readonly handRaisedAtMs: number | undefined;
  /** Of somebody who is there by telephone. */
  readonly phone: PhoneState | undefined;
}

export interface RoomPresence {
  readonly occupant: Occupant;
  readonly isUnavailable: boolean;
  /** XEP-0045 §15.6 */
  readonly statusCodes: ReadonlySet<number>;
  readonly actor: string | undefined;
  readonly reason: string | undefined;
  /** The room was destroyed; bare JID of the room to go to instead. */
  readonly destroyed: { readonly instead: string | undefined } | undefined;
}

/** Reads a presence of an occupant that is no error. @param nick resource of its `from` */
export function readPresence(stanza: XmlElement, nick: string): RoomPresence {
  const user = child(stanza, 'x', NS_MUC_USER);
  const item = user === undefined ? undefined : child(user, 'item');
  const actor = item === undefined ? undefined : child(item, 'actor');
  const destroy = user === undefined ? undefined : child(user, 'destroy');
  const statuses = user === undefined ? [] : childElements(user, 'status');
  return {
    occupant: {
      nick,
      jid: item?.attrs['jid'],
      isModerator: item?.attrs['role'] === 'moderator',
      displayName: readDisplayName(childText(stanza, 'nick', NS_NICK)),
      matrixId: readMatrixId(stanza),
      userId: readUserId(stanza),
      pictureUrl: readPicture(stanza),
      sources: readSources(stanza, nick),
      handRaisedAtMs: readTime(childText(stanza, 'jitsi_participant_raisedHand')),
      phone: readPhone(stanza),
    },
    isUnavailable: stanza.attrs['type'] === 'unavailable',
    statusCodes: new Set(statuses.map(({ attrs }) => Number(attrs['code']))),
    actor: actor?.attrs['nick'] ?? undefined,
    reason: (item === undefined ? undefined : childText(item, 'reason')) || undefined,
    destroyed: destroy === undefined ? undefined : { instead: destroy.attrs['jid'] },
  };
}

/** What a room token or an account says (wire note §4.2). The server takes it out of what people send. */
function vouched(stanza: XmlElement, name: string): string | undefined {
  const identity = child(stanza, 'identity');
  const user = identity === undefined ? undefined : child(identity, 'user');
  return user === undefined ? undefined : childText(user, name);
}

function readUserId(stanza: XmlElement): string | undefined {
  const id = vouched(stanza, 'id') ?? '';
  return id === '' || id.length > MAX_USER_ID_LENGTH ? undefined : id;
}

function readPicture(stanza: XmlElement): string | undefined {
  const url = vouched(stanza, 'avatar') ?? childText(stanza, 'avatar-url') ?? '';
  if (url === '' || url.length > MAX_URL_LENGTH) return undefined;
  const protocol = URL.parse(url)?.protocol;
  return protocol === 'https:' || protocol === 'http:' ? url : undefined;
}

function readSources(stanza: XmlElement, nick: string): ReadonlyMap<string, OccupantSource> {
  const info = child(stanza, 'SourceInfo');
  if (info === undefined) return legacySources(stanza, nick);
  let value: unknown;
  try {
    value = JSON.parse(text(info));
  } catch {
    // What another participant writes there is its own affair: without sources it counts as muted.
    return new Map();
  }
  if (typeof value !== 'object' || value === null) return new Map();
  const entries = Object.entries(value).slice(0, MAX_SOURCES);
  return new Map(
    entries.flatMap(([name, state]: [string, unknown]) => {
      const kind = parseSourceName(name)?.endpoint === nick ? parseSourceName(name)?.kind : undefined;
      return kind === undefined ? [] : [[name, readSourceState(state, kind)] as const];
    }),
  );
}

function readSourceState(state: unknown, kind: 'audio' | 'video'): OccupantSource {
  const isMuted = !(typeof state === 'object' && state !== null && 'muted' in state && state.muted === false);
  const isDesktop =
    typeof state === 'object' && state !== null && 'videoType' in state && state.videoType === 'desktop';
  return { isMuted, videoType: kind === 'audio' ? undefined : isDesktop ? 'desktop' : 'camera' };
}

/** Gateways without SourceInfo (wire note §4.2). */
function legacySources(stanza: XmlElement, nick: string): ReadonlyMap<string, OccupantSource> {
  if (!ENDPOINT_ID.test(nick)) return new Map();
  const sources = new Map<string, OccupantSource>();
  const audio = childText(stanza, 'audiomuted');
  const video = childText(stanza, 'videomuted');
  if (audio !== undefined) sources.set(`${nick}-a0`, { isMuted: audio !== 'false', videoType: undefined });
  if (video !== undefined) sources.set(`${nick}-v0`, { isMuted: video !== 'false', videoType: 'camera' });
  return sources;
}

/** The status of a call is for people to read: one line, as a name is. */
function readPhone(stanza: XmlElement): PhoneState | undefined {
  const features = child(stanza, 'features');
  const vars = features === undefined ? [] : childElements(features, 'feature').map(({ attrs }) => attrs['var']);
  if (!vars.includes(FEATURE_TELEPHONE)) return undefined;
  return {
    status: readDisplayName(childText(stanza, 'status')) || undefined,
    isOnHold: childText(stanza, 'jitsi_participant_on_hold') === 'true',
  };
}

function readTime(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
}

/** What we say about ourselves; every presence is the full state (wire note §4.1). */
export interface OwnPresence {
  readonly displayName: string;
  readonly pictureUrl: string | undefined;
  readonly sources: Readonly<Record<string, SourceState>>;
  readonly handRaisedAtMs: number | undefined;
  readonly caps: { readonly node: string; readonly version: string };
}

/** @param join present in the presence that enters the room */
export function writePresence(
  to: string,
  own: OwnPresence,
  join?: { readonly password: string | undefined },
): XmlElement {
  const { displayName, pictureUrl, sources, handRaisedAtMs, caps } = own;
  return xml(
    'presence',
    { to },
    join !== undefined &&
      xml('x', { xmlns: NS_MUC }, join.password !== undefined && xml('password', {}, join.password)),
    xml('c', { xmlns: NS_CAPS, hash: 'sha-1', node: caps.node, ver: caps.version }),
    xml('SourceInfo', {}, JSON.stringify(sources)),
    xml('jitsi_participant_codecList', {}, 'vp8'),
    displayName !== '' && xml('nick', { xmlns: NS_NICK }, displayName),
    pictureUrl !== undefined && xml('avatar-url', {}, pictureUrl),
    handRaisedAtMs !== undefined && xml('jitsi_participant_raisedHand', {}, handRaisedAtMs),
  );
}
