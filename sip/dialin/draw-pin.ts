import { randomInt } from 'node:crypto';

/** So many random digits; the first is no 0, since a PIN is a number in Jitsi's JSON. */
export function drawPin(digits: number): string {
  return String(randomInt(10 ** (digits - 1), 10 ** digits));
}
