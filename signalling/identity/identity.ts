import { isDeepStrictEqual } from 'node:util';
import type { RoomToken } from './jwt/room-token.ts';

/**
 * Who a session is. Whatever way people log in (nobody's name, a token, an account) ends in one of these values; rooms
 * and modules look at nothing else.
 */
export type Identity = Guest | TokenHolder | AccountHolder | Gateway;

/** Somebody who showed nothing (XEP-0175). */
export interface Guest {
  readonly kind: 'anonymous';
}

/** Somebody with a token that was valid when it was shown (wire note §8). */
export interface TokenHolder {
  readonly kind: 'token';
  readonly token: RoomToken;
}

/** Somebody with an account on this server. */
export interface AccountHolder {
  readonly kind: 'account';
  /** Local part of the account's address. */
  readonly username: string;
}

/** The telephone gateway of this installation; each of its sessions is one caller, of whom nothing else is known. */
export interface Gateway {
  readonly kind: 'gateway';
}

export const GATEWAY: Gateway = { kind: 'gateway' };
export const GUEST: Guest = { kind: 'anonymous' };

/** What is known of a person and shown to others; all of it is text that may stand in XML. */
export interface Person {
  readonly id?: string;
  readonly name?: string;
  readonly email?: string;
  /** URL of a picture. */
  readonly avatar?: string;
}

/** Whether two are the same to others: a renewed token makes nobody somebody else. */
export function isSameIdentity(one: Identity, other: Identity): boolean {
  return isDeepStrictEqual(withoutExpiry(one), withoutExpiry(other));
}

function withoutExpiry(identity: Identity): Identity {
  return identity.kind === 'token' ? { kind: 'token', token: { ...identity.token, expiresAtSeconds: 0 } } : identity;
}

/**
 * Whether somebody who has logged in again may go on with a session of before (XEP-0198 §5). Its id alone is enough for
 * guests only; a person's session is that person's, and a guest may have become somebody meanwhile.
 */
export function mayTakeOver(before: Identity, now: Identity): boolean {
  switch (before.kind) {
    case 'anonymous':
      return now.kind !== 'account' && now.kind !== 'gateway';
    case 'token':
      return now.kind === 'token' && now.token.subject === before.token.subject;
    case 'account':
      return now.kind === 'account' && now.username === before.username;
    case 'gateway':
      return now.kind === 'gateway';
  }
}
