/** Country and area, as far as one can tell them without a plan of all numbers. */
const SHOWN_AT_FRONT = 5;
const SHOWN_AT_END = 2;
/** Shorter ones would be told by what is shown. */
const LEAST_FOR_FRONT = 10;
const LEAST_FOR_END = 5;

/** A caller's number as the others see it: `+4930 ***12` (sip-and-recording.md §5.4). */
export function maskNumber(number: string): string {
  if (number.length < LEAST_FOR_END) return '***';
  const front = number.length < LEAST_FOR_FRONT ? '' : `${number.slice(0, SHOWN_AT_FRONT)} `;
  return `${front}***${number.slice(-SHOWN_AT_END)}`;
}
