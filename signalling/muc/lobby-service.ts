import { NS_DISCO_INFO } from '#protocol/xmpp/disco.ts';
import { childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC, NS_MUC_ADMIN } from '#protocol/xmpp/muc.ts';
import { iqResult, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { readIqRequest, type IqRequest } from '../routing/iq-table.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { RoomRouter } from '../routing/router.ts';
import type { Sender } from '../routing/sender.ts';
import { isJoin, withMachineUid } from './join.ts';
import type { Lobby } from './lobby.ts';
import {
  changeLobbyPresence,
  closeLobby,
  deny,
  enterLobby,
  judgeKnock,
  leaveLobby,
  lobbyGroupMessage,
  lobbyPrivateMessage,
} from './lobby-rules.ts';
import type { Room, Send } from './room.ts';

export interface LobbyEnvironment {
  readonly maxOccupants: number;
  readonly maxLobbiesPerSession: number;
  /** @param jid bare JID of a lobby. */
  lobbyOf(jid: string): Lobby | undefined;
  /** Why somebody may not enter the lobby's room at all, member or not, or undefined. */
  judgeEntry(sender: Sender, nick: string, roomJid: string): StanzaError | undefined;
  /** Why a stanza may not go to several, or undefined. */
  judgeBroadcast(sender: Sender, stanza: XmlElement): StanzaError | undefined;
  deliver(to: string, stanza: OutgoingStanza): void;
  refuse(sender: Sender, stanza: XmlElement, error: StanzaError): void;
}

/** The lobby component (wire note §7.4): finds the lobby, asks lobby-rules.ts, carries out what follows. */
export class LobbyService implements RoomRouter {
  readonly #environment: LobbyEnvironment;
  /** Lobbies by full JID of who is in them; those that have closed since are dropped in passing. */
  readonly #lobbiesOf = new Map<string, Set<Lobby>>();

  constructor(environment: LobbyEnvironment) {
    this.#environment = environment;
  }

  toRoom(sender: Sender, jid: string, stanza: XmlElement): void {
    const lobby = this.#environment.lobbyOf(jid);
    const { type } = stanza.attrs;
    if (stanza.name === 'iq') this.#iq(sender, lobby, stanza);
    else if (stanza.name === 'presence' && type === 'unavailable') this.#leave(sender, lobby);
    else if (stanza.name === 'message' && type !== 'error') {
      const from = lobby?.byJid(sender.jid);
      if (lobby === undefined || from === undefined) this.#environment.refuse(sender, stanza, NOT_HERE);
      else if (type !== 'groupchat') this.#environment.refuse(sender, stanza, NOT_IMPLEMENTED);
      else {
        const refusal = this.#environment.judgeBroadcast(sender, stanza);
        this.#carryOutOrRefuse(sender, stanza, refusal ?? lobbyGroupMessage(lobby, from, stanza));
      }
    }
  }

  toOccupant(sender: Sender, jid: string, nick: string, stanza: XmlElement): void {
    const lobby = this.#environment.lobbyOf(jid);
    if (stanza.name === 'presence') {
      this.#presence(sender, lobby, nick, stanza);
      return;
    }
    if (stanza.name === 'iq') {
      const request = readIqRequest(sender, stanza);
      // Nobody asks anybody anything here; who waits shall not learn of others.
      if (request !== 'response') this.#environment.refuse(sender, stanza, SERVICE_UNAVAILABLE);
      return;
    }
    if (stanza.attrs['type'] === 'error') return;
    const from = lobby?.byJid(sender.jid);
    if (lobby === undefined || from === undefined) this.#environment.refuse(sender, stanza, NOT_HERE);
    else {
      const refusal = this.#environment.judgeBroadcast(sender, stanza);
      this.#carryOutOrRefuse(sender, stanza, refusal ?? lobbyPrivateMessage(lobby, from, nick, stanza));
    }
  }

  sessionEnded(jid: string): void {
    for (const lobby of this.#lobbiesOf.get(jid) ?? []) this.#remove(lobby, jid);
    this.#lobbiesOf.delete(jid);
  }

  /** People have left a room: its moderators among them look no more, and with the last one its lobby closes. */
  leftRoom(room: Room, jids: Iterable<string>): void {
    const { lobby } = room;
    if (lobby === undefined) return;
    for (const jid of jids) this.#remove(lobby, jid);
    if (room.size > 0 || (room.isHeld && !room.hasEnded)) return;
    room.lobby = undefined;
    this.#carryOut(closeLobby(lobby, undefined));
  }

  #presence(sender: Sender, lobby: Lobby | undefined, nick: string, presence: XmlElement): void {
    const { type } = presence.attrs;
    if (type === 'unavailable') this.#leave(sender, lobby);
    if (type !== undefined) return;
    const refusal = this.#environment.judgeBroadcast(sender, presence);
    const who = lobby?.byJid(sender.jid);
    if (refusal !== undefined) this.#environment.refuse(sender, presence, refusal);
    else if (lobby !== undefined && who !== undefined) {
      const isOwnNick = who.nick === nick;
      this.#carryOutOrRefuse(sender, presence, isOwnNick ? changeLobbyPresence(lobby, who, presence) : NICK_CHANGED);
    } else if (lobby === undefined || !isJoin(presence)) this.#environment.refuse(sender, presence, NOT_HERE);
    else this.#enter(sender, lobby, nick, presence);
  }

  #enter(sender: Sender, lobby: Lobby, nick: string, presence: XmlElement): void {
    const { maxOccupants, maxLobbiesPerSession } = this.#environment;
    const lobbies = this.#currentLobbiesOf(sender.jid);
    const request = { sender: withMachineUid(sender, presence), nick, presence };
    const refusal =
      lobbies.size >= maxLobbiesPerSession
        ? stanzaError('wait', 'resource-constraint', 'You are waiting in too many places.')
        : (this.#environment.judgeEntry(sender, nick, lobby.room.jid) ?? judgeKnock(lobby, request, maxOccupants));
    if (refusal !== undefined) {
      this.#environment.refuse(sender, presence, refusal);
      return;
    }
    this.#lobbiesOf.set(sender.jid, lobbies.add(lobby));
    this.#carryOut(enterLobby(lobby, request));
  }

  #currentLobbiesOf(jid: string): Set<Lobby> {
    const lobbies = [...(this.#lobbiesOf.get(jid) ?? [])];
    return new Set(lobbies.filter((lobby) => lobby.byJid(jid) !== undefined));
  }

  #leave(sender: Sender, lobby: Lobby | undefined): void {
    if (lobby === undefined) return;
    this.#remove(lobby, sender.jid);
    const left = this.#currentLobbiesOf(sender.jid);
    if (left.size === 0) this.#lobbiesOf.delete(sender.jid);
    else this.#lobbiesOf.set(sender.jid, left);
  }

  #remove(lobby: Lobby, jid: string): void {
    const who = lobby.byJid(jid);
    if (who !== undefined) this.#carryOut(leaveLobby(lobby, who));
  }

  #iq(sender: Sender, lobby: Lobby | undefined, iq: XmlElement): void {
    const request = readIqRequest(sender, iq);
    if (request === 'response') return;
    const outcome = 'condition' in request ? request : answer(lobby, request);
    if ('condition' in outcome) {
      this.#environment.refuse(sender, iq, outcome);
      return;
    }
    this.#environment.deliver(sender.jid, new OutgoingStanza(iqResult(iq, outcome.content)));
    this.#carryOut(outcome.sends);
  }

  #carryOutOrRefuse(sender: Sender, stanza: XmlElement, outcome: readonly Send[] | StanzaError): void {
    if ('condition' in outcome) this.#environment.refuse(sender, stanza, outcome);
    else this.#carryOut(outcome);
  }

  #carryOut(sends: readonly Send[]): void {
    for (const { stanza, to } of sends) for (const jid of to) this.#environment.deliver(jid, stanza);
  }
}

