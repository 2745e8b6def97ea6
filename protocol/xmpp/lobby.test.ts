import { describe, expect, test } from 'vitest';
import { child, xml } from './element.ts';
import { lobbyPresence, readInvitation, readLobbyEnd, readLobbyRefusal } from './lobby.ts';
import { stanzaError } from './stanza.ts';
import { parseXml } from './xml.ts';

const ROOM = 'standup@muc.meet.example';
const LOBBY = 'standup@lobby.meet.example';
const NS_JITMEET = 'http://jitsi.org/jitmeet';
const NS_USER = 'http://jabber.org/protocol/muc#user';

describe('a refused join', () => {
  test('names the lobby, or asks for a name', () => {
    const lobbyroom = xml('lobbyroom', { xmlns: NS_JITMEET }, LOBBY);
    const refusal = stanzaError('auth', 'registration-required', undefined, lobbyroom);
    expect(readLobbyRefusal(refusal)).toEqual({ kind: 'knock', lobby: LOBBY });
    const nameless = xml('displayname-required', { xmlns: NS_JITMEET, lobby: true });
    expect(readLobbyRefusal(stanzaError('modify', 'not-acceptable', undefined, nameless))).toEqual({
      kind: 'name-required',
    });
  });

  test('without a lobby is nothing to wait for', () => {
    expect(readLobbyRefusal(stanzaError('auth', 'registration-required'))).toBeUndefined();
    const foreign = xml('lobbyroom', { xmlns: 'urn:other' }, LOBBY);
    expect(readLobbyRefusal(stanzaError('auth', 'registration-required', undefined, foreign))).toBeUndefined();
  });
});

describe('an invitation', () => {
  const invitation = (from: string, inner: string, type = '') =>
    parseXml(`<message xmlns="jabber:client" from="${from}" ${type}><x xmlns="${NS_USER}">${inner}</x></message>`);

  test('counts from the room alone, with its password if it has one', () => {
    expect(readInvitation(invitation(ROOM, '<invite/>'), ROOM)).toEqual({ password: undefined });
    expect(readInvitation(invitation(ROOM, '<invite/><password>tea</password>'), ROOM)).toEqual({ password: 'tea' });
    for (const from of [`${ROOM}/b27de114`, LOBBY, 'other@muc.meet.example']) {
      expect(readInvitation(invitation(from, '<invite/>'), ROOM)).toBeUndefined();
    }
    expect(readInvitation(invitation(ROOM, '<status code="104"/>'), ROOM)).toBeUndefined();
    expect(readInvitation(invitation(ROOM, '<invite/>', 'type="error"'), ROOM)).toBeUndefined();
  });
});

test.each([
  ['<status code="307"/>', 'denied'],
  [`<destroy jid="${ROOM}"/>`, 'opened'],
  ['<destroy/>', 'meeting-over'],
  ['<destroy jid="elsewhere@muc.meet.example"/>', 'meeting-over'],
  ['', 'left'],
])('a last presence with %s says %s', (inner, end) => {
  const presence = parseXml(
    `<presence xmlns="jabber:client" type="unavailable"><x xmlns="${NS_USER}">${inner}</x></presence>`,
  );
  expect(readLobbyEnd(presence, ROOM)).toBe(end);
});

test('whoever has no name shows none', () => {
  expect(child(lobbyPresence(`${LOBBY}/b27de114`, ''), 'nick')).toBeUndefined();
});
