import { describe, expect, it } from 'vitest';
import { decodeG711, encodeG711, type G711Law } from './g711.ts';

function linear(law: G711Law, ...codes: number[]): number[] {
  const samples = new Int16Array(codes.length);
  decodeG711(law, Uint8Array.from(codes), samples);
  return [...samples];
}

const everyCode = Uint8Array.from({ length: 256 }, (_, code) => code);

describe.each(['PCMU', 'PCMA'] as const)('%s', (law) => {
  it('gives every code back from its value, but for the two zeros', () => {
    const samples = new Int16Array(256);
    decodeG711(law, everyCode, samples);
    const again = encodeG711(law, samples);
    const differing = [...everyCode].filter((code) => again[code] !== code);
    // µ-law has a negative zero; it is sent as the positive one.
    expect(differing).toEqual(law === 'PCMU' ? [0x7f] : []);
  });

  it('takes the nearest of its values for every sample', () => {
    const values = new Int16Array(256);
    decodeG711(law, everyCode, values);
    const samples = Int16Array.from({ length: 65_536 / 16 }, (_, index) => -32_768 + 16 * index + (index % 16));
    const decoded = new Int16Array(samples.length);
    decodeG711(law, encodeG711(law, samples), decoded);
    for (const [index, sample] of samples.entries()) {
      const nearest = Math.min(...values.values().map((value) => Math.abs(value - sample)));
      expect(Math.abs((decoded[index] ?? 0) - sample)).toBe(nearest);
    }
  });
});

it('has the values of the recommendation', () => {
  // Tables 2a/2b and 1a/1b of G.711, scaled to 16 bits: largest, smallest, and the first of each of some segments.
  expect(linear('PCMU', 0x80, 0x00, 0xff, 0xfe, 0xef, 0x8f)).toEqual([32_124, -32_124, 0, 8, 132, 16_764]);
  expect(linear('PCMA', 0xaa, 0x2a, 0xd5, 0x55, 0xc5, 0xa5)).toEqual([32_256, -32_256, 8, -8, 264, 16_896]);
});

it('encodes silence as the codes that phones expect', () => {
  expect([...encodeG711('PCMU', new Int16Array(2))]).toEqual([0xff, 0xff]);
  expect([...encodeG711('PCMA', new Int16Array(2))]).toEqual([0xd5, 0xd5]);
});
