import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { MUC_STATUS, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { affiliationKey } from './affiliation.ts';
import { withoutForgeries } from './forged-children.ts';
import type { JoinRequest } from './join.ts';
import { judgeJsonMessages } from './json-messages.ts';
import type { Lobby } from './lobby.ts';
import { messageFromOccupant } from './messages.ts';
import { judgeNickForm } from './nick-rules.ts';
import { availablePresence, departurePresence, selfPresence, type Departure } from './presence.ts';
import type { Occupant, Room, Send } from './room.ts';

/** XEP-0172: the name that moderators decide by. */
const NS_NICK = 'http://jabber.org/protocol/nick';

/** The name under which somebody shows itself, or undefined. */
export function displayName(children: readonly XmlElement[]): string | undefined {
  const nick = children.find(({ name, attrs }) => name === 'nick' && attrs['xmlns'] === NS_NICK);
  return nick === undefined ? undefined : text(nick).trim() || undefined;
}

/** Clients then ask for a name (wire note §4.5). */
export const DISPLAY_NAME_REQUIRED = stanzaError(
  'modify',
  'not-acceptable',
  'Moderators must see who wants to come in.',
  xml('displayname-required', { xmlns: NS_JITMEET, lobby: true }),
);

/** Clients then offer to knock (wire note §4.5). */
export function membersOnlyError(lobby: Lobby): StanzaError {
  return stanzaError(
    'auth',
    'registration-required',
    'Only members may enter; knock and wait.',
    xml('lobbyroom', { xmlns: NS_JITMEET }, lobby.jid),
  );
}

/** Why someone may not wait here, or undefined. */
export function judgeKnock(lobby: Lobby, request: JoinRequest, maxOccupants: number): StanzaError | undefined {
  const { sender, nick, presence } = request;
  const nickError = judgeNickForm(sender, nick);
  if (nickError !== undefined) return nickError;
  const holder = lobby.byNick(nick);
  if (holder !== undefined && holder.jid !== sender.jid) return stanzaError('cancel', 'conflict');
  if (lobby.isHost(sender.jid)) return undefined;
  // Who is in the room already has nothing to wait for, and must not watch who does.
  if (lobby.room.byJid(sender.jid) !== undefined)
    return stanzaError('cancel', 'not-allowed', 'You are inside already.');
  const { identity, machineUid } = sender;
  const isBanned = lobby.room.affiliationOf(sender.jid) === 'outcast';
  if (isBanned || lobby.room.bans.recognise({ identity, machineUid })) return stanzaError('auth', 'forbidden');
  if (displayName(childElements(presence)) === undefined) return DISPLAY_NAME_REQUIRED;
  if (holder === undefined && lobby.size >= maxOccupants) {
    return stanzaError('wait', 'service-unavailable', 'Too many are waiting.');
  }
  return undefined;
}

/** A knocker is shown to the moderators, a moderator gets to see the knockers; nobody sees more. */
export function enterLobby(lobby: Lobby, { sender, nick, presence }: JoinRequest): Send[] {
  const { jid, identity, machineUid } = sender;
  const who = lobbyOccupant(lobby, { nick, jid, identity, machineUid }, presence);
  lobby.put(who);
  const itself = [who.jid];
  const visible = lobby.isHost(who.jid) ? lobby.knockers().map(({ announcement }) => announcement) : [];
  return [
    ...visible.map((stanza) => ({ stanza, to: itself })),
    ...announcement(lobby, who),
    { stanza: selfPresence(lobby, who, MUC_STATUS.nonAnonymous), to: itself },
    { stanza: emptySubject(lobby), to: itself },
  ];
}

export function changeLobbyPresence(lobby: Lobby, who: Occupant, presence: XmlElement): Send[] {
  const changed = lobbyOccupant(lobby, who, presence);
  lobby.put(changed);
  return [...announcement(lobby, changed), { stanza: selfPresence(lobby, changed), to: [changed.jid] }];
}

export function leaveLobby(lobby: Lobby, who: Occupant): Send[] {
  return depart(lobby, who, {});
}

/** A moderator sends a knocker away (wire note §7.4). */
export function deny(lobby: Lobby, nick: string | undefined, actor: Occupant): Send[] | StanzaError {
  const victim = nick === undefined ? undefined : lobby.byNick(nick);
  if (victim === undefined) return stanzaError('cancel', 'item-not-found');
  if (lobby.isHost(victim.jid)) return stanzaError('cancel', 'not-allowed');
  return [
    ...depart(lobby, victim, { removal: { status: MUC_STATUS.kicked, actorNick: actor.nick, reason: undefined } }),
    notification(lobby.room, actor.nick, {
      event: 'LOBBY-ACCESS-DENIED',
      value: `${lobby.jid}/${victim.nick}`,
      name: displayName(victim.payload),
    }),
  ];
}

/**
 * A moderator of the room lets knockers in: each becomes a member and gets an invitation, whereupon its client joins. Who
 * is not waiting gets nothing, so that nobody can be written to in this way.
 * @param message an invitation (XEP-0045 §7.8.2); it may name several (wire note §7.4).
 */
export function admit(room: Room, actor: Occupant, message: XmlElement): Send[] | StanzaError {
  const { lobby } = room;
  if (lobby === undefined) return stanzaError('cancel', 'feature-not-implemented', 'This room is open to all.');
  if (actor.role !== 'moderator') return stanzaError('auth', 'forbidden', 'Only moderators may do this.');
  const user = child(message, 'x', NS_MUC_USER);
  const invited = user === undefined ? [] : childElements(user, 'invite').map(({ attrs }) => attrs['to'] ?? '');
  const admitted = new Set(invited.flatMap((jid) => knockerOf(lobby, jid) ?? []));
  if (admitted.size === 0) return stanzaError('cancel', 'item-not-found', 'Nobody of these is waiting.');
  return [...admitted].flatMap((knocker) => {
    room.setAffiliation(affiliationKey(knocker), 'member');
    return [
      { stanza: invitation(room, actor), to: [knocker.jid] },
      notification(room, actor.nick, {
        event: 'LOBBY-ACCESS-GRANTED',
        value: `${lobby.jid}/${knocker.nick}`,
        name: displayName(knocker.payload),
      }),
    ];
  });
}

function knockerOf(lobby: Lobby, jid: string): Occupant | undefined {
  const who = lobby.byJid(jid);
  return who === undefined || lobby.isHost(jid) ? undefined : who;
}

/**
 * The lobby is no more. @param alternative the room, if all who wait may enter now; their clients then do. Without it the
 * meeting is over for them, too.
 */
export function closeLobby(lobby: Lobby, alternative: string | undefined): Send[] {
  return [...lobby.occupants].map((who) => {
    lobby.remove(who);
    const reason = alternative === undefined ? 'The meeting is over.' : 'Everybody may enter now.';
    return { stanza: departurePresence(lobby, who, { destroy: { alternative, reason } }, true), to: [who.jid] };
  });
}

/** A moderator's message goes to all who wait, a knocker's to the moderators. */
export function lobbyGroupMessage(lobby: Lobby, from: Occupant, message: XmlElement): Send[] | StanzaError {
  const refusal = judgeJsonMessages(message);
  if (refusal !== undefined) return refusal;
  const stanza = new OutgoingStanza(messageFromOccupant(lobby, from, message));
  const to = lobby.isHost(from.jid)
    ? [...lobby.occupants].map(({ jid }) => jid)
    : [...new Set([...lobby.hosts(), from.jid])];
  return [{ stanza, to }];
}

/** Knockers talk with moderators, not with each other. */
export function lobbyPrivateMessage(
  lobby: Lobby,
  from: Occupant,
  nick: string,
  message: XmlElement,
): Send[] | StanzaError {
  const receiver = lobby.byNick(nick);
  const mayTalk = receiver !== undefined && (lobby.isHost(from.jid) || lobby.isHost(receiver.jid));
  // A stranger's presence is not told.
  if (!mayTalk) return stanzaError('cancel', 'item-not-found');
  const refusal =
    message.attrs['type'] === 'groupchat' ? stanzaError('modify', 'bad-request') : judgeJsonMessages(message);
  if (refusal !== undefined) return refusal;
  const reflected = messageFromOccupant(lobby, from, message);
  const marked = xml(reflected.name, reflected.attrs, reflected.children, xml('x', { xmlns: NS_MUC_USER }));
  return [{ stanza: new OutgoingStanza(marked), to: [receiver.jid] }];
}

/** What moderators' clients tell people of the lobby (wire note §7.4), in the name of the one who acted. */
export function notification(
  room: Room,
  actorNick: string,
  what: { readonly event: string; readonly value: string | boolean; readonly name?: string | undefined },
): Send {
  const message = xml(
    'message',
    { xmlns: NS_CLIENT, type: 'groupchat', from: `${room.jid}/${actorNick}` },
    xml('json-message', { xmlns: NS_JITMEET }, JSON.stringify({ type: 'lobby-notify', ...what })),
  );
  return { stanza: new OutgoingStanza(message), to: room.receivers() };
}

function lobbyOccupant(
  lobby: Lobby,
  { nick, jid, identity, machineUid }: Pick<Occupant, 'nick' | 'jid' | 'identity' | 'machineUid'>,
  presence: XmlElement,
): Occupant {
  const isHost = lobby.isHost(jid);
  const details = {
    nick,
    jid,
    identity,
    machineUid,
    payload: withoutForgeries(presence.children, false),
    affiliation: isHost ? 'owner' : 'none',
    role: isHost ? 'moderator' : 'participant',
  } as const;
  return { ...details, announcement: availablePresence(lobby, details) };
}

/** Moderators are shown to nobody. */
function announcement(lobby: Lobby, who: Occupant): Send[] {
  return lobby.isHost(who.jid) ? [] : [{ stanza: who.announcement, to: lobby.hosts() }];
}

function depart(lobby: Lobby, who: Occupant, departure: Departure): Send[] {
  lobby.remove(who);
  return [
    { stanza: departurePresence(lobby, who, departure, false), to: lobby.hosts() },
    { stanza: departurePresence(lobby, who, departure, true), to: [who.jid] },
  ];
}

function invitation(room: Room, actor: Occupant): OutgoingStanza {
  const invite = xml('invite', { from: `${room.jid}/${actor.nick}` });
  return new OutgoingStanza(
    xml('message', { xmlns: NS_CLIENT, from: room.jid }, xml('x', { xmlns: NS_MUC_USER }, invite)),
  );
}

/** XEP-0045 §7.2.15 */
function emptySubject(lobby: Lobby): OutgoingStanza {
  return new OutgoingStanza(xml('message', { xmlns: NS_CLIENT, type: 'groupchat', from: lobby.jid }, xml('subject')));
}

/** Whether a message asks to let somebody in. */
export function isInvitation(message: XmlElement): boolean {
  const user = child(message, 'x', NS_MUC_USER);
  return user !== undefined && child(user, 'invite') !== undefined && childText(message, 'body') === undefined;
}
