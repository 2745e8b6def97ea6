import type { XmlElement } from '#protocol/xmpp/element.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { merged, type StateStore } from '../meeting-state.ts';
import { CommandError } from '../meeting-types.ts';
import type { EndReason, LobbyControl, LobbyMessage, LobbyState, MeetingPhase } from '../meeting-types.ts';
import type { Room, RoomConnection } from '../room/room.ts';
import { Knock, type LobbyPlace } from './knock.ts';
import { LobbyWatch } from './lobby-watch.ts';
import { readLobbyRefusal } from '#protocol/xmpp/lobby.ts';

const MAX_MESSAGES = 500;
const NOBODY: LobbyState['knockers'] = [];

/** What the room has said of us, once we are in it. */
interface Inside {
  readonly nick: string;
  readonly isModerator: boolean;
  /** Bare JID, or undefined if strangers may enter. */
  readonly lobby: string | undefined;
}
const NOT_INSIDE: Inside = { nick: '', isModerator: false, lobby: undefined };

export interface LobbyDoorPorts {
  readonly connection: RoomConnection;
  /** Bare JIDs; the lobby's is used until the room has named it. */
  readonly room: string;
  readonly lobby: string;
  readonly state: StateStore;
  /** Own nick under the session that is bound now; undefined while there is none. */
  readonly nick: () => string | undefined;
  readonly setPhase: (phase: MeetingPhase) => void;
  /** Let in: joins the room. */
  readonly enter: (password: string | undefined) => void;
  readonly end: (reason: EndReason) => void;
  /** @throws CommandError */
  readonly command: (run: (room: Room) => Promise<unknown>) => Promise<void>;
}

/** Both sides of a room's door: waiting before it, and as a moderator letting people in (wire note §7.4). */
export class LobbyDoor implements LobbyControl {
  readonly #ports: LobbyDoorPorts;
  #lobby: string;
  /** The room has sent us to the lobby. */
  #isOutside = false;
  #inside = NOT_INSIDE;
  #knock: Knock | undefined;
  #watch: LobbyWatch | undefined;

  constructor(ports: LobbyDoorPorts) {
    this.#ports = ports;
    this.#lobby = ports.lobby;
  }

  knock(displayName: string): void {
    const nick = this.#ports.nick();
    if (nick === undefined || !this.#isOutside) return;
    this.#ports.state.patchSelf({ displayName });
    this.#startKnocking(nick);
  }

  stopKnocking(): void {
    this.#knock?.stop();
    this.#knock = undefined;
    this.#isOutside = false;
    this.#patch({ messages: [] });
    this.#ports.setPhase({ name: 'idle' });
  }

  say(text: string, to?: string): void {
    if (to === undefined) this.#knock?.say(text);
    else this.#watch?.say(to, text);
  }

  admit(ids: readonly string[]): void {
    this.#watch?.admit(ids);
  }

  async deny(id: string): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined) throw new CommandError('not-connected', 'not a moderator of the lobby now');
    await this.#ports.command(() => watch.deny(id));
  }

  async setOn(isOn: boolean): Promise<void> {
    await this.#ports.command((room) => room.setMembersOnly(isOn, this.#ports.state.value.isLocked));
  }

  /** What a refused join means here; undefined if it has nothing to do with a lobby. */
  phaseOfRefusal(error: StanzaError, hadPassword: boolean): MeetingPhase | undefined {
    const refusal = readLobbyRefusal(error);
    if (refusal?.kind === 'knock') this.#lobby = refusal.lobby;
    const isWrongPassword = this.#isOutside && error.condition === 'not-authorized';
    if (refusal === undefined && !isWrongPassword) return undefined;
    this.#isOutside = true;
    return { name: 'lobby', isWaiting: false, wasPasswordWrong: hadPassword };
  }

  /** A new session is bound; whoever waited under the old one is not seen any more. @returns whether we wait */
  bound(nick: string): boolean {
    this.#watch = undefined;
    if (this.#knock === undefined) return false;
    this.#startKnocking(nick);
    return true;
  }

  /** We enter the room, or ask to: whatever we were in the lobby is over. */
  reset(): void {
    this.#knock?.stop();
    this.#knock = undefined;
    this.#watch = undefined;
    this.#inside = NOT_INSIDE;
    this.#patch({ knockers: NOBODY });
  }

  /** What the room says of us and of its lobby. */
  update(changes: Partial<Inside>): void {
    this.#isOutside = false;
    this.#inside = { ...this.#inside, ...changes };
    const { nick, isModerator, lobby } = this.#inside;
    this.#patch({ isOn: lobby !== undefined });
    const wanted = isModerator ? lobby : undefined;
    if (this.#watch?.lobby === wanted) return;
    // A lobby that is gone needs no farewell.
    if (lobby !== undefined) this.#watch?.stop();
    this.#watch = undefined;
    this.#patch({ knockers: NOBODY });
    if (wanted === undefined) return;
    const watch = new LobbyWatch(this.#place(wanted, nick));
    this.#watch = watch;
    watch.on('changed', () => this.#patch({ knockers: watch.knockers }));
    watch.on('message', (message) => this.#add(message));
    watch.begin();
  }

  /** @returns true if the stanza was about the lobby */
  receive(stanza: XmlElement): boolean {
    return this.#knock?.receive(stanza) === true || this.#watch?.receive(stanza) === true;
  }

  #startKnocking(nick: string): void {
    const { setPhase, enter, end } = this.#ports;
    const knock = new Knock(this.#place(this.#lobby, nick));
    this.#knock = knock;
    const over = (then: () => void) => () => {
      this.#knock = undefined;
      then();
    };
    knock.on('waiting', () => setPhase({ name: 'lobby', isWaiting: true, wasPasswordWrong: false }));
    knock.on('admitted', (password) => over(() => enter(password))());
    knock.on(
      'denied',
      over(() => end({ code: 'refused-in-lobby' })),
    );
    knock.on(
      'over',
      over(() => end({ code: 'meeting-ended', by: undefined })),
    );
    // The lobby may have closed a moment ago: the room itself says what is so now.
    knock.on('refused', ({ condition, text }) =>
      over(() => {
        if (condition === 'item-not-found') enter(undefined);
        else if (condition === 'forbidden') end({ code: 'banned', by: undefined });
        else end({ code: 'not-allowed', text });
      })(),
    );
    knock.on('message', (message) => this.#add(message));
    knock.begin();
  }

  #place(lobby: string, nick: string): LobbyPlace {
    const { connection, room, state } = this.#ports;
    return { connection, lobby, room, nick, displayName: state.value.self.displayName };
  }

  #add(message: LobbyMessage): void {
    this.#patch({ messages: [...this.#ports.state.value.lobby.messages, message].slice(-MAX_MESSAGES) });
  }

  #patch(changes: Partial<LobbyState>): void {
    const { state } = this.#ports;
    state.patch({ lobby: merged(state.value.lobby, changes) });
  }
}
