import type { Logger } from '#runtime/logger.ts';
import type { GuardVerdict, SourceGuard } from './source-guard.ts';

export interface TrunkAtAddress {
  readonly name: string;
  /** Its address proves nothing, so it can be banned as strangers are. */
  readonly authenticate: boolean;
}

export interface AdmissionSettings {
  readonly guard: SourceGuard;
  /** The trunk that is there, if one is. */
  readonly trunkAt: (address: string) => TrunkAtAddress | undefined;
  /** Whether those who are no trunk hear that they are refused; otherwise they hear nothing, and find nothing. */
  readonly answersStrangers: boolean;
  readonly logger: Logger;
  /** Milliseconds of a clock that does not step back. */
  readonly now: () => number;
}

/** One line of log for so long, however much is dropped. */
const LOG_EVERY_MS = 10_000;

/** Who is heard, before anything is read: trunks, and strangers only as far as they are to be refused aloud. */
export class Admission {
  readonly #settings: AdmissionSettings;
  #loggedAtMs: number | undefined;

  constructor(settings: AdmissionSettings) {
    this.#settings = settings;
  }

  /** Whether a connection is taken from there. */
  isAllowed(address: string): boolean {
    return this.#settings.answersStrangers || this.#settings.trunkAt(address) !== undefined;
  }

  admits(address: string, bytes: Uint8Array): boolean {
    const { guard, trunkAt, answersStrangers, now } = this.#settings;
    const trunk = trunkAt(address);
    if (trunk === undefined && !answersStrangers) return false;
    const verdict = guard.judge(address, bytes, trunk?.authenticate === false, now());
    if (verdict !== 'pass' && trunk !== undefined) this.#complain(trunk.name, verdict);
    return verdict === 'pass';
  }

  /** A trunk that is not heard has to be found in the log with the reason, or its calls are lost without a trace. */
  #complain(trunk: string, verdict: GuardVerdict): void {
    const nowMs = this.#settings.now();
    if (this.#loggedAtMs !== undefined && nowMs - this.#loggedAtMs < LOG_EVERY_MS) return;
    this.#loggedAtMs = nowMs;
    this.#settings.logger.warn({ trunk, verdict }, 'a message of a trunk was dropped unread');
  }
}
