import { TokenBucket } from '#runtime/token-bucket.ts';

/** A bucket of bytes that fills at this rate and holds one second of it; none at 0 bits a second, which stands for no limit. */
export function bandwidthLimit(bitrateBps: number, nowMs: number): TokenBucket | undefined {
  if (bitrateBps === 0) return undefined;
  const bytesPerSecond = bitrateBps / 8;
  return new TokenBucket(bytesPerSecond, bytesPerSecond, nowMs);
}