interface LobbyAnswer {
  readonly content: XmlElement | undefined;
  readonly sends: readonly Send[];
}

/** What a lobby answers: what it is, to those in it, and a moderator's “no” (XEP-0045 §8.2). */
function answer(lobby: Lobby | undefined, { sender, type, payload }: IqRequest): LobbyAnswer | StanzaError {
  const actor = lobby?.byJid(sender.jid);
  if (lobby === undefined || actor === undefined) return stanzaError('auth', 'forbidden');
  const what = `${type} ${payload.name} ${payload.attrs['xmlns'] ?? ''}`;
  if (what === `get query ${NS_DISCO_INFO}`) return { content: LOBBY_INFO, sends: [] };
  if (what !== `set query ${NS_MUC_ADMIN}`) return SERVICE_UNAVAILABLE;
  if (!lobby.isHost(sender.jid)) return stanzaError('auth', 'forbidden', 'Only moderators may do this.');
  const [item, ...more] = childElements(payload, 'item', NS_MUC_ADMIN);
  if (item?.attrs['role'] !== 'none' || more.length > 0) return stanzaError('modify', 'bad-request');
  const outcome = deny(lobby, item.attrs['nick'], actor);
  return 'condition' in outcome ? outcome : { content: undefined, sends: outcome };
}

const LOBBY_INFO = xml(
  'query',
  { xmlns: NS_DISCO_INFO },
  xml('identity', { category: 'conference', type: 'text' }),
  [NS_DISCO_INFO, NS_MUC, 'muc_hidden', 'muc_nonanonymous', 'muc_temporary'].map((feature) =>
    xml('feature', { var: feature }),
  ),
);
const NICK_CHANGED = stanzaError('cancel', 'not-acceptable', 'Nicks cannot be changed.');
const NOT_HERE = stanzaError('cancel', 'not-acceptable', 'You are not waiting here.');
const NOT_IMPLEMENTED = stanzaError('cancel', 'feature-not-implemented');
const SERVICE_UNAVAILABLE = stanzaError('cancel', 'service-unavailable');
