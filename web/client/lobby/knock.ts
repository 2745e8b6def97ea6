import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readStanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { Emitter } from '#protocol/emitter.ts';
import type { LobbyMessage } from '../meeting-types.ts';
import type { RoomConnection } from '../room/room.ts';
import { lobbyPresence, readInvitation, readLobbyEnd } from '#protocol/xmpp/lobby.ts';
import { lobbySpeech, readLobbySpeech } from './lobby-stanzas.ts';

export interface LobbyPlace {
  readonly connection: RoomConnection;
  /** Bare JIDs. */
  readonly lobby: string;
  readonly room: string;
  /** Own nick in the lobby. */
  readonly nick: string;
  readonly displayName: string;
}

export interface KnockEvents {
  /** The moderators know. */
  waiting: [];
  /** Let in, with the room's password if it needs one. */
  admitted: [password: string | undefined];
  denied: [];
  /** The meeting is over. */
  over: [];
  /** Nobody may wait here (any more), e.g. since too many do. */
  refused: [StanzaError];
  message: [LobbyMessage];
}

/** One person's wait in a lobby (wire note §7.4). */
export class Knock extends Emitter<KnockEvents> {
  readonly #place: LobbyPlace;
  readonly #address: string;
  #isOver = false;

  constructor(place: LobbyPlace) {
    super();
    this.#place = place;
    this.#address = `${place.lobby}/${place.nick}`;
  }

  begin(): void {
    this.#place.connection.send(lobbyPresence(this.#address, this.#place.displayName));
  }

  /** Waits no longer. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#place.connection.send(xml('presence', { to: this.#address, type: 'unavailable' }));
  }

  /** To all moderators; shows when the lobby sends it back. */
  say(text: string): void {
    const { connection, lobby, displayName } = this.#place;
    connection.send(lobbySpeech(lobby, text, displayName));
  }

  /** @returns true if the stanza was about this wait */
  receive(stanza: XmlElement): boolean {
    const { lobby, room, nick } = this.#place;
    const { from = '' } = stanza.attrs;
    if (this.#isOver) return false;
    const invitation = readInvitation(stanza, room);
    if (invitation !== undefined) {
      this.stop();
      this.emit('admitted', invitation.password);
      return true;
    }
    if (bareOf(from) !== lobby) return false;
    if (stanza.name === 'presence' && resourceOf(from) === nick) this.#receiveSelf(stanza);
    const speech = readLobbySpeech(stanza, lobby);
    if (speech === undefined) return true;
    const isOwn = speech.from === nick;
    this.emit('message', {
      id: crypto.randomUUID(),
      with: undefined,
      isOwn,
      fromName: isOwn ? this.#place.displayName : (speech.fromName ?? ''),
      text: speech.text,
      atMs: Date.now(),
    });
    return true;
  }

  #receiveSelf(presence: XmlElement): void {
    const error = presence.attrs['type'] === 'error' ? readStanzaError(presence) : undefined;
    if (error !== undefined) {
      this.#isOver = true;
      this.emit('refused', error);
      return;
    }
    const end = readLobbyEnd(presence, this.#place.room);
    if (end === undefined) {
      this.emit('waiting');
      return;
    }
    this.#isOver = true;
    if (end === 'opened') this.emit('admitted', undefined);
    else if (end === 'denied') this.emit('denied');
    else this.emit('over');
  }
}
