import { describe, expect, test } from 'vitest';
import { qualityOf, ratesBetween, readStatistics } from './media-statistics.ts';

const chromium = [
  { type: 'transport', id: 'T', selectedCandidatePairId: 'P' },
  {
    type: 'candidate-pair',
    id: 'P',
    localCandidateId: 'L',
    remoteCandidateId: 'R',
    currentRoundTripTime: 0.02,
    availableOutgoingBitrate: 900_000,
    responsesReceived: 4,
  },
  { type: 'local-candidate', id: 'L', protocol: 'udp', candidateType: 'relay', relayProtocol: 'tls' },
  { type: 'remote-candidate', id: 'R', candidateType: 'host', address: '192.0.2.1', port: 10_000 },
  { type: 'inbound-rtp', id: 'I', packetsReceived: 90, packetsLost: 10, bytesReceived: 1_000 },
  { type: 'outbound-rtp', id: 'O', packetsSent: 100, bytesSent: 2_000, frameHeight: 360 },
  { type: 'remote-inbound-rtp', id: 'RI', fractionLost: 0.25 },
];

describe('statistics of a browser', () => {
  test('path, round trip and traffic are found', () => {
    expect(readStatistics(chromium, 0)).toMatchObject({
      path: 'udp relay (tls) → host 192.0.2.1:10000',
      roundTripMs: 20,
      availableOutgoingBps: 900_000,
      bytesReceived: 1_000,
      sentHeight: 360,
      sendLoss: 0.25,
    });
  });

  test('Firefox names the pair in another way', () => {
    const firefox = chromium.flatMap((entry) => {
      if (entry.type === 'transport') return [];
      return [entry.type === 'candidate-pair' ? { ...entry, selected: true } : entry];
    });
    expect(readStatistics(firefox, 0).roundTripMs).toBe(20);
  });

  test('a browser that tells nothing gives zeros', () => {
    expect(readStatistics([], 0)).toMatchObject({ bytesSent: 0, sendLoss: 0, path: undefined, roundTripMs: undefined });
  });
});

describe('rates', () => {
  const before = readStatistics([], 0);

  test('count per second', () => {
    const rates = ratesBetween(before, readStatistics(chromium, 2_000));
    expect(rates).toMatchObject({ sendBps: 8_000, receiveBps: 4_000, receiveLoss: 0.1 });
  });

  test('a new session whose counters begin again gives no negative rate', () => {
    const rates = ratesBetween(readStatistics(chromium, 0), { ...before, atMs: 2_000 });
    expect(rates.sendBps).toBe(0);
    expect(rates.receiveLoss).toBe(0);
  });

  test('loss lowers the quality, and so does a long way', () => {
    const clean = ratesBetween(before, { ...before, atMs: 1_000 });
    const lossy = ratesBetween(before, { ...before, atMs: 1_000, sendLoss: 0.1 });
    const far = ratesBetween(before, { ...before, atMs: 1_000, roundTripMs: 600 });
    expect([clean, lossy, far].map(({ connectionQuality }) => connectionQuality)).toEqual([100, 40, 60]);
  });
});

test.each([
  [100, 3],
  [70, 3],
  [69, 2],
  [30, 2],
  [29, 1],
  [undefined, undefined],
  [Number.NaN, undefined],
] as const)('%s percent is shown as %s', (percent, expected) => {
  expect(qualityOf(percent)).toBe(expected);
});
