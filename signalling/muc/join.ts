import { timingSafeEqual, createHash } from 'node:crypto';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { MUC_STATUS, NS_MUC } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Sender } from '../routing/sender.ts';
import { isAtLeastMember, type Affiliation } from './affiliation.ts';
import { withoutForgeries } from './forged-children.ts';
import { DISPLAY_NAME_REQUIRED, displayName, membersOnlyError } from './lobby-rules.ts';
import { metadataMessage } from './metadata-message.ts';
import { judgeNick } from './nick-rules.ts';
import { occupant, selfPresence } from './presence.ts';
import type { Room, Send } from './room.ts';

const MAX_MACHINE_UID_LENGTH = 1_024;

/** XEP-0045 §7.2 */
export interface JoinRequest {
  readonly sender: Sender;
  readonly nick: string;
  /** Presence with the `<x/>` of a join. */
  readonly presence: XmlElement;
}

/**
 * Who joins, with what its browser is called: clients whose conference request came over HTTP say it here (wire note §3.2).
 */
export function withMachineUid(sender: Sender, presence: XmlElement): Sender {
  const { jid, identity, room, id } = sender;
  const join = child(presence, 'x', NS_MUC);
  const machineUid = sender.machineUid ?? (join === undefined ? undefined : childText(join, 'billingid'));
  return { jid, identity, room, id, machineUid: machineUid?.slice(0, MAX_MACHINE_UID_LENGTH) };
}

export interface JoinTerms {
  readonly maxOccupants: number;
  /** What the newcomer is to the room, by what it was granted or by who it is. */
  readonly affiliation: Affiliation;
}

/** Whether this is a request to join rather than a change of presence. */
export function isJoin(presence: XmlElement): boolean {
  return presence.attrs['type'] === undefined && child(presence, 'x', NS_MUC) !== undefined;
}

/** Why someone may not enter (XEP-0045 §7.2, wire note §4.5), or undefined. */
export function judgeJoin(
  room: Room,
  { sender, nick, presence }: JoinRequest,
  terms: JoinTerms,
): StanzaError | undefined {
  const nickError = judgeNick(sender, nick);
  if (nickError !== undefined) return nickError;
  const holder = room.byNick(nick);
  if (holder !== undefined && holder.jid !== sender.jid) {
    return stanzaError('cancel', 'conflict', 'This nick is in use.');
  }
  const isFocus = sender.identity === undefined;
  if (isFocus || holder !== undefined) return undefined;
  if (terms.affiliation === 'outcast') return stanzaError('auth', 'forbidden');
  const refusal = isAtLeastMember(terms.affiliation) ? undefined : judgeStranger(room, presence);
  if (refusal !== undefined) return refusal;
  if (room.peopleCount >= terms.maxOccupants) {
    return stanzaError('wait', 'service-unavailable', 'This meeting is full.');
  }
  return undefined;
}

/** Members need neither a password nor a host; for others the right password stands for the host's yes (wire note §7.4). */
function judgeStranger({ password, lobby }: Room, presence: XmlElement): StanzaError | undefined {
  const given = givenPassword(presence);
  if (password !== undefined && given !== undefined && isSame(given, password)) return undefined;
  const isPasswordTried = password !== undefined && given !== undefined;
  if (lobby === undefined || isPasswordTried) {
    return password === undefined ? undefined : stanzaError('auth', 'not-authorized', 'This meeting has a password.');
  }
  return displayName(childElements(presence)) === undefined ? DISPLAY_NAME_REQUIRED : membersOnlyError(lobby);
}

function givenPassword(presence: XmlElement): string | undefined {
  const join = child(presence, 'x', NS_MUC);
  return join === undefined ? undefined : childText(join, 'password');
}

/** Takes the same time however much of the password is right. */
function isSame(given: string, password: string): boolean {
  return timingSafeEqual(digest(given), digest(password));
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}

/**
 * Lets someone in who may enter. The order is XEP-0045 §7.1: those who are there, the newcomer to all and last to
 * itself, history, subject; Jitsi's clients need the metadata before their own presence (wire note §7.7).
 */
export function join(room: Room, { sender, nick, presence }: JoinRequest, metadataHost: string): Send[] {
  const isFocus = sender.identity === undefined;
  const isFirst = room.size === 0;
  const payload = withoutForgeries(presence.children, isFocus);
  const newcomer = occupant(room, {
    nick,
    jid: sender.jid,
    identity: sender.identity,
    machineUid: sender.machineUid,
    payload,
  });
  const others = room.receivers(newcomer);
  const itself = [newcomer.jid];
  const present: Send[] = [];
  for (const other of room.occupants) {
    if (other.nick !== nick) present.push({ stanza: other.announcement, to: itself });
  }
  room.put(newcomer);
  return [
    ...present,
    { stanza: newcomer.announcement, to: others },
    { stanza: metadataMessage(room, metadataHost), to: itself },
    {
      stanza: isFirst
        ? selfPresence(room, newcomer, MUC_STATUS.nonAnonymous, MUC_STATUS.created)
        : selfPresence(room, newcomer, MUC_STATUS.nonAnonymous),
      to: itself,
    },
    ...room.history.stanzas.map((stanza) => ({ stanza, to: itself })),
    { stanza: subjectMessage(room), to: itself },
  ];
}

/** XEP-0045 §7.2.15: sent also while there is none. */
function subjectMessage(room: Room): OutgoingStanza {
  return new OutgoingStanza(
    xml(
      'message',
      { xmlns: NS_CLIENT, type: 'groupchat', from: room.subject?.from ?? room.jid },
      xml('subject', {}, room.subject?.text),
    ),
  );
}
