import { createHmac } from 'node:crypto';

// Time-limited credentials from a shared secret, as Synapse, Prosody and Jitsi make them ("TURN REST API", an expired
// individual draft that everyone follows): user name `<expiry>` or `<expiry>:<anything>`, password
// base64(HMAC-SHA1(secret, user name)). Signalling makes them, this server checks them; one fixture tests both.

/** Seconds since 1970 that still fit a date: more digits are no time but an attempt on our arithmetic. */
const MAX_EXPIRY_DIGITS = 12;
const USERNAME = new RegExp(String.raw`^([1-9]\d{0,${MAX_EXPIRY_DIGITS - 1}})(?::(.+))?$`, 'su');

export interface RestUsername {
  /** Seconds since 1970. */
  expirySeconds: number;
  /** What quotas count by: the part after the colon, or the whole name when there is none. */
  subject: string;
}

/** The parts of a time-limited user name, or undefined when it is not one. */
export function parseRestUsername(username: string): RestUsername | undefined {
  const match = USERNAME.exec(username);
  if (match === null) return undefined;
  return { expirySeconds: Number(match[1]), subject: match[2] ?? username };
}

/** The password that belongs to a time-limited user name. */
export function restPassword(username: string, secret: string): string {
  return createHmac('sha1', secret).update(username).digest('base64');
}
