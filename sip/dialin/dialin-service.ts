import { setTimeout as wait } from 'node:timers/promises';
import { Counter } from 'prom-client';
import type { ServiceContext } from '#runtime/context.ts';
import type { Database } from '#runtime/database.ts';
import { addDialInRoutes, type TelephoneConfig } from './dialin-routes.ts';
import { drawPin } from './draw-pin.ts';
import { type Caller, PinGuard } from './pin-guard.ts';
import { Pins, type PinTarget } from './pins.ts';

/** Every answer about a PIN takes so long, and says nothing by its time. */
const ANSWER_MS = 100;
/** Answers to those who guess. */
const HELD_BACK_MS = 2_000;

type DialInContext = Pick<ServiceContext, 'http' | 'metrics' | 'xmppDomain'>;

/** Meeting numbers for phones: makes them for meetings, leads callers by them, and tells people over HTTP. */
export class DialInService {
  readonly #pins: Pins;
  readonly #guard = new PinGuard(() => performance.now());
  readonly #lookups: Counter<'result'>;
  readonly #now: () => number;
  readonly #stopped = new AbortController();

  /** @param now milliseconds since 1970 */
  constructor(context: DialInContext, config: TelephoneConfig, database: Database, now: () => number = Date.now) {
    const { pinDigits, pinIdleDays } = config.dialIn;
    this.#pins = new Pins(database, { digits: pinDigits, idleDays: pinIdleDays, draw: drawPin });
    this.#now = now;
    this.#lookups = new Counter({
      name: 'parley_sip_pin_lookups_total',
      help: 'Meeting numbers that were looked up, by result.',
      labelNames: ['result'],
      registers: [context.metrics],
    });
    addDialInRoutes(context.http, {
      config,
      xmppDomain: context.xmppDomain,
      pinOf: (room) => this.#pins.pinOf(room, 'guest', this.#now()),
      createPin: (room) => this.#pins.create(room, 'guest', this.#now()),
      roomOf: async (pin, caller) => (await this.resolvePin(pin, caller))?.room,
    });
  }

  /**
   * With which PIN a caller moderates a meeting; made when it has none. Only meetings that can be reached by phone have one.
   * @param room bare address
   */
  hostPinOf(room: string): string | undefined {
    const nowMs = this.#now();
    if (this.#pins.pinOf(room, 'guest', nowMs) === undefined) return undefined;
    return this.#pins.pinOf(room, 'host', nowMs) ?? this.#pins.create(room, 'host', nowMs);
  }

  /**
   * The meeting to which a PIN leads. Whoever tried too many wrong ones is told later, and that
   * each is wrong.
   */
  async resolvePin(pin: string, caller: Caller): Promise<PinTarget | undefined> {
    const isOpen = this.#guard.isOpen(caller);
    const target = isOpen ? this.#pins.targetOf(pin, this.#now()) : undefined;
    if (isOpen && target === undefined) this.#guard.wrong(caller);
    this.#lookups.inc({ result: isOpen ? (target === undefined ? 'wrong' : 'found') : 'held-back' });
    await wait(isOpen ? ANSWER_MS : HELD_BACK_MS, undefined, { signal: this.#stopped.signal }).catch(() => {
      // Stopping: whoever waits is told at once.
    });
    return target;
  }

  stop(): void {
    this.#stopped.abort();
  }
}
