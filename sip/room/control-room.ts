import { EventEmitter } from 'node:events';
import { randomBytes } from 'node:crypto';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK, gatewayBrewery, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { encodeGatewayStats, type GatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import {
  callReference,
  decodeDial,
  dialOf,
  HEADER_DIALLED_BY,
  HEADER_ROOM_NAME,
  HEADER_ROOM_PASSWORD,
  type Dial,
} from '#protocol/xmpp/rayo.ts';
import {
  errorReply,
  iqResult,
  stanzaError,
  type StanzaError,
  type StanzaErrorCondition,
} from '#protocol/xmpp/stanza.ts';
import { hostPinAnswer, readHostPinRequest } from '#protocol/xmpp/telephone-host.ts';
import type { Connection } from '#protocol/xmpp-client/connection.ts';
import { backoff } from '#protocol/xmpp-client/retry-policy.ts';
import { answerDisco } from './features.ts';
import { connectionFor, type RoomConnection } from './room-connection.ts';

/** Somebody is to be called into a meeting. It is answered once, by `accept` or `refuse`, within some seconds. */
export interface DialRequest {
  /** As a person typed it; what of it is dialled is for the gateway's rules. */
  readonly to: string;
  /** Bare address of the room. */
  readonly room: string;
  /** To enter the room with. */
  readonly password: string | undefined;
  /** Bare address of who wants it, and may end the call; undefined where the focus does not say. */
  readonly dialledBy: string | undefined;
  /** The others, of which those count that the configuration lets through. */
  readonly headers: ReadonlyMap<string, string>;
  /** @param endpointId under which the call enters the room; there it can be hung up (`hangUp` of its RoomSession). */
  accept(endpointId: string): void;
  /** @param condition `service-unavailable`: another gateway is to be asked. @param text for the person who asked */
  refuse(condition: DialRefusal, text: string): void;
}

export type DialRefusal = Extract<
  StanzaErrorCondition,
  'bad-request' | 'forbidden' | 'not-allowed' | 'resource-constraint' | 'service-unavailable'
>;

/** Headers that are about the meeting. */
const OURS: readonly string[] = [HEADER_ROOM_NAME, HEADER_ROOM_PASSWORD, HEADER_DIALLED_BY];
/** The focus asks the next gateway after five seconds. */
const ANSWER_WITHIN_MS = 4_000;
/** The control room is worth waiting for: without it nobody can be called. */
const RETRY = backoff({ firstDelayMs: 400, factor: 2, maxDelayMs: 8_000, giveUpAfterMs: Infinity });

/** The gateway's place in the control room: says what it can take on, and hears whom to call (wire note §7.11). */
export class ControlRoom extends EventEmitter<{ dial: [DialRequest]; present: [] }> {
  readonly #connection: Connection;
  readonly #stats: () => GatewayStats;
  readonly #hostPinOf: (room: string) => string | undefined;
  readonly #room: string;
  readonly #nick = randomBytes(8).toString('hex');

  /**
   * @param stats read whenever they are published.
   * @param hostPinOf with which PIN one moderates a meeting, by its bare address.
   * @throws StartError as `checkedUrl`
   */
  constructor(
    connection: RoomConnection,
    stats: () => GatewayStats,
    hostPinOf: (room: string) => string | undefined = () => undefined,
  ) {
    super();
    this.#stats = stats;
    this.#hostPinOf = hostPinOf;
    this.#room = gatewayBrewery(xmppHosts(connection.domain));
    this.#connection = connectionFor(connection, this.#room, RETRY);
    this.#connection.onRequest((iq) => answerDisco(iq) ?? this.#answer(iq));
    this.#connection.on('bound', () => this.publish());
    this.#connection.on('stanza', ({ name, attrs }) => {
      if (name === 'presence' && attrs['from'] === this.#address && attrs['type'] === undefined) this.emit('present');
    });
    this.#connection.on('failed', (failure) => {
      connection.logger.error(failure, 'the telephone gateway cannot log in: nobody can be called from a meeting');
    });
  }

  start(): void {
    this.#connection.connect();
  }

  /** Says what is so now, if the gateway is there. */
  publish(): void {
    this.#connection.send(
      xml('presence', { to: this.#address }, xml('x', { xmlns: NS_MUC }), encodeGatewayStats(this.#stats())),
    );
  }

  /** Idempotent. */
  stop(): void {
    this.#connection.send(xml('presence', { to: this.#address, type: 'unavailable' }));
    this.#connection.close();
  }

  get #address(): string {
    return `${this.#room}/${this.#nick}`;
  }

  #answer(iq: XmlElement): XmlElement | Promise<XmlElement> | undefined {
    // Signalling lets nobody else speak here; a gateway that calls whoever is named does not rely on that alone.
    if (iq.attrs['from'] !== `${this.#room}/${FOCUS_NICK}`) return undefined;
    const asked = readHostPinRequest(iq);
    if (asked !== undefined) return this.#tellHostPin(iq, asked.room);
    const element = dialOf(iq);
    if (element === undefined) return undefined;
    try {
      return this.#dial(iq, decodeDial(element));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return errorReply(iq, stanzaError('modify', 'bad-request', error.message));
    }
  }

  #tellHostPin(iq: XmlElement, room: string | undefined): XmlElement {
    const pin = room === undefined ? undefined : this.#hostPinOf(room);
    if (pin !== undefined) return iqResult(iq, hostPinAnswer(pin));
    return errorReply(iq, stanzaError('cancel', 'item-not-found', 'this meeting has no PIN'));
  }

  async #dial(iq: XmlElement, { to, headers }: Dial): Promise<XmlElement> {
    const room = headers.get(HEADER_ROOM_NAME);
    if (room === undefined) return errorReply(iq, stanzaError('modify', 'bad-request', 'no room is named'));
    const { promise, resolve } = Promise.withResolvers<string | StanzaError>();
    const timer = setTimeout(() => resolve(stanzaError('wait', 'service-unavailable')), ANSWER_WITHIN_MS);
    const isHeard = this.emit('dial', {
      to,
      room,
      password: headers.get(HEADER_ROOM_PASSWORD),
      dialledBy: headers.get(HEADER_DIALLED_BY),
      headers: new Map([...headers].filter(([name]) => !OURS.includes(name))),
      accept: (endpointId) => resolve(endpointId),
      refuse: (condition, text) => resolve(stanzaError('cancel', condition, text)),
    });
    if (!isHeard) resolve(stanzaError('wait', 'service-unavailable'));
    const answer = await promise;
    clearTimeout(timer);
    return typeof answer === 'string' ? iqResult(iq, callReference(`${room}/${answer}`)) : errorReply(iq, answer);
  }
}
