import type { XmlElement } from '#protocol/xmpp/element.ts';
import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import type { BridgeLink } from '../bridge/bridge-link.ts';
import type { StateStore } from '../meeting-state.ts';
import {
  CommandError,
  type ChatMode,
  type ModerationControl,
  type MuteKind,
  type StartMuted,
} from '../meeting-types.ts';
import { readComponentMessage } from '../room/component-message.ts';
import type { Occupant } from '../room/presence.ts';
import { muteElement } from '../session/bridge-session.ts';
import type { Stay } from '../stay.ts';
import { NOTHING_RESTRICTED, permissionsMessage, readPermissions, withChatMode } from './chat-rights.ts';
import type { MessageRequests } from './message-requests.ts';
import { endConferenceMessage, isLowerHand, lowerHandPayload } from './moderation-stanzas.ts';
import { allowMessage, changeReservations, NOTHING_RESERVED, reserveMessage } from './reservations.ts';
import { NOBODY_STARTS_MUTED, readStartMuted, startMutedMessage } from './start-muted.ts';

export interface ModerationPorts {
  /** Bare JID of the room we are in. */
  readonly room: () => string;
  readonly hosts: XmppHosts;
  readonly state: StateStore;
  readonly bridge: BridgeLink;
  readonly requests: MessageRequests;
  readonly occupant: (id: string) => Occupant | undefined;
  readonly lowerOwnHand: () => void;
  /** @throws CommandError */
  readonly command: (run: (stay: Stay) => Promise<unknown>) => Promise<void>;
}

/** What moderators do with others; the server decides whether one may. */
export class Moderation implements ModerationControl {
  readonly #ports: ModerationPorts;

  constructor(ports: ModerationPorts) {
    this.#ports = ports;
    ports.bridge.on('message', (from, payload) => {
      const moderator = ports.occupant(from);
      // Anybody in the room can send this.
      if (!isLowerHand(payload) || moderator?.isModerator !== true) return;
      if (ports.state.value.self.handRaisedAtMs === undefined) return;
      ports.state.patchSelf({ handLoweredBy: moderator.displayName });
      ports.lowerOwnHand();
    });
  }

  async mute(id: string, kind: MuteKind): Promise<void> {
    const { command, room } = this.#ports;
    await command((stay) => stay.requestFocus(muteElement(kind, `${room()}/${id}`, true)));
  }

  async muteEveryone(kind: MuteKind, except?: string): Promise<void> {
    const others = this.#ports.state.value.participants.filter(({ id }) => id !== except);
    // Whoever leaves meanwhile needs no muting.
    await Promise.all(others.map(({ id }) => this.mute(id, kind).catch(unlessGone)));
  }

  async kick(id: string, reason?: string): Promise<void> {
    await this.#ports.command((stay) => stay.room.kick(id, reason));
  }

  async ban(id: string): Promise<void> {
    await this.#ports.command((stay) => stay.room.setAffiliation(this.#present(id), 'outcast'));
  }

  async grantModerator(id: string): Promise<void> {
    await this.#ports.command((stay) => stay.room.setAffiliation(this.#present(id), 'owner'));
  }

  async setReserved(kind: MuteKind, isReserved: boolean): Promise<void> {
    const { command, hosts, requests } = this.#ports;
    await command(() => requests.send(reserveMessage(hosts.avModeration, kind, isReserved)));
  }

  async setAllowed(id: string, kind: MuteKind, isAllowed: boolean): Promise<void> {
    const { command, hosts, requests, room } = this.#ports;
    await command(() => requests.send(allowMessage(hosts.avModeration, kind, `${room()}/${id}`, isAllowed)));
  }

  async setChatMode(mode: ChatMode): Promise<void> {
    const { command, hosts, requests, room, state } = this.#ports;
    const permissions = withChatMode(state.value.permissions, mode);
    await command(() => requests.send(permissionsMessage(hosts.metadata, room(), permissions)));
  }

  async setStartMuted(startMuted: StartMuted): Promise<void> {
    const { command, hosts, requests, room } = this.#ports;
    await command(() => requests.send(startMutedMessage(hosts.metadata, room(), startMuted)));
  }

  async lowerHand(id: string): Promise<void> {
    await this.#ports.command(() => this.#sendOverBridge(id));
  }

  async lowerAllHands(): Promise<void> {
    this.#ports.lowerOwnHand();
    await this.#ports.command(() => this.#sendOverBridge(''));
  }

  async endForAll(): Promise<void> {
    const { command, hosts, requests } = this.#ports;
    await command(() => requests.send(endConferenceMessage(hosts.endConference)));
  }

  /** A new stay: the components tell again what is reserved. */
  reset(): void {
    this.#ports.state.patch({
      reservations: NOTHING_RESERVED,
      permissions: NOTHING_RESTRICTED,
      startMuted: NOBODY_STARTS_MUTED,
    });
  }

  /** @returns true if the stanza was about what moderators have set */
  receive(stanza: XmlElement): boolean {
    const { hosts, room, state } = this.#ports;
    const metadata = readComponentMessage(stanza, hosts.metadata);
    const permissions = metadata && readPermissions(metadata);
    const startMuted = metadata && readStartMuted(metadata);
    if (permissions !== undefined && startMuted !== undefined) {
      state.patch({ permissions, startMuted });
      return true;
    }
    const message = readComponentMessage(stanza, hosts.avModeration);
    if (message === undefined) return false;
    state.patch({ reservations: changeReservations(state.value.reservations, message, room()) });
    return true;
  }

  #present(id: string): Occupant {
    const occupant = this.#ports.occupant(id);
    if (occupant === undefined) throw new CommandError('gone', 'this person is not here any more');
    return occupant;
  }

  async #sendOverBridge(to: string): Promise<void> {
    if (this.#ports.bridge.say(lowerHandPayload, to)) return;
    throw new CommandError('not-connected', 'the bridge cannot be reached now');
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof CommandError) || error.code !== 'gone') throw error;
}
