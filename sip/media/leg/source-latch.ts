import type { MediaAddress } from './leg-media.ts';

/** After so long without a packet from there, another source may take its place. */
const RELATCH_MS = 2000;

/**
 * Where a phone is (symmetric RTP, RFC 4961): what its session description says until its first packet, then where that came
 * from. Another port of the same address is a NAT or a second socket; another address is taken only from trunks that are
 * known to sit behind one, since whoever guesses the port could take the call over.
 */
export class SourceLatch {
  readonly #mayChangeAddress: boolean;
  #stated: MediaAddress;
  #latched: MediaAddress | undefined;
  #lastPacketAtMs = -Infinity;

  constructor(stated: MediaAddress, mayChangeAddress: boolean) {
    this.#stated = stated;
    this.#mayChangeAddress = mayChangeAddress;
  }

  /** Where to send. */
  get target(): MediaAddress {
    return this.#latched ?? this.#stated;
  }

  /** Whether a valid packet from here would be the phone's. */
  mayBe(source: MediaAddress, nowMs: number): boolean {
    if (this.#isLatched(source)) return true;
    if (this.#latched !== undefined && nowMs - this.#lastPacketAtMs < RELATCH_MS) return false;
    return this.#mayChangeAddress || source.address === this.#stated.address;
  }

  /** A valid packet from where it may be; the first one latches. */
  note(source: MediaAddress, nowMs: number): void {
    if (!this.#isLatched(source)) this.#latched = { address: source.address, port: source.port };
    this.#lastPacketAtMs = nowMs;
  }

  #isLatched({ address, port }: MediaAddress): boolean {
    return this.#latched?.port === port && this.#latched.address === address;
  }

  /** A new session description: the phone may have moved. */
  renegotiate(stated: MediaAddress): void {
    if (stated.address === this.#stated.address && stated.port === this.#stated.port) return;
    this.#stated = stated;
    this.#latched = undefined;
  }
}
