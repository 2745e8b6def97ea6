import type { XmlElement } from '#protocol/xmpp/element.ts';
import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, parseJid } from '#protocol/xmpp/jid.ts';
import { lobbyOfRoom, roomJid } from '#protocol/xmpp/room-address.ts';
import { iqResult, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import type { Logger } from '#runtime/logger.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';
import { judgeEntry, matrixStatus, moderationOf, type AccessRules } from '../identity/access-rules.ts';
import { isSameIdentity, type Identity } from '../identity/identity.ts';
import { isMatrixMeeting } from '../identity/matrix/room-binding.ts';
import { readIqRequest } from '../routing/iq-table.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { RoomRouter } from '../routing/router.ts';
import type { Sender } from '../routing/sender.ts';
import { affiliationKey, isAtLeastMember, type Affiliation } from './affiliation.ts';
import type { BreakoutRules } from './breakout-rules.ts';
import { changePresence, reidentify } from './change-presence.ts';
import { isJoin, join, judgeJoin, withMachineUid, type JoinRequest } from './join.ts';
import { destroy, leave } from './leave.ts';
import { admit, isInvitation } from './lobby-rules.ts';
import { isMainRoom, roomOfLobby } from './lobby-address.ts';
import { LobbyService } from './lobby-service.ts';
import { Lobby } from './lobby.ts';
import { groupMessage, privateMessage } from './messages.ts';
import { metadataMessage } from './metadata-message.ts';
import { privateIq } from './private-iq.ts';
import { answerRoomIq } from './room-iq.ts';
import type { JsonValue } from './room-metadata.ts';
import { RoomRegistry } from './room-registry.ts';
import type { RoomFeature } from './room-feature.ts';
import type { Occupant, Room, Send } from './room.ts';
import { isHostJoin } from '#protocol/xmpp/telephone-host.ts';
import { adoptStartMuted } from './start-muted.ts';
import { WaitingJoins } from './waiting-joins.ts';

export interface MucOptions {
  readonly maxOccupants: number;
  readonly maxRooms: number;
  readonly maxRoomsPerSession: number;
  readonly maxBroadcastLength: number;
  readonly broadcastsPerSecond: number;
  readonly broadcastBurst: number;
  readonly historyMessages: number;
  readonly focusWaitSeconds: number;
  readonly emptyRoomSeconds: number;
}

/** Where rooms are, and what belongs to them. */
export type MucHosts = Pick<XmppHosts, 'domain' | 'muc' | 'breakout' | 'lobby' | 'metadata'>;

/** How rooms reach people, and what they ask about them. */
export interface MucOutlet {
  deliver(to: string, stanza: OutgoingStanza): void;
  refuse(sender: Sender, stanza: XmlElement, error: StanzaError): void;
  /** Whether a nick is the endpoint id of a session that is not the sender's. */
  isSomebodyElsesId(sender: Sender, nick: string): boolean;
  /** What follows from who comes and goes beside what rooms do by themselves; in this order. */
  readonly features: readonly RoomFeature[];
  readonly breakouts: BreakoutRules;
  /** Relays that somebody may use, with credentials of its own. */
  servicesFor(sender: Sender): readonly JsonValue[];
}

/**
 * The chat service: finds the room, asks the rules beside this file what follows from a stanza, and carries it out.
 * Rooms come into being when the focus enters, and end when nobody is left.
 */
export class MucService implements RoomRouter {
  readonly lobbies: LobbyService;
  readonly #options: MucOptions;
  readonly #hosts: MucHosts;
  readonly #outlet: MucOutlet;
  readonly #access: AccessRules;
  readonly #logger: Logger;
  readonly #rooms: RoomRegistry;
  readonly #waiting: WaitingJoins;
  /** By full JID: one stanza of theirs becomes as many as a room has people. */
  readonly #broadcasts = new Map<string, TokenBucket>();

  constructor(options: MucOptions, access: AccessRules, hosts: MucHosts, outlet: MucOutlet, logger: Logger) {
    this.#options = options;
    this.#hosts = hosts;
    this.#outlet = outlet;
    this.#access = access;
    this.#logger = logger;
    this.#waiting = new WaitingJoins(options.focusWaitSeconds * 1000);
    this.#rooms = new RoomRegistry({ ...options, abandoned: (room) => this.#abandoned(room) });
    this.lobbies = new LobbyService({
      maxOccupants: options.maxOccupants,
      maxLobbiesPerSession: options.maxRoomsPerSession,
      lobbyOf: (jid) => this.#rooms.get(roomOfLobby(jid, hosts))?.lobby,
      judgeEntry: (sender, nick, roomJid) => this.#judgeStranger(sender, nick, roomJid),
      judgeBroadcast: (sender, stanza) => this.judgeBroadcast(sender, stanza),
      deliver: (to, stanza) => outlet.deliver(to, stanza),
      refuse: (sender, stanza, error) => outlet.refuse(sender, stanza, error),
    });
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  get occupantCount(): number {
    return this.#rooms.occupantCount;
  }

  get rooms(): Iterable<Room> {
    return this.#rooms.all;
  }

  roomOf(jid: string): Room | undefined {
    return this.#rooms.get(jid);
  }

  toRoom(sender: Sender, roomJid: string, stanza: XmlElement): void {
    const room = this.#rooms.get(roomJid);
    if (stanza.name === 'presence') {
      if (stanza.attrs['type'] === 'unavailable') this.#leave(sender, roomJid, stanza);
      // XEP-0045 §7.2.1: a nick is part of the address.
      else this.#outlet.refuse(sender, stanza, stanzaError('modify', 'jid-malformed', 'A nick is missing.'));
    } else if (stanza.name === 'message') {
      this.#messageToRoom(sender, room, stanza);
    } else {
      this.#iqToRoom(sender, room, stanza);
    }
  }

  toOccupant(sender: Sender, roomJid: string, nick: string, stanza: XmlElement): void {
    if (stanza.name === 'presence') this.#presence(sender, roomJid, nick, stanza);
    else this.#privateStanza(sender, this.#rooms.get(roomJid), nick, stanza);
  }

  /** A client's session is over, so it leaves wherever it is. */
  sessionEnded(jid: string): void {
    this.#waiting.cancelAll(jid);
    this.#broadcasts.delete(jid);
    this.lobbies.sessionEnded(jid);
    for (const room of this.#rooms.roomsOf(jid)) {
      const who = room.byJid(jid);
      if (who === undefined) continue;
      this.act(room, () => leave(room, who));
    }
  }

  /** Whether somebody may be in all rooms that a session is in. */
  mayStay(jid: string, identity: Identity): boolean {
    return this.#rooms.roomsOf(jid).every((room) => this.#judgeEntry(identity, room.jid) === undefined);
  }

  /** A session's client has shown more of who it is, or is in charge no longer. */
  identified(jid: string, identity: Identity): void {
    for (const room of this.#rooms.roomsOf(jid)) {
      const who = room.byJid(jid);
      if (who?.identity === undefined || isSameIdentity(who.identity, identity)) continue;
      if (this.#judgeEntry(identity, room.jid) !== undefined) continue;
      const meeting = this.#meetingOf(room.jid);
      const moderation = moderationOf(identity, meeting, this.#access);
      if (moderation === 'always') room.setAffiliation(bareOf(jid), 'owner');
      // What its earlier token gave, the newer one takes; what else it was granted stays.
      else if (moderation === 'never' && moderationOf(who.identity, meeting, this.#access) === 'always')
        room.setAffiliation(bareOf(jid), 'member');
      this.act(room, () => reidentify(room, who, identity));
    }
  }

  /**
   * The room that a message to a module is about (wire note §7): the one it names, else the one in the URL of its
   * sender's connection, else the one its sender came into last.
   */
  roomFor({ jid, room, tenant }: Sender, named: string | undefined): Room | undefined {
    if (named !== undefined) return this.#rooms.get(named.toLowerCase());
    const inside = this.#rooms.roomsOf(jid);
    const hinted =
      room === undefined
        ? ''
        : roomJid({ node: room.toLowerCase(), ...(tenant !== undefined && { tenant }) }, this.#hosts);
    return inside.find((one) => one.jid === hinted) ?? inside.at(-1);
  }

  /** Why a stanza may not go to everyone in a room, or undefined. */
  judgeBroadcast(sender: Sender, stanza: XmlElement): StanzaError | undefined {
    if (this.#isTooLarge(stanza)) return TOO_LARGE;
    if (sender.identity === undefined) return undefined;
    const nowMs = performance.now();
    const { broadcastBurst, broadcastsPerSecond } = this.#options;
    let bucket = this.#broadcasts.get(sender.jid);
    if (bucket === undefined) {
      bucket = new TokenBucket(broadcastBurst, broadcastsPerSecond, nowMs);
      this.#broadcasts.set(sender.jid, bucket);
    }
    return bucket.take(1, nowMs) ? undefined : TOO_OFTEN;
  }

  /** Lets a rule act on a room, and carries out what it answers and what follows. @returns its refusal, or undefined. */
  act(room: Room, rule: () => readonly Send[] | StanzaError): StanzaError | undefined {
    const before = [...room.occupants];
    const outcome = rule();
    if ('condition' in outcome) return outcome;
    this.#carryOut(outcome);
    this.#follow(room, before);
    return undefined;
  }

  /** A room is kept no longer if nobody is in it. */
  release(room: Room): void {
    this.#rooms.release(room);
    this.lobbies.leftRoom(room, []);
  }

  close(): void {
    for (const feature of this.#outlet.features) feature.close?.();
    this.#rooms.close();
  }

  #presence(sender: Sender, roomJid: string, nick: string, presence: XmlElement): void {
    const { type } = presence.attrs;
    if (type === 'unavailable') {
      this.#leave(sender, roomJid, presence);
      return;
    }
    // Subscriptions and probes mean nothing in a room (XEP-0045 §17.3).
    if (type !== undefined) return;
    const refusal = this.judgeBroadcast(sender, presence);
    if (refusal !== undefined) {
      this.#outlet.refuse(sender, presence, refusal);
      return;
    }
    const room = this.#rooms.get(roomJid);
    const who = room?.byJid(sender.jid);
    if (room !== undefined && who !== undefined && who.nick !== nick) {
      // XEP-0045 §7.6: nicks are locked down; they name the endpoint.
      this.#outlet.refuse(sender, presence, stanzaError('cancel', 'not-acceptable', 'Nicks cannot be changed.'));
    } else if (isJoin(presence)) {
      this.#knock(roomJid, { sender: withMachineUid(sender, presence), nick, presence });
    } else if (room === undefined || who === undefined) {
      this.#outlet.refuse(sender, presence, NOT_IN_ROOM);
    } else {
      this.act(room, () => changePresence(room, who, presence));
      this.#adoptStartMuted(room, nick);
    }
  }

  #knock(roomJid: string, request: JoinRequest): void {
    const { sender, presence } = request;
    const room = this.#rooms.get(roomJid);
    const isFocus = sender.identity === undefined;
    if (!isFocus) {
      const refusal = this.#judgeStranger(sender, request.nick, roomJid);
      if (refusal !== undefined) {
        this.#outlet.refuse(sender, presence, refusal);
        return;
      }
      const isInside = room?.byJid(sender.jid) !== undefined;
      const places = this.#rooms.roomCountOf(sender.jid) + this.#waiting.countOf(sender.jid);
      if (!isInside && places >= this.#options.maxRoomsPerSession) {
        this.#outlet.refuse(sender, presence, stanzaError('wait', 'resource-constraint', 'You are in too many rooms.'));
        return;
      }
      if (room?.hasFocus !== true) {
        this.#wait(roomJid, request);
        return;
      }
    }
    this.#enter(roomJid, request);
    if (isFocus) for (const waiting of this.#waiting.take(roomJid)) this.#enter(roomJid, waiting);
  }

  #wait(roomJid: string, request: JoinRequest): void {
    const { sender, presence } = request;
    if (this.#waiting.sizeOf(roomJid) >= this.#options.maxOccupants) {
      this.#outlet.refuse(sender, presence, stanzaError('wait', 'service-unavailable', 'This meeting is full.'));
      return;
    }
    this.#waiting.add(roomJid, request, () => {
      // Jitsi's client then asks the focus again and retries (wire note §4.5).
      this.#outlet.refuse(sender, presence, stanzaError('cancel', 'not-allowed', 'Room creation is restricted'));
    });
  }

  #enter(roomJid: string, request: JoinRequest): void {
    const { sender, nick, presence } = request;
    const isFocus = sender.identity === undefined;
    const nowMs = Date.now();
    const lobbyJid = lobbyOfRoom(roomJid, this.#hosts);
    const room =
      this.#rooms.get(roomJid) ??
      (isFocus && this.#mayExist(roomJid) ? this.#create(roomJid, lobbyJid, nowMs) : undefined);
    if (room === undefined) {
      this.#outlet.refuse(sender, presence, stanzaError('wait', 'resource-constraint', 'There are too many rooms.'));
      return;
    }
    const affiliation = this.#affiliationFor(room, sender, presence);
    const error = judgeJoin(room, request, { maxOccupants: this.#options.maxOccupants, affiliation });
    if (error !== undefined) {
      this.#outlet.refuse(sender, presence, error);
      this.#left(room, []);
      return;
    }
    // Whoever got past a lobby's door by a password may come again.
    const isNew = room.byJid(sender.jid) === undefined;
    const isNewMember = isNew && room.lobby !== undefined && !isAtLeastMember(affiliation);
    room.setAffiliation(affiliationKey(sender), isNewMember ? 'member' : affiliation);
    const services = isFocus ? [] : this.#outlet.servicesFor(sender);
    this.#carryOut(join(room, request, { metadataHost: this.#hosts.metadata, services }));
    this.#rooms.entered(room, sender);
    this.#adoptStartMuted(room, nick);
    const newcomer = room.byNick(nick);
    if (newcomer !== undefined) this.#tellFeatures((feature) => feature.entered?.(room, newcomer));
  }

  #create(roomJid: string, lobbyJid: string, nowMs: number): Room | undefined {
    const main = this.#outlet.breakouts.mainOf(roomJid);
    const room = this.#rooms.create(roomJid, lobbyJid, nowMs, main);
    const rules = this.#access.matrix;
    if (room === undefined || rules === undefined || !isMatrixMeeting(this.#meetingOf(roomJid))) return room;
    room.areRolesGiven = rules.decidesRoles;
    // From the beginning, so that no guest is inside before the first of the Matrix room.
    if (rules.guests === 'lobby' && main === undefined) room.lobby = new Lobby(lobbyJid, room);
    return room;
  }

  /** Breakout rooms are for whom a moderator has made them; every other room comes into being by its name. */
  #mayExist(roomJid: string): boolean {
    return isMainRoom(roomJid, this.#hosts) || this.#outlet.breakouts.mainOf(roomJid) !== undefined;
  }

  /** Why what someone has shown does not let it in here, or undefined. */
  #judgeEntry(identity: Identity, roomJid: string): StanzaError | undefined {
    return judgeEntry(identity, this.#meetingOf(roomJid), this.#access, Date.now() / 1000);
  }

  /** Bare address of the main room. */
  #meetingOf(roomJid: string): string {
    return this.#outlet.breakouts.mainOf(roomJid)?.jid ?? roomJid;
  }

  /** Why somebody may not enter, whatever the state of the room, or undefined. */
  #judgeStranger(sender: Sender, nick: string, roomJid: string): StanzaError | undefined {
    if (this.#outlet.isSomebodyElsesId(sender, nick)) return NICK_IN_USE;
    const refusal = sender.identity === undefined ? undefined : this.#judgeEntry(sender.identity, roomJid);
    const isBreakout = parseJid(roomJid).domain === this.#hosts.breakout;
    return refusal ?? (isBreakout ? this.#outlet.breakouts.judgeEntry(sender.jid, roomJid) : undefined);
  }

  /** What somebody is to a room: what it was granted there, or owner who moderates wherever it is. */
  #affiliationFor(room: Room, { jid, identity, machineUid }: Sender, presence: XmlElement): Affiliation {
    const granted = room.affiliationOf(jid);
    if (granted === 'outcast' || room.bans.recognise({ identity, machineUid })) return 'outcast';
    if (identity === undefined) return 'owner';
    const meeting = this.#meetingOf(room.jid);
    if (moderationOf(identity, meeting, this.#access) === 'always') return 'owner';
    // Whose PIN has been checked, the gateway says; not where the Matrix room alone says who moderates.
    if (identity.kind === 'gateway' && !room.areRolesGiven && isHostJoin(presence)) return 'owner';
    // The lobby is for guests.
    const isMember = granted === 'none' && matrixStatus(identity, meeting, this.#access) === 'verified';
    return isMember ? 'member' : granted;
  }

  /** What follows from who has left or changed since. @param before who was in the room. */
  #follow(room: Room, before: readonly Occupant[]): void {
    const gone = before.filter(({ nick, jid }) => room.byNick(nick)?.jid !== jid);
    if (gone.length > 0) this.#left(room, gone);
    for (const was of before) {
      const now = room.byNick(was.nick);
      if (now !== undefined && now !== was && now.jid === was.jid) {
        this.#tellFeatures((feature) => feature.changed?.(room, was, now));
      }
    }
  }

  /** To be called after occupants left, or would have been the first to enter. */
  #left(room: Room, gone: readonly Occupant[]): void {
    const jids = gone.map(({ jid }) => jid);
    this.#rooms.left(room, jids);
    this.lobbies.leftRoom(room, jids);
    for (const who of gone) this.#tellFeatures((feature) => feature.left?.(room, who));
  }

  #tellFeatures(event: (feature: RoomFeature) => readonly Send[] | undefined): void {
    for (const feature of this.#outlet.features) this.#carryOut(event(feature) ?? []);
  }

  #carryOut(sends: readonly Send[]): void {
    for (const { stanza, to } of sends) for (const jid of to) this.#outlet.deliver(jid, stanza);
  }

  #adoptStartMuted(room: Room, nick: string): void {
    const who = room.byNick(nick);
    if (who === undefined || !adoptStartMuted(room, who)) return;
    this.#carryOut([{ stanza: metadataMessage(room, this.#hosts.metadata), to: room.receivers() }]);
  }

  #leave(sender: Sender, roomJid: string, presence: XmlElement): void {
    this.#waiting.cancel(roomJid, sender.jid);
    const room = this.#rooms.get(roomJid);
    const who = room?.byJid(sender.jid);
    if (room === undefined || who === undefined) return;
    this.act(room, () => leave(room, who, this.#isTooLarge(presence) ? undefined : presence));
  }

  #messageToRoom(sender: Sender, room: Room | undefined, message: XmlElement): void {
    const { type } = message.attrs;
    if (type === 'error') return;
    const from = room?.byJid(sender.jid);
    if (room === undefined || from === undefined) this.#outlet.refuse(sender, message, NOT_IN_ROOM);
    else if (type !== 'groupchat' && isInvitation(message)) {
      this.#carryOutOrRefuse(sender, message, admit(room, from, message));
    } else if (type !== 'groupchat')
      this.#outlet.refuse(sender, message, stanzaError('cancel', 'feature-not-implemented'));
    else {
      const refusal = this.judgeBroadcast(sender, message);
      this.#carryOutOrRefuse(sender, message, refusal ?? groupMessage(room, from, message, Date.now()));
    }
  }

  #privateStanza(sender: Sender, room: Room | undefined, nick: string, stanza: XmlElement): void {
    if (stanza.name === 'message' && stanza.attrs['type'] === 'error') return;
    if (stanza.name === 'iq') {
      const request = readIqRequest(sender, stanza);
      if (request !== 'response' && 'condition' in request) {
        this.#outlet.refuse(sender, stanza, request);
        return;
      }
    }
    const from = room?.byJid(sender.jid);
    if (room === undefined || from === undefined) this.#outlet.refuse(sender, stanza, NOT_IN_ROOM);
    else if (stanza.name === 'iq') this.#carryOutOrRefuse(sender, stanza, privateIq(room, from, nick, stanza));
    else if (this.#isTooLarge(stanza)) this.#outlet.refuse(sender, stanza, TOO_LARGE);
    else this.#carryOutOrRefuse(sender, stanza, privateMessage(room, from, nick, stanza));
  }

  #iqToRoom(sender: Sender, room: Room | undefined, iq: XmlElement): void {
    const request = readIqRequest(sender, iq);
    if (request === 'response') return;
    if ('condition' in request) {
      this.#outlet.refuse(sender, iq, request);
      return;
    }
    if (room === undefined) {
      this.#outlet.refuse(sender, iq, stanzaError('cancel', 'item-not-found'));
      return;
    }
    const isElection = sender.identity === undefined && request.type === 'set';
    if (isElection && this.#outlet.breakouts.isModerated(room)) {
      this.#outlet.refuse(sender, iq, stanzaError('cancel', 'not-allowed', 'Its moderator is in a breakout room.'));
      return;
    }
    const before = [...room.occupants];
    const outcome = answerRoomIq(room, request);
    if ('error' in outcome) {
      this.#outlet.refuse(sender, iq, outcome.error);
      return;
    }
    // The answer comes before what follows from it, so that one who destroys a room still gets it (XEP-0045 §10.9).
    this.#outlet.deliver(sender.jid, new OutgoingStanza(iqResult(iq, outcome.content)));
    this.#carryOut(outcome.sends);
    this.#follow(room, before);
  }

  #carryOutOrRefuse(sender: Sender, stanza: XmlElement, outcome: readonly Send[] | StanzaError): void {
    if ('condition' in outcome) this.#outlet.refuse(sender, stanza, outcome);
    else this.#carryOut(outcome);
  }

  #isTooLarge(stanza: XmlElement): boolean {
    return serializeXml(stanza).length > this.#options.maxBroadcastLength;
  }

  /** Only the focus is left and has not gone by itself. */
  #abandoned(room: Room): void {
    this.#logger.warn('a room without people was ended, as the focus had not left it');
    this.act(room, () => destroy(room, 'Nobody is in this meeting.', undefined));
  }
}

/** XEP-0045 §7.2.8 */
const NICK_IN_USE = stanzaError('cancel', 'conflict', 'This nick is in use.');
const NOT_IN_ROOM = stanzaError('cancel', 'not-acceptable', 'You are not in this room.');

const TOO_OFTEN = stanzaError('wait', 'policy-violation', 'You send too much to this room.');
const TOO_LARGE = stanzaError('modify', 'policy-violation', 'This is too long to be sent to everyone.');
