// Sequence numbers and timestamps wrap around (RFC 3550 §5.1): only their distance means something.

/** How far `b` is after `a`, from -32768 to 32767. */
export function sequenceDistance(a: number, b: number): number {
  return ((b - a) << 16) >> 16;
}

/** How far `b` is after `a`, from -2³¹ to 2³¹ - 1. */
export function timestampDistance(a: number, b: number): number {
  return (b - a) | 0;
}
