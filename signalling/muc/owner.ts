import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { MUC_STATUS, NS_MUC_OWNER, NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { affiliationKey, isAtLeastMember } from './affiliation.ts';
import { reannounce } from './change-presence.ts';
import { dataForm, readForm, readFormBoolean } from './data-form.ts';
import { destroy } from './leave.ts';
import { closeLobby, notification } from './lobby-rules.ts';
import { Lobby } from './lobby.ts';
import type { Occupant, Room, Send } from './room.ts';

/** XEP-0045 §15.5.3 */
const FORM_ROOM_CONFIG = 'http://jabber.org/protocol/muc#roomconfig';
const FIELD_SECRET = 'muc#roomconfig_roomsecret';
const FIELD_PROTECTED = 'muc#roomconfig_passwordprotectedroom';
const FIELD_WHOIS = 'muc#roomconfig_whois';
const FIELD_MEMBERS_ONLY = 'muc#roomconfig_membersonly';
const MAX_PASSWORD_LENGTH = 1_024;

/** XEP-0045 §10.2: the form with the room's settings. */
export function ownerForm(room: Room, actor: Occupant): XmlElement | StanzaError {
  if (actor.affiliation !== 'owner') return NOT_OWNER;
  return xml(
    'query',
    { xmlns: NS_MUC_OWNER },
    dataForm('form', FORM_ROOM_CONFIG, [
      {
        var: FIELD_PROTECTED,
        type: 'boolean',
        label: 'Entering needs a password',
        value: room.password === undefined ? '0' : '1',
      },
      { var: FIELD_SECRET, type: 'text-private', label: 'Password', value: room.password ?? '' },
      {
        var: FIELD_WHOIS,
        type: 'list-single',
        label: 'Who sees real addresses',
        value: 'anyone',
        options: ['anyone'],
      },
      {
        var: FIELD_MEMBERS_ONLY,
        type: 'boolean',
        label: 'Only members may enter; others wait in the lobby',
        value: room.lobby === undefined ? '0' : '1',
      },
      // Jitsi's focus reads the meeting's id here (wire note §4.6).
      { var: 'muc#roominfo_meetingId', type: 'text-single', value: room.meetingId },
    ]),
  );
}

/** XEP-0045 §10.1.4 (submit, cancel) and §10.9 (destroy). Fields that are not submitted keep their value. */
export function ownerCommand(room: Room, actor: Occupant, query: XmlElement): Send[] | StanzaError {
  if (actor.affiliation !== 'owner') return NOT_OWNER;
  const destruction = child(query, 'destroy', NS_MUC_OWNER);
  if (destruction !== undefined) {
    return destroy(room, childText(destruction, 'reason'), destruction.attrs['jid']);
  }
  const form = readForm(query);
  if (form?.type === 'cancel') return [];
  if (form?.type !== 'submit') return stanzaError('modify', 'bad-request');
  const password = readPassword(room, form.values);
  if (typeof password === 'object') return password;
  const whois = form.values.get(FIELD_WHOIS);
  if (whois !== undefined && whois !== 'anyone') {
    return stanzaError('modify', 'not-acceptable', 'Rooms always show real addresses to everyone in them.');
  }
  const membersOnly = form.values.get(FIELD_MEMBERS_ONLY);
  const isMembersOnly = membersOnly === undefined ? room.lobby !== undefined : readFormBoolean(membersOnly);
  if (isMembersOnly === undefined) return stanzaError('modify', 'bad-request');
  if (room.main !== undefined && (isMembersOnly || password !== undefined)) {
    return stanzaError('cancel', 'not-allowed', 'Breakout rooms are as open as their main room.');
  }
  room.password = password;
  const lobbyChanges = isMembersOnly === (room.lobby !== undefined) ? [] : switchLobby(room, actor, isMembersOnly);
  return [{ stanza: configurationChanged(room), to: room.receivers() }, ...lobbyChanges];
}

/** Wire note §7.4. Whoever is inside when the door is closed is a member; when it is opened, all who wait may enter. */
function switchLobby(room: Room, actor: Occupant, isOn: boolean): Send[] {
  const notice = notification(room, actor.nick, { event: 'LOBBY-ENABLED', value: isOn });
  if (!isOn) {
    const lobby = room.lobby;
    room.lobby = undefined;
    return [notice, ...(lobby === undefined ? [] : closeLobby(lobby, room.jid))];
  }
  room.lobby = new Lobby(room.lobbyJid, room);
  const strangers = [...room.occupants].filter(({ affiliation }) => !isAtLeastMember(affiliation));
  for (const who of strangers) room.setAffiliation(affiliationKey(who), 'member');
  return [notice, ...strangers.flatMap((who) => reannounce(room, who))];
}

const NOT_OWNER = stanzaError('auth', 'forbidden', 'Only owners of the room may do this.');

function readPassword(room: Room, values: ReadonlyMap<string, string>): string | undefined | StanzaError {
  const secret = values.get(FIELD_SECRET);
  const protection = values.get(FIELD_PROTECTED);
  const isProtected = protection === undefined ? undefined : readFormBoolean(protection);
  if (protection !== undefined && isProtected === undefined) return stanzaError('modify', 'bad-request');
  if (isProtected === false) return undefined;
  if (secret === undefined) {
    return isProtected === true && room.password === undefined
      ? stanzaError('modify', 'not-acceptable', 'A password is needed.')
      : room.password;
  }
  if (secret.length > MAX_PASSWORD_LENGTH) return stanzaError('modify', 'not-acceptable', 'This password is too long.');
  if (secret === '') {
    return isProtected === true ? stanzaError('modify', 'not-acceptable', 'A password is needed.') : undefined;
  }
  return secret;
}

/** XEP-0045 §10.1.4: clients then look at the room again (wire note §4.4). */
function configurationChanged(room: Room): OutgoingStanza {
  return new OutgoingStanza(
    xml(
      'message',
      { xmlns: NS_CLIENT, type: 'groupchat', from: room.jid },
      xml('x', { xmlns: NS_MUC_USER }, xml('status', { code: MUC_STATUS.configurationChanged })),
    ),
  );
}
