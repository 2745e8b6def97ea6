import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC_USER } from '#protocol/xmpp/muc.ts';
import { Emitter } from '#protocol/emitter.ts';
import type { Knocker, LobbyMessage } from '../meeting-types.ts';
import type { LobbyPlace } from './knock.ts';
import { lobbyPresence, readLobbyEnd } from '#protocol/xmpp/lobby.ts';
import { denial, invitationOf, lobbySpeech, readLobbySpeech, readName } from './lobby-stanzas.ts';

/** More are not shown; the server has a limit of its own. */
const MAX_KNOCKERS = 500;

export interface LobbyWatchEvents {
  /** Who waits has changed. */
  changed: [];
  message: [LobbyMessage];
}

interface Waiting extends Knocker {
  /** Real full JID: only such addresses can be invited. */
  readonly jid: string;
}

/** A moderator's view of the lobby (wire note §7.4). */
export class LobbyWatch extends Emitter<LobbyWatchEvents> {
  readonly lobby: string;
  readonly #place: LobbyPlace;
  readonly #waiting = new Map<string, Waiting>();

  constructor(place: LobbyPlace) {
    super();
    this.#place = place;
    this.lobby = place.lobby;
  }

  /** Longest wait first. */
  get knockers(): readonly Knocker[] {
    return Array.from(this.#waiting.values(), ({ id, displayName }) => ({ id, displayName }));
  }

  begin(): void {
    const { connection, lobby, nick, displayName } = this.#place;
    connection.send(lobbyPresence(`${lobby}/${nick}`, displayName));
  }

  stop(): void {
    const { connection, lobby, nick } = this.#place;
    connection.send(xml('presence', { to: `${lobby}/${nick}`, type: 'unavailable' }));
  }

  /** They leave the lobby when they come in; until then they show as waiting. */
  admit(ids: readonly string[]): void {
    const jids = ids.flatMap((id) => this.#waiting.get(id)?.jid ?? []);
    if (jids.length > 0) this.#place.connection.send(invitationOf(this.#place.room, jids));
  }

  /** @throws RequestError */
  async deny(id: string): Promise<void> {
    await this.#place.connection.request(xml('iq', { type: 'set', to: this.lobby }, denial(id)));
  }

  /** To one who waits; others do not see it. */
  say(id: string, text: string): void {
    const { connection, lobby, displayName } = this.#place;
    if (!connection.send(lobbySpeech(`${lobby}/${id}`, text, displayName))) return;
    this.#tell(id, { fromName: displayName, isOwn: true, text });
  }

  /** @returns true if the stanza was about the lobby */
  receive(stanza: XmlElement): boolean {
    const { from = '' } = stanza.attrs;
    if (bareOf(from) !== this.lobby) return false;
    const nick = resourceOf(from);
    if (stanza.name === 'presence' && nick !== undefined) this.#receivePresence(stanza, nick);
    const speech = readLobbySpeech(stanza, this.lobby);
    const sender = speech === undefined ? undefined : this.#waiting.get(speech.from);
    if (speech !== undefined && sender !== undefined) {
      this.#tell(sender.id, { fromName: sender.displayName, isOwn: false, text: speech.text });
    }
    return true;
  }

  #receivePresence(stanza: XmlElement, nick: string): void {
    const { type } = stanza.attrs;
    if (nick === this.#place.nick) {
      if (readLobbyEnd(stanza, this.#place.room) !== undefined) this.#waiting.clear();
    } else if (type === 'unavailable') {
      this.#waiting.delete(nick);
    } else if (type === undefined) {
      const user = child(stanza, 'x', NS_MUC_USER);
      const item = user === undefined ? undefined : child(user, 'item');
      const jid = item?.attrs['jid'];
      const isHost = item?.attrs['role'] === 'moderator';
      if (jid === undefined || isHost || (this.#waiting.size >= MAX_KNOCKERS && !this.#waiting.has(nick))) return;
      this.#waiting.set(nick, { id: nick, displayName: readName(stanza) ?? '', jid });
    }
    this.emit('changed');
  }

  #tell(id: string, message: Pick<LobbyMessage, 'fromName' | 'isOwn' | 'text'>): void {
    this.emit('message', { id: crypto.randomUUID(), with: id, atMs: Date.now(), ...message });
  }
}
