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

  /** Whether a valid packet from here is the phone's; the first one latches. */
  accept(source: MediaAddress, nowMs: number): boolean {
    const latched = this.#latched;
    const isLatched = latched !== undefined && latched.port === source.port && latched.address === source.address;
    if (!isLatched) {
      if (latched !== undefined && nowMs - this.#lastPacketAtMs < RELATCH_MS) return false;
      if (!this.#mayChangeAddress && source.address !== this.#stated.address) return false;
      this.#latched = { address: source.address, port: source.port };
    }
    this.#lastPacketAtMs = nowMs;
    return true;
  }

  /** A new session description: the phone may have moved. */
  renegotiate(stated: MediaAddress): void {
    if (stated.address === this.#stated.address && stated.port === this.#stated.port) return;
    this.#stated = stated;
    this.#latched = undefined;
  }
}
