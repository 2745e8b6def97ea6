import { ENDPOINT_ID } from '#protocol/media/source.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import type { AudibleMedia } from './audio-levels.ts';
import type { BridgeLink } from './bridge/bridge-link.ts';
import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import { backoff } from '#protocol/xmpp-client/retry-policy.ts';
import { Emitter } from '#protocol/emitter.ts';
import { endOfConferenceRequest, isSessionInvalid, isWaitForHost } from './end-reasons.ts';
import { log } from './log.ts';
import type { EndReason, MuteKind } from './meeting-types.ts';
import { DeferredPeerLink } from './peer/deferred-peer-link.ts';
import { requestConference } from './room/focus-requests.ts';
import type { Occupant, OwnPresence } from './room/presence.ts';
import type { RoomInfo } from './room/disco.ts';
import { Room, type Removal } from './room/room.ts';
import type { LocalSources } from './session/local-sources.ts';
import { MediaLink, type ReceivedMedia } from './session/media-link.ts';
import type { SimulcastStyle } from './session/media-session.ts';
import type { MediaRecovery } from './session/recovery.ts';

/** Wire note §3.1: a conference that is not ready is asked for again. */
const CONFERENCE_RETRY = backoff({ firstDelayMs: 1_000, factor: 2, maxDelayMs: 15_000, giveUpAfterMs: 120_000 });

/** How often people who wait for a host ask whether one has come. */
const HOST_POLL_MS = 4_000;

/** What lasts longer than one stay. */
export interface StayPorts {
  readonly connection: Connection;
  readonly hosts: XmppHosts;
  /** Bare JID of the room. */
  readonly room: string;
  /** The newest one. */
  readonly token: () => string | undefined;
  readonly machineUid: string;
  /** Of a host's log-in. */
  readonly session: { readonly sessionId: string | undefined; forget(): void };
  readonly local: LocalSources;
  readonly bridge: BridgeLink;
  readonly recovery: MediaRecovery;
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
  readonly simulcast: SimulcastStyle;
  readonly useIceLite: boolean;
  /** Two people may talk without the bridge. */
  readonly usesPeerToPeer: boolean;
  /** Moderators keep a kind of media for themselves now. */
  readonly isReserved: () => boolean;
  readonly own: () => OwnPresence;
}

export interface StayEvents {
  joined: [];
  refused: [StanzaError];
  /** Nobody who may open the meeting has yet; it is asked for again and again. */
  waitingForHost: [];
  /** The meeting is open, we go in. */
  opened: [];
  /** The focus will not come. */
  unavailable: [EndReason];
  removed: [Removal];
  kicked: [nick: string, by: string | undefined];
  focusLeft: [];
  occupant: [nick: string, occupant: Occupant | undefined];
  subject: [string];
  info: [RoomInfo];
  received: [];
  muted: [kind: MuteKind, actor: string | undefined];
}

/** One stay in the room under one bound JID: conference request, occupancy, media. A lost session needs a new stay. */
export class Stay extends Emitter<StayEvents> {
  readonly room: Room;
  readonly media: MediaLink;
  readonly peer: DeferredPeerLink;
  readonly id: string;
  readonly #ports: StayPorts;
  #focusAccount: string | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;
  /** Counts calls of `begin`; the answer to an earlier one comes too late. */
  #request = 0;

  constructor(jid: string, ports: StayPorts) {
    super();
    const { connection, hosts, local, bridge, recovery } = ports;
    this.#ports = ports;
    this.id = endpointIdOf(jid);
    bridge.setEndpoint(this.id);
    this.room = new Room({ connection, jid: ports.room, nick: this.id, own: ports.own });
    const room = this.room;
    this.media = new MediaLink(local, bridge, recovery, {
      endpoint: this.id,
      jid,
      focusAddress: `${ports.room}/${FOCUS_NICK}`,
      isFocusVerified: () => room.focusJid !== undefined && bareOf(room.focusJid) === this.#focusAccount,
      isCompany: () => room.occupants.size > 0,
      request: (to, content) => connection.request(xml('iq', { type: 'set', to }, content)),
      iceServers: ports.iceServers,
      simulcast: ports.simulcast,
      useIceLite: ports.useIceLite,
    });
    this.peer = new DeferredPeerLink({
      isEnabled: ports.usesPeerToPeer,
      endpoint: this.id,
      room: ports.room,
      company: () => ({ others: room.occupants, isReserved: ports.isReserved() }),
      local,
      media: this.media,
      bridge,
      request: (to, content) => connection.request(xml('iq', { type: 'set', to }, content)),
      iceServers: ports.iceServers,
    });
    room.on('joined', () => this.emit('joined'));
    room.on('refused', (error) => this.emit('refused', error));
    room.on('removed', (removal) => this.emit('removed', removal));
    room.on('kicked', (nick, by) => this.emit('kicked', nick, by));
    room.on('focusLeft', () => this.emit('focusLeft'));
    room.on('occupant', (nick, occupant) => {
      this.emit('occupant', nick, occupant);
      this.peer.companyChanged();
    });
    room.on('subject', (subject) => this.emit('subject', subject));
    room.on('info', (info) => this.emit('info', info));
    this.media.on('received', () => this.emit('received'));
    this.peer.on('changed', () => this.emit('received'));
    this.media.on('muted', (kind, actor) => this.emit('muted', kind, actor));
    log.debug(`stay in ${hosts.muc} begins`, this.id);
  }

