import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import type { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Identity } from '../identity/identity.ts';
import { roleOf, type Affiliation, type Role } from './affiliation.ts';
import { Bans } from './bans.ts';
import { History } from './history.ts';
import type { Lobby } from './lobby.ts';
import { MessageAuthors } from './message-authors.ts';
import { RoomMetadata } from './room-metadata.ts';

/** Someone in a room. */
export interface Occupant {
  readonly nick: string;
  /** Full real JID. */
  readonly jid: string;
  readonly affiliation: Affiliation;
  readonly role: Role;
  /** Undefined for the focus. */
  readonly identity: Identity | undefined;
  readonly machineUid: string | undefined;
  /** Children of the last presence, without what only the server may say: the full state (wire note §4.1). */
  readonly payload: readonly XmlElement[];
  /** That presence as everyone else gets it, newcomers included; written out once. */
  readonly announcement: OutgoingStanza;
}

/** A stanza and those who get it; what room rules answer, for the router to carry out. */
export interface Send {
  readonly stanza: OutgoingStanza;
  /** Full JIDs. */
  readonly to: readonly string[];
}

export interface RoomOptions {
  /** Bare JID. */
  readonly jid: string;
  /** Bare JID of its lobby, should it get one. */
  readonly lobbyJid: string;
  /** The room it is a breakout room of. */
  readonly main?: Room | undefined;
  /** Unique id of this meeting (wire note §4.6). */
  readonly meetingId: string;
  readonly createdAtMs: number;
  readonly historyMessages: number;
}

/** The state of one room. It holds data and keeps its indexes right; the rules are in the files beside it. */
export class Room {
  readonly jid: string;
  readonly lobbyJid: string;
  readonly meetingId: string;
  readonly createdAtMs: number;
  readonly history: History;
  readonly main: Room | undefined;
  readonly bans: Bans;
  readonly authors = new MessageAuthors();
  readonly metadata = new RoomMetadata();
  /** XEP-0045 §10.1 `muc#roomconfig_roomsecret`; undefined: no password is asked for. */
  password: string | undefined;
  /** There is one while only members may enter (XEP-0045 §10.1 `muc#roomconfig_membersonly`). */
  lobby: Lobby | undefined;
  /** It stays although nobody is in it: people are in its breakout rooms. */
  isHeld = false;
  /** Who moderates is decided elsewhere: moderators make nobody one. */
  areRolesGiven = false;
  /** Somebody has ended it for all. */
  hasEnded = false;
  subject: { readonly text: string; readonly from: string } | undefined;
  readonly #byNick = new Map<string, Occupant>();
  readonly #byJid = new Map<string, Occupant>();
  readonly #affiliations: Map<string, Affiliation>;

  constructor(options: RoomOptions) {
    this.jid = options.jid;
    this.lobbyJid = options.lobbyJid;
    this.meetingId = options.meetingId;
    this.createdAtMs = options.createdAtMs;
    this.main = options.main;
    // Whoever moderates, or is banned, is so in the whole meeting.
    const { main } = options;
    this.bans = main === undefined ? new Bans() : main.bans;
    this.#affiliations = main === undefined ? new Map() : main.#affiliations;
    // Who may write is as it was in the main room, until a moderator says otherwise here.
    if (main !== undefined) this.metadata.adoptPermissions(main.metadata);
    this.history = new History(options.historyMessages);
  }

  get occupants(): Iterable<Occupant> {
    return this.#byNick.values();
  }

  get size(): number {
    return this.#byNick.size;
  }

  /** Occupants other than the focus. */
  get peopleCount(): number {
    return this.#byNick.size - (this.hasFocus ? 1 : 0);
  }

  get hasFocus(): boolean {
    return this.#byNick.has(FOCUS_NICK);
  }

  byNick(nick: string): Occupant | undefined {
    return this.#byNick.get(nick);
  }

  /** @param jid full real JID. */
  byJid(jid: string): Occupant | undefined {
    return this.#byJid.get(jid);
  }

  /** Everyone's full JID, optionally without one. */
  receivers(except?: Occupant): string[] {
    const jids: string[] = [];
    for (const occupant of this.#byNick.values()) if (occupant.nick !== except?.nick) jids.push(occupant.jid);
    return jids;
  }

  /** Adds an occupant, or replaces what is known of one. */
  put(occupant: Occupant): void {
    this.#byNick.set(occupant.nick, occupant);
    this.#byJid.set(occupant.jid, occupant);
  }

  remove(occupant: Occupant): void {
    this.#byNick.delete(occupant.nick);
    this.#byJid.delete(occupant.jid);
  }

  /** @param jid full or bare. */
  affiliationOf(jid: string): Affiliation {
    return this.#affiliations.get(jid) ?? this.#affiliations.get(bareOf(jid)) ?? 'none';
  }

  /** @param key see `affiliationKey`. */
  setAffiliation(key: string, affiliation: Affiliation): void {
    if (affiliation === 'none') this.#affiliations.delete(key);
    else this.#affiliations.set(key, affiliation);
  }

  affiliated(affiliation: Affiliation): string[] {
    return [...this.#affiliations].filter(([, value]) => value === affiliation).map(([jid]) => jid);
  }

  get affiliationCount(): number {
    return this.#affiliations.size;
  }

  roleFor(jid: string): Role {
    return roleOf(this.affiliationOf(jid));
  }
}
