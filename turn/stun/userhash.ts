import { createHash } from 'node:crypto';

// USERHASH (RFC 8489 §14.4): lets a client name itself without showing the name.

export const USERHASH_BYTES = 32;

/** SHA-256 of `user:realm`, both already prepared by OpaqueString. */
export function userHash(username: string, realm: string): Buffer {
  return createHash('sha256').update(`${username}:${realm}`).digest();
}