  /** Asks for the conference, then enters the room. */
  begin(password: string | undefined): void {
    clearTimeout(this.#retryTimer);
    this.#request += 1;
    void this.#begin(this.#request, password, 1, performance.now());
  }

  handleRequest(iq: XmlElement): XmlElement | Promise<XmlElement> | undefined {
    return this.media.handleRequest(iq) ?? this.peer.handleRequest(iq);
  }

  /** What we receive of others, each source by the way that it takes now. */
  received(): readonly ReceivedMedia[] {
    const direct = this.peer.received();
    const names = new Set(direct.map(({ source }) => source.name));
    const others = this.media.session?.media.received() ?? [];
    return [...direct, ...others.filter(({ source }) => !names.has(source.name))];
  }

  /** The connections in use, the one that we are heard on first. */
  get audible(): readonly AudibleMedia[] {
    return [this.peer.media, this.media.session?.media].filter((media) => media !== undefined);
  }

  /** Sends an IQ to the focus's occupant. @throws RequestError */
  requestFocus(content: XmlElement): Promise<XmlElement> {
    return this.request('set', FOCUS_NICK, content);
  }

  /** Sends an IQ to somebody in the room. @throws RequestError */
  request(type: 'get' | 'set', nick: string, content: XmlElement): Promise<XmlElement> {
    return this.#ports.connection.request(xml('iq', { type, to: `${this.room.jid}/${nick}` }, content));
  }

  /** @param isMoving to another room of the same meeting */
  async leave(isMoving = false): Promise<void> {
    this.#over();
    await this.room.leave(isMoving);
  }

  /** The session is gone; nobody is told. */
  abandon(): void {
    this.#over();
    this.room.abandon();
  }

  async #begin(request: number, password: string | undefined, attempt: number, sinceMs: number): Promise<void> {
    const { connection, hosts, room, machineUid, session } = this.#ports;
    const { sessionId } = session;
    const token = this.#ports.token();
    let refusal: RequestError | undefined;
    let focusJid: string | undefined;
    try {
      ({ focusJid } = await requestConference(connection, hosts.focus, { room, machineUid, token, sessionId }));
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      refusal = error;
    }
    if (this.#isOver || request !== this.#request) return;
    if (focusJid !== undefined) {
      this.#focusAccount = focusJid;
      this.emit('opened');
      this.room.join(password);
      return;
    }
    if (refusal?.code === 'not-connected') return; // a new stay follows the new connection
    if (isWaitForHost(refusal)) {
      this.emit('waitingForHost');
      this.#retryTimer = setTimeout(() => this.begin(password), HOST_POLL_MS * (0.75 + Math.random() / 2));
      return;
    }
    const isForgotten = sessionId !== undefined && isSessionInvalid(refusal);
    if (isForgotten) session.forget();
    const end = refusal === undefined || isForgotten ? undefined : endOfConferenceRequest(refusal, token !== undefined);
    const delayMs = isForgotten ? 0 : CONFERENCE_RETRY.delayMs(attempt, performance.now() - sinceMs, Math.random());
    if (end !== undefined || delayMs === undefined) {
      this.emit('unavailable', end ?? { code: 'protocol-error', text: 'the meeting did not become ready' });
      return;
    }
    this.#retryTimer = setTimeout(() => void this.#begin(request, password, attempt + 1, sinceMs), delayMs);
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#retryTimer);
    this.peer.close();
    this.media.close();
  }
}

/**
 * Wire note, rule 4: the first 8 characters of the bound JID's local part, where they are hex digits as a guest's are.
 * Accounts are called as they like, and may be here twice: their ids follow from the whole JID.
 */
export function endpointIdOf(jid: string): string {
  const [prefix = ''] = /^[0-9a-f]{8}(?=-)/u.exec(jid) ?? [];
  return ENDPOINT_ID.test(prefix) ? prefix : hashOf(jid);
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): string {
  let hash = 0x81_1c_9d_c5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01_00_01_93) >>> 0;
  return hash.toString(16).padStart(8, '0');
}
