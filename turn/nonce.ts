import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Address } from './endpoint.ts';

// A nonce that needs no memory: the cookie of RFC 8489 §9.2 with the features offered, the time it was made, and a MAC
// over time, client address and realm. Any process that holds the key can check it.

/** RFC 8489 §9.2: marks a server that offers security features. */
const COOKIE = 'obMatJos2';
const FEATURE_PASSWORD_ALGORITHMS = 0x800000;
const FEATURE_USERNAME_ANONYMITY = 0x400000;

const PREFIX_CHARACTERS = COOKIE.length + 4;
const TIME_BYTES = 4;
const MAC_BYTES = 8;
/** base64url of time and MAC. */
const BODY_CHARACTERS = ((TIME_BYTES + MAC_BYTES) / 3) * 4;

/**
 * `foreign` was not made here or not for this client, `stale` is too old, `bid-down` was ours until somebody on the way
 * changed the features it announces.
 */
export type NonceCheck = 'fresh' | 'stale' | 'foreign' | 'bid-down';

export class Nonces {
  readonly #key: Uint8Array;
  readonly #realm: string;
  readonly #lifetimeSeconds: number;
  readonly #prefix: string;

  constructor(key: Uint8Array, realm: string, lifetimeSeconds: number, offersUserHash: boolean) {
    this.#key = key;
    this.#realm = realm;
    this.#lifetimeSeconds = lifetimeSeconds;
    const features = FEATURE_PASSWORD_ALGORITHMS | (offersUserHash ? FEATURE_USERNAME_ANONYMITY : 0);
    this.#prefix = COOKIE + Buffer.from([features >>> 16, (features >>> 8) & 0xff, features & 0xff]).toString('base64');
  }

  /** @param nowSeconds since 1970, so that nonces outlive a restart when the key does. */
  create(client: Address, nowSeconds: number): string {
    const body = Buffer.alloc(TIME_BYTES + MAC_BYTES);
    body.writeUInt32BE(nowSeconds % 2 ** 32);
    this.#mac(body.subarray(0, TIME_BYTES), client).copy(body, TIME_BYTES, 0, MAC_BYTES);
    return this.#prefix + body.toString('base64url');
  }

  check(nonce: string, client: Address, nowSeconds: number): NonceCheck {
    const bodyText = nonce.slice(-BODY_CHARACTERS);
    const body = Buffer.from(bodyText, 'base64url');
    if (body.length !== TIME_BYTES + MAC_BYTES || body.toString('base64url') !== bodyText) return 'foreign';
    const mac = this.#mac(body.subarray(0, TIME_BYTES), client).subarray(0, MAC_BYTES);
    if (!timingSafeEqual(mac, body.subarray(TIME_BYTES))) return 'foreign';
    if (nonce.length !== PREFIX_CHARACTERS + BODY_CHARACTERS || !nonce.startsWith(this.#prefix)) return 'bid-down';
    const ageSeconds = nowSeconds - body.readUInt32BE();
    return ageSeconds >= 0 && ageSeconds <= this.#lifetimeSeconds ? 'fresh' : 'stale';
  }

  /** Whether a nonce announces features at all, whoever made it. */
  announcesFeatures(nonce: string): boolean {
    return nonce.startsWith(COOKIE);
  }

  #mac(time: Uint8Array, client: Address): Buffer {
    const address = Buffer.alloc(17);
    address[0] = client.family;
    address.writeInt32BE(client.w0, 1);
    address.writeInt32BE(client.w1, 5);
    address.writeInt32BE(client.w2, 9);
    address.writeInt32BE(client.w3, 13);
    return createHmac('sha256', this.#key).update(time).update(address).update(this.#realm).digest();
  }
}
