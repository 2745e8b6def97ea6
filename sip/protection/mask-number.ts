import { callingCodeOf } from './calling-code.ts';

/** The plus, the country, and what fits of the area. */
const SHOWN_AT_FRONT = 5;
const SHOWN_AT_END = 2;
/** Shorter ones would be told by what is shown. */
const LEAST_FOR_FRONT = 10;
const LEAST_FOR_END = 5;

/** A caller's number as the others see it: `+49 30 ***12` (sip-and-recording.md §5.4). */
export function maskNumber(number: string): string {
  if (number.length < LEAST_FOR_END) return '***';
  const end = `***${number.slice(-SHOWN_AT_END)}`;
  if (number.length < LEAST_FOR_FRONT) return end;
  const country = callingCodeOf(number);
  if (country === undefined) return `${number.slice(0, SHOWN_AT_FRONT)} ${end}`;
  return `+${country} ${number.slice(1 + country.length, SHOWN_AT_FRONT)} ${end}`;
}
