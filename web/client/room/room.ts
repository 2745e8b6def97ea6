import { child, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import { readStanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { Debounce } from '../debounce.ts';
import { Emitter } from '#protocol/emitter.ts';
import { log } from '../log.ts';
import { lockForm, membersOnlyForm, NS_DISCO_INFO, readRoomInfo, type RoomInfo } from './disco.ts';
import {
  NS_MUC_ADMIN,
  NS_MUC_OWNER,
  NS_MUC_USER,
  readPresence,
  writePresence,
  type Occupant,
  type OwnPresence,
  type RoomPresence,
} from './presence.ts';

/** Presence that changes in a burst (mute, then a new name) goes out together. */
const PRESENCE_INTERVAL_MS = 60;
const LEAVE_TIMEOUT_MS = 2_000;
// XEP-0045 §15.6
const STATUS_CONFIGURATION_CHANGED = 104;
const STATUS_SELF = 110;
const STATUS_BANNED = 301;
const STATUS_KICKED = 307;

/** `by`: nick of who did it. */
export type Removal =
  | { readonly code: 'kicked' | 'banned'; readonly by: string | undefined; readonly text: string | undefined }
  /** `instead`: bare JID of the room to go to. */
  | { readonly code: 'destroyed'; readonly by: string | undefined; readonly instead: string | undefined }
  /** The room let go of us for another reason, e.g. its server restarts. */
  | { readonly code: 'removed' };

export interface RoomEvents {
  joined: [];
  refused: [StanzaError];
  removed: [Removal];
  /** Somebody else was removed, and goes next. `by`: nick of who did it. */
  kicked: [nick: string, by: string | undefined];
  /** Someone came, changed, or `undefined`: went. */
  occupant: [nick: string, occupant: Occupant | undefined];
  focusLeft: [];
  subject: [string];
  info: [RoomInfo];
}

/** What a room needs of the connection. */
export interface RoomConnection {
  send(stanza: XmlElement): boolean;
  /** @throws RequestError */
  request(iq: XmlElement): Promise<XmlElement>;
}

export interface RoomOptions {
  readonly connection: RoomConnection;
  /** Bare JID of the room. */
  readonly jid: string;
  /** Own endpoint id. */
  readonly nick: string;
  /** Current presence content. */
  readonly own: () => OwnPresence;
}

/** Our occupancy of one room (XEP-0045), from the joining presence to the end. */
export class Room extends Emitter<RoomEvents> {
  readonly jid: string;
  readonly nick: string;
  readonly #connection: RoomConnection;
  readonly #own: () => OwnPresence;
  readonly #occupants = new Map<string, Occupant>();
  readonly #presence = new Debounce(PRESENCE_INTERVAL_MS, () => this.#sendPresence());
  #focusJid: string | undefined;
  #state: 'outside' | 'joining' | 'joined' | 'leaving' | 'ended' = 'outside';
  #left: (() => void) | undefined;
  /** The presence that entered the room says less than is true by now, e.g. of a camera that came a moment later. */
  #hasChangedWhileJoining = false;

  constructor({ connection, jid, nick, own }: RoomOptions) {
    super();
    this.#connection = connection;
    this.jid = jid;
    this.nick = nick;
    this.#own = own;
  }

  get isJoined(): boolean {
    return this.#state === 'joined';
  }

  /** Occupants in order of arrival, own and focus's left out. */
  get occupants(): ReadonlyMap<string, Occupant> {
    return this.#occupants;
  }

  /** Real JID of the focus's occupant. */
  get focusJid(): string | undefined {
    return this.#focusJid;
  }

  get focusAddress(): string {
    return `${this.jid}/${FOCUS_NICK}`;
  }

  join(password: string | undefined): void {
    this.#state = 'joining';
    this.#hasChangedWhileJoining = false;
    this.#connection.send(writePresence(`${this.jid}/${this.nick}`, this.#own(), { password }));
  }

  /** Something about us changed; goes out soon, or once we are inside. */
  presenceChanged(): void {
    if (this.#state === 'joined') this.#presence.trigger();
    else if (this.#state === 'joining') this.#hasChangedWhileJoining = true;
  }

  /**
   * Resolves when the room has confirmed it, or after a moment.
   * @param isMoving to another room of the same meeting
   */
  async leave(isMoving = false): Promise<void> {
    this.#presence.cancel();
    if (this.#state !== 'joined' && this.#state !== 'joining') return;
    this.#state = 'leaving';
    // Wire note §4.2: for those who stay.
    const status = isMoving && xml('status', {}, 'switch_room');
    if (!this.#connection.send(xml('presence', { to: `${this.jid}/${this.nick}`, type: 'unavailable' }, status)))
      return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LEAVE_TIMEOUT_MS);
    this.#left = resolve;
    await promise;
    clearTimeout(timer);
    this.#state = 'ended';
  }

  /** The session that was in the room is gone, without a word to anyone. */
  abandon(): void {
    this.#presence.cancel();
    this.#state = 'ended';
  }

  /** @returns true if the stanza was about this room's occupants or settings; messages with a body are left to the chat */
  receive(stanza: XmlElement): boolean {
    const from = stanza.attrs['from'];
    if (this.#state === 'ended' || from === undefined || bareOf(from) !== this.jid) return false;
    if (stanza.name === 'presence') {
      this.#receivePresence(stanza, resourceOf(from) ?? '');
      return true;
    }
    if (stanza.name !== 'message' || child(stanza, 'body') !== undefined) return false;
    const subject = childText(stanza, 'subject');
    if (stanza.attrs['type'] === 'groupchat' && subject !== undefined) {
      this.emit('subject', subject.slice(0, 1_024));
      return true;
    }
    const user = child(stanza, 'x', NS_MUC_USER);
    const code = user === undefined ? undefined : child(user, 'status')?.attrs['code'];
    if (from === this.jid && Number(code) === STATUS_CONFIGURATION_CHANGED) {
      void this.#requestInfo();
      return true;
    }
    return false;
  }

  /** @throws RequestError */
  async kick(nick: string, reason: string | undefined): Promise<void> {
    const item = xml('item', { nick, role: 'none' }, reason !== undefined && xml('reason', {}, reason));
    await this.#set(xml('query', { xmlns: NS_MUC_ADMIN }, item));
  }

  /** Owners moderate, outcasts stay out as long as the meeting lasts (XEP-0045 §9.1, §10.3). @throws RequestError */
  async setAffiliation(occupant: Occupant, affiliation: 'owner' | 'outcast'): Promise<void> {
    // By nick: all who call by telephone have one account, and one of them is meant.
    await this.#set(xml('query', { xmlns: NS_MUC_ADMIN }, xml('item', { nick: occupant.nick, affiliation })));
  }

  /** @throws RequestError */
  async setPassword(password: string | undefined): Promise<void> {
    await this.#set(xml('query', { xmlns: NS_MUC_OWNER }, lockForm(password)));
  }

  /** @throws RequestError */
  async setMembersOnly(isOn: boolean, isLocked: boolean): Promise<void> {
    await this.#set(xml('query', { xmlns: NS_MUC_OWNER }, membersOnlyForm(isOn, isLocked)));
  }

  setSubject(subject: string): void {
    this.#connection.send(xml('message', { to: this.jid, type: 'groupchat' }, xml('subject', {}, subject)));
  }

  #set(content: XmlElement): Promise<XmlElement> {
    return this.#connection.request(xml('iq', { type: 'set', to: this.jid }, content));
  }

  #sendPresence(): void {
    this.#connection.send(writePresence(`${this.jid}/${this.nick}`, this.#own()));
  }

  #receivePresence(stanza: XmlElement, nick: string): void {
    if (stanza.attrs['type'] === 'error') {
      this.#refused(stanza, nick);
      return;
    }
    const presence = readPresence(stanza, nick);
    const isSelf = nick === this.nick || presence.statusCodes.has(STATUS_SELF);
    if (nick === FOCUS_NICK) this.#receiveFocus(presence);
    else if (isSelf) this.#receiveSelf(presence);
    else this.#receiveOccupant(presence);
  }

  #refused(stanza: XmlElement, nick: string): void {
    const error = readStanzaError(stanza);
    if (nick !== this.nick || error === undefined) return;
    if (this.#state === 'joining') {
      this.#state = 'ended';
      this.emit('refused', error);
    } else if (error.condition === 'not-acceptable' || error.condition === 'item-not-found') {
      // XEP-0045 §7.14: the room does not know us (any more).
      this.#remove({ code: 'removed' });
    } else {
      log.warn('the room refused a presence', error.condition);
    }
  }

  #receiveFocus({ isUnavailable, occupant }: RoomPresence): void {
    this.#focusJid = isUnavailable ? undefined : occupant.jid;
    if (isUnavailable && this.#state === 'joined') this.emit('focusLeft');
  }

  #receiveSelf(presence: RoomPresence): void {
    if (presence.isUnavailable) {
      const { statusCodes, destroyed, actor, reason } = presence;
      if (this.#state === 'leaving') {
        this.#left?.();
      } else if (destroyed !== undefined) {
        this.#remove({ code: 'destroyed', by: actor, instead: destroyed.instead });
      } else if (statusCodes.has(STATUS_BANNED)) {
        this.#remove({ code: 'banned', by: actor, text: reason });
      } else if (statusCodes.has(STATUS_KICKED)) {
        this.#remove({ code: 'kicked', by: actor, text: reason });
      } else {
        this.#remove({ code: 'removed' });
      }
      return;
    }
    const isFirst = this.#state === 'joining';
    if (isFirst) this.#state = 'joined';
    this.emit('occupant', this.nick, presence.occupant);
    if (!isFirst) return;
    this.emit('joined');
    if (this.#hasChangedWhileJoining) this.#presence.trigger();
    void this.#requestInfo();
  }

  #receiveOccupant({ occupant, isUnavailable, statusCodes, actor }: RoomPresence): void {
    const { nick } = occupant;
    if (isUnavailable) {
      if (statusCodes.has(STATUS_KICKED) || statusCodes.has(STATUS_BANNED)) this.emit('kicked', nick, actor);
      this.#occupants.delete(nick);
      this.emit('occupant', nick, undefined);
      return;
    }
    this.#occupants.set(nick, occupant);
    this.emit('occupant', nick, occupant);
  }

  #remove(removal: Removal): void {
    this.abandon();
    this.emit('removed', removal);
  }

  async #requestInfo(): Promise<void> {
    try {
      const query = xml('query', { xmlns: NS_DISCO_INFO });
      const answer = await this.#connection.request(xml('iq', { type: 'get', to: this.jid }, query));
      this.emit('info', readRoomInfo(answer));
    } catch (error) {
      // Only the lock symbol and the clock of the meeting depend on it.
      log.debug('the room did not say its settings', error);
    }
  }
}
