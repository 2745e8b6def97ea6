import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { matrixIdentityElement } from '#protocol/xmpp/matrix-identity.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Identity } from './identity.ts';
import { isExpired, isForRoom, type ScopeRules } from './jwt/token-scope.ts';
import { isMatrixMeeting } from './matrix/room-binding.ts';

/**
 * Who may enter. `open`: everybody. `wait`: guests as soon as a member has opened the room. `members`: members only.
 * Members are those with a token or an account. Who calls by telephone has shown the meeting's number, and so enters like a
 * member once the meeting is open.
 */
export type AccessPolicy = 'open' | 'wait' | 'members';

/** Who is what in conferences of Matrix rooms (matrix note §2.3, §2.5). */
export interface MatrixRules {
  /** Whether people whom no homeserver vouches for may enter. */
  readonly guests: 'deny' | 'lobby' | 'allow';
  /** The Matrix room says who moderates, and nobody else. */
  readonly decidesRoles: boolean;
}

export interface AccessRules extends ScopeRules {
  readonly policy: AccessPolicy;
  /** Undefined: there is nothing special about conferences of Matrix rooms. */
  readonly matrix: MatrixRules | undefined;
  /** Members moderate unless their token says otherwise. */
  readonly doMembersModerate: boolean;
  readonly clockSkewSeconds: number;
}

export function isMember(identity: Identity): boolean {
  return identity.kind === 'token' || identity.kind === 'account';
}

/**
 * What somebody is in the conference of a Matrix room: vouched for by its homeserver, or a guest, whatever else it has
 * shown. Undefined in all other meetings.
 */
export function matrixStatus(
  identity: Identity,
  roomJid: string,
  rules: AccessRules,
): 'verified' | 'guest' | undefined {
  if (rules.matrix === undefined || !isMatrixMeeting(roomJid)) return undefined;
  return identity.kind === 'token' && identity.token.matrix !== undefined ? 'verified' : 'guest';
}

/** Whether somebody may open a meeting that nobody has opened yet. */
export function mayOpen(identity: Identity, roomJid: string, rules: AccessRules): boolean {
  const isGuest = matrixStatus(identity, roomJid, rules) === 'guest';
  return (isMember(identity) || rules.policy === 'open') && (!isGuest || rules.matrix?.guests === 'allow');
}

/** Whether someone moderates: from the start, never by itself, or when the focus chooses (wire note §3.3). */
export type Moderation = 'always' | 'never' | 'elected';

/** @param roomJid of the meeting, for a breakout room its main room. */
export function moderationOf(identity: Identity, roomJid: string, rules: AccessRules): Moderation {
  if (identity.kind === 'gateway' || matrixStatus(identity, roomJid, rules) === 'guest') return 'never';
  const said = identity.kind === 'token' ? identity.token.isModerator : undefined;
  if (said !== undefined) return said ? 'always' : 'never';
  // Where people have to show who they are, those who did not are in charge of nothing.
  if (identity.kind === 'anonymous') return rules.policy === 'open' ? 'elected' : 'never';
  return rules.doMembersModerate ? 'always' : 'elected';
}

/** Why what someone has shown does not let them into a room, whatever its state (wire note §4.5, §8), or undefined. */
export function judgeEntry(
  identity: Identity,
  roomJid: string,
  rules: AccessRules,
  nowSeconds: number,
): StanzaError | undefined {
  if (identity.kind === 'anonymous' && rules.policy === 'members') {
    return stanzaError('cancel', 'not-allowed', undefined, xml('authentication-required', { xmlns: NS_JITMEET }));
  }
  if (rules.matrix?.guests === 'deny' && matrixStatus(identity, roomJid, rules) === 'guest') {
    return stanzaError('cancel', 'not-allowed', 'Only people of the Matrix room may enter');
  }
  if (identity.kind !== 'token') return undefined;
  if (isExpired(identity.token, nowSeconds, rules.clockSkewSeconds)) {
    return stanzaError('cancel', 'not-allowed', 'Not acceptable by exp');
  }
  if (isForRoom(identity.token, roomJid, rules)) return undefined;
  return stanzaError('cancel', 'not-allowed', 'Room and token mismatched');
}

/**
 * Whether a token says that its holder may use a feature; undefined where it says nothing about features, so that the
 * rules for moderators decide (wire note §8).
 */
export function tokenFeature(identity: Identity, feature: string): boolean | undefined {
  const features = identity.kind === 'token' ? identity.token.features : undefined;
  return features === undefined ? undefined : features.get(feature);
}

/** `<identity/>` of someone's presences (wire note §4.2): what the server vouches for. */
export function identityElement(identity: Identity): XmlElement | undefined {
  if (identity.kind === 'anonymous' || identity.kind === 'gateway') return undefined;
  if (identity.kind === 'account') {
    return xml('identity', {}, xml('user', {}, xml('id', {}, identity.username), xml('name', {}, identity.username)));
  }
  const { person, group, isHiddenFromRecorder, matrix } = identity.token;
  return xml(
    'identity',
    {},
    xml(
      'user',
      {},
      Object.entries(person).map(([name, value]) => xml(name, {}, value)),
      isHiddenFromRecorder ? xml('hidden-from-recorder', {}, 'true') : undefined,
    ),
    group === undefined ? undefined : xml('group', {}, group),
    matrix === undefined ? undefined : matrixIdentityElement(matrix.userId),
  );
}
