import { createHmac, timingSafeEqual } from 'node:crypto';

/** `foreign` was not made here; `stale` was, but too long ago. */
export type NonceCheck = 'fresh' | 'stale' | 'foreign';

const TIME_BYTES = 6;
const RANDOM_BYTES = 6;
const MAC_BYTES = 15;
/** base64url of time, random bytes and MAC, without padding. */
const CHARACTERS = ((TIME_BYTES + RANDOM_BYTES + MAC_BYTES) / 3) * 4;

/** Nonces that need no memory: when they were made, something random, and a MAC over both (RFC 7616 §3.3). */
export class DigestNonces {
  readonly #key: Uint8Array;
  readonly #lifetimeMs: number;

  constructor(key: Uint8Array, lifetimeMs: number) {
    this.#key = key;
    this.#lifetimeMs = lifetimeMs;
  }

  /**
   * @param nowMs since 1970.
   * @param random at least 6 bytes, so that no two challenges share a nonce and its count.
   */
  create(nowMs: number, random: Uint8Array): string {
    const made = Buffer.alloc(TIME_BYTES + RANDOM_BYTES);
    made.writeUIntBE(nowMs, 0, TIME_BYTES);
    made.set(random.subarray(0, RANDOM_BYTES), TIME_BYTES);
    return Buffer.concat([made, this.#mac(made)]).toString('base64url');
  }

  check(nonce: string, nowMs: number): NonceCheck {
    if (nonce.length !== CHARACTERS) return 'foreign';
    const bytes = Buffer.from(nonce, 'base64url');
    const made = bytes.subarray(0, TIME_BYTES + RANDOM_BYTES);
    const mac = bytes.subarray(made.length);
    if (mac.length !== MAC_BYTES || !timingSafeEqual(mac, this.#mac(made))) return 'foreign';
    const ageMs = nowMs - made.readUIntBE(0, TIME_BYTES);
    return ageMs >= 0 && ageMs <= this.#lifetimeMs ? 'fresh' : 'stale';
  }

  #mac(made: Uint8Array): Buffer {
    return createHmac('sha256', this.#key).update(made).digest().subarray(0, MAC_BYTES);
  }
}
