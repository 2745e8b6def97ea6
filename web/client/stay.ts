import { ENDPOINT_ID } from '#protocol/media/source.ts';
import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import type { BridgeLink } from './bridge/bridge-link.ts';
import type { Connection } from './connection/connection.ts';
import { RequestError } from './connection/pending-requests.ts';
import { backoff } from './connection/retry-policy.ts';
import { Emitter } from './emitter.ts';
import { endOfConferenceRequest } from './end-reasons.ts';
import { log } from './log.ts';
import type { EndReason, MuteKind } from './meeting-types.ts';
import { requestConference } from './room/focus-requests.ts';
import type { Occupant, OwnPresence } from './room/presence.ts';
import type { RoomInfo } from './room/disco.ts';
import { Room, type Removal } from './room/room.ts';
import type { LocalSources } from './session/local-sources.ts';
import { MediaLink } from './session/media-link.ts';
import type { SimulcastStyle } from './session/media-session.ts';
import type { MediaRecovery } from './session/recovery.ts';

/** Wire note §3.1: a conference that is not ready is asked for again. */
const CONFERENCE_RETRY = backoff({ firstDelayMs: 1_000, factor: 2, maxDelayMs: 15_000, giveUpAfterMs: 120_000 });

/** What lasts longer than one stay. */
export interface StayPorts {
  readonly connection: Connection;
  readonly hosts: XmppHosts;
  /** Bare JID of the room. */
  readonly room: string;
  readonly token: string | undefined;
  readonly machineUid: string;
  readonly local: LocalSources;
  readonly bridge: BridgeLink;
  readonly recovery: MediaRecovery;
  readonly iceServers: () => Promise<readonly RTCIceServer[]>;
  readonly simulcast: SimulcastStyle;
  readonly useIceLite: boolean;
  readonly own: () => OwnPresence;
}

export interface StayEvents {
  joined: [];
  refused: [StanzaError];
  /** The focus will not come. */
  unavailable: [EndReason];
  removed: [Removal];
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
  readonly id: string;
  readonly #ports: StayPorts;
  #focusAccount: string | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

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
    room.on('joined', () => this.emit('joined'));
    room.on('refused', (error) => this.emit('refused', error));
    room.on('removed', (removal) => this.emit('removed', removal));
    room.on('focusLeft', () => this.emit('focusLeft'));
    room.on('occupant', (nick, occupant) => this.emit('occupant', nick, occupant));
    room.on('subject', (subject) => this.emit('subject', subject));
    room.on('info', (info) => this.emit('info', info));
    this.media.on('received', () => this.emit('received'));
    this.media.on('muted', (kind, actor) => this.emit('muted', kind, actor));
    log.debug(`stay in ${hosts.muc} begins`, this.id);
  }

  /** Asks for the conference, then enters the room. */
  begin(password: string | undefined): void {
    void this.#begin(password, 1, performance.now());
  }

  handleRequest(iq: XmlElement): XmlElement | Promise<XmlElement> | undefined {
    return this.media.handleRequest(iq);
  }

  /** Sends an IQ to the focus's occupant. @throws RequestError */
  requestFocus(content: XmlElement): Promise<XmlElement> {
    const iq = withAttributes(xml('iq', { type: 'set' }, content), { to: this.room.focusAddress });
    return this.#ports.connection.request(iq);
  }

  async leave(): Promise<void> {
    this.#over();
    await this.room.leave();
  }

  /** The session is gone; nobody is told. */
  abandon(): void {
    this.#over();
    this.room.abandon();
  }

  async #begin(password: string | undefined, attempt: number, sinceMs: number): Promise<void> {
    const { connection, hosts, room, token, machineUid } = this.#ports;
    let refusal: RequestError | undefined;
    try {
      const ready = await requestConference(connection, hosts.focus, { room, token, machineUid });
      if (this.#isOver) return;
      if (ready !== undefined) {
        this.#focusAccount = ready.focusJid;
        this.room.join(password);
        return;
      }
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (this.#isOver || error.code === 'not-connected') return; // a new stay follows the new connection
      refusal = error;
    }
    const end = refusal === undefined ? undefined : endOfConferenceRequest(refusal, token !== undefined);
    const delayMs = CONFERENCE_RETRY.delayMs(attempt, performance.now() - sinceMs, Math.random());
    if (end !== undefined || delayMs === undefined) {
      this.emit('unavailable', end ?? { code: 'protocol-error', text: 'the meeting did not become ready' });
      return;
    }
    this.#retryTimer = setTimeout(() => void this.#begin(password, attempt + 1, sinceMs), delayMs);
  }

  #over(): void {
    this.#isOver = true;
    clearTimeout(this.#retryTimer);
    this.media.close();
  }
}

/** Wire note, rule 4: the first 8 characters of the bound JID's local part, where they are hex digits. */
export function endpointIdOf(jid: string): string {
  const prefix = jid.slice(0, 8);
  if (ENDPOINT_ID.test(prefix)) return prefix;
  return (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0).toString(16).padStart(8, '0');
}
