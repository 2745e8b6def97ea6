/** Samples of 16 bit in memory that threads share, so that playing them copies nothing. */
export function sharedSamples(length: number): Int16Array {
  return new Int16Array(new SharedArrayBuffer(2 * length));
}
