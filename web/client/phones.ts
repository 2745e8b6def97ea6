import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import {
  encodeDial,
  hangupElement,
  HEADER_ROOM_NAME,
  HEADER_ROOM_PASSWORD,
  readCallReference,
} from '#protocol/xmpp/rayo.ts';
import { hostPinRequest, readHostPin } from '#protocol/xmpp/telephone-host.ts';
import { CommandError } from './meeting-types.ts';
import type { PhoneControl, SelfState } from './meeting-types.ts';
import { tokenFeature } from './token-features.ts';

/** Who calls is the gateway's to say; Jitsi's clients write this (wire note §7.11). */
const CALLER = 'fromnumber';
const FEATURE = 'outbound-call';

interface PhonePorts {
  readonly token: () => string | undefined;
  /** Bare address of the room we are in, and what opened it. */
  readonly room: () => string;
  readonly password: () => string | undefined;
  /** Asks somebody in the room. @param nick who @throws CommandError */
  readonly ask: (type: 'get' | 'set', nick: string, content: XmlElement) => Promise<XmlElement>;
}

/** Telephones that are called into the meeting (wire note §7.11). */
export class Phones implements PhoneControl {
  readonly #ports: PhonePorts;
  /** Endpoint ids of those this person had called. */
  readonly #own = new Set<string>();

  constructor(ports: PhonePorts) {
    this.#ports = ports;
  }

  mayCall({ isModerator }: Pick<SelfState, 'isModerator'>): boolean {
    return tokenFeature(this.#ports.token(), FEATURE) ?? isModerator;
  }

  async call(number: string): Promise<void> {
    const room = this.#ports.room();
    const password = this.#ports.password();
    const headers = new Map([[HEADER_ROOM_NAME, room]]);
    if (password !== undefined) headers.set(HEADER_ROOM_PASSWORD, password);
    const answer = await this.#ports.ask('set', FOCUS_NICK, encodeDial({ to: number, from: CALLER, headers }));
    const reference = readCallReference(answer) ?? '';
    const endpoint = bareOf(reference) === room ? resourceOf(reference) : undefined;
    if (endpoint !== undefined) this.#own.add(endpoint);
  }

  isOwn(id: string): boolean {
    return this.#own.has(id);
  }

  async hangUp(id: string): Promise<void> {
    await this.#ports.ask('set', id, hangupElement);
  }

  async hostPin(): Promise<string> {
    const pin = readHostPin(await this.#ports.ask('get', FOCUS_NICK, hostPinRequest()));
    if (pin === undefined) throw new CommandError('failed', 'the answer has no PIN');
    return pin;
  }
}
