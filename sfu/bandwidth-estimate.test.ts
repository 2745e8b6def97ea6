import { describe, expect, test } from 'vitest';
import { BandwidthEstimate } from './bandwidth-estimate.ts';

function trace(availableBitrate: number, maxBitrate = 10_000_000): object {
  return { type: 'transport-cc', availableBitrate, maxBitrate };
}

describe('a bandwidth estimate', () => {
  test('begins generously and follows what the congestion control measures', () => {
    const estimate = new BandwidthEstimate(2_500_000);
    expect(estimate.bps).toBe(2_500_000);
    expect(estimate.trace(trace(600_000))).toBe(true);
    expect(estimate.bps).toBe(600_000);
    expect(estimate.latestBps).toBe(600_000);
  });

  test('ignores small changes, but not their sum', () => {
    const estimate = new BandwidthEstimate(1_000_000);
    expect(estimate.trace(trace(1_100_000))).toBe(false);
    expect(estimate.bps).toBe(1_000_000);
    expect(estimate.trace(trace(1_200_000))).toBe(true);
  });

  test('tries more where our own demand, not the network, holds it down', () => {
    const estimate = new BandwidthEstimate(1_000_000);
    estimate.trace(trace(2_500_000, 2_500_000));
    expect(estimate.bps).toBe(3_750_000);
    expect(estimate.latestBps).toBe(2_500_000);
  });

  test('gives way to what the receiver assumes, until it takes that back', () => {
    const estimate = new BandwidthEstimate(1_000_000);
    estimate.assume(300_000);
    expect(estimate.bps).toBe(300_000);
    expect(estimate.isAssumed).toBe(true);
    expect(estimate.trace(trace(2_000_000))).toBe(false);
    estimate.assume(-1);
    expect(estimate.bps).toBe(2_000_000);
    expect(estimate.isAssumed).toBe(false);
  });

  test('is updated by the transport’s statistics too, which do not say how much mediasoup would estimate at most', () => {
    const estimate = new BandwidthEstimate(1_000_000);
    estimate.trace(trace(2_500_000, 2_500_000));
    expect(estimate.update(2_450_000)).toBe(false);
    expect(estimate.bps).toBe(3_750_000);
    expect(estimate.update(900_000)).toBe(true);
    expect(estimate.bps).toBe(900_000);
  });

  test('is untouched by reports of another form', () => {
    const estimate = new BandwidthEstimate(1_000_000);
    for (const report of [undefined, null, 'x', {}, { availableBitrate: '1' }])
      expect(estimate.trace(report)).toBe(false);
    expect(estimate.bps).toBe(1_000_000);
  });
});
