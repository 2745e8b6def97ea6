/** Places of the relay's plain counters; the service folds them into metrics once a second. */
export const Counter = {
  UPLINK_PACKETS: 0,
  UPLINK_BYTES: 1,
  DOWNLINK_PACKETS: 2,
  DOWNLINK_BYTES: 3,
  HAIRPIN_PACKETS: 4,
  DROPPED_MALFORMED: 5,
  DROPPED_NO_ALLOCATION: 6,
  DROPPED_NO_PERMISSION: 7,
  DROPPED_BANDWIDTH: 8,
  DROPPED_BACKPRESSURE: 9,
  DROPPED_HOP_LIMIT: 10,
  SUPPRESSED_ANSWERS: 11,
  BINDINGS: 12,
  BUGS: 13,
} as const;
export type Counter = (typeof Counter)[keyof typeof Counter];

export type Counters = Float64Array;

export function createCounters(): Counters {
  return new Float64Array(Object.keys(Counter).length);
}

export function count(counters: Counters, counter: Counter, by = 1): void {
  counters[counter] = (counters[counter] ?? 0) + by;
}
