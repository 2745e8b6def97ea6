import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReceivedSource } from '#protocol/media/source.ts';
import { changeSlots, type ReceiveSlot } from './receive-slots.ts';

const source = (name: string, ssrc: number, kind: 'audio' | 'video' = 'video'): ReceivedSource => ({
  name,
  owner: name.split('-')[0] ?? '',
  kind,
  msid: `${name} t`,
  ssrc,
});
const bob = source('b27de114-v0', 11);
const cy = source('c0ffee00-v0', 22);

describe('sources in m-sections', () => {
  test('a new source takes the section of one that ended', () => {
    const one = changeSlots([], { added: [bob], removed: [] }, 4);
    const none = changeSlots(one, { added: [], removed: [bob.ssrc] }, 4);
    const other = changeSlots(none, { added: [cy], removed: [] }, 4);
    expect(none).toEqual([{ mid: '4', kind: 'video', source: undefined }]);
    expect(other).toEqual([{ mid: '4', kind: 'video', source: cy }]);
  });

  test('audio never takes a video section', () => {
    const none = changeSlots([{ mid: '4', kind: 'video', source: undefined }], { added: [], removed: [] }, 4);
    const both = changeSlots(none, { added: [source('b27de114-a0', 33, 'audio')], removed: [] }, 4);
    expect(both.map(({ mid, kind }) => [mid, kind])).toEqual([
      ['4', 'video'],
      ['5', 'audio'],
    ]);
  });

  test('a source that is signalled again keeps its section', () => {
    const one = changeSlots([], { added: [bob, cy], removed: [] }, 4);
    const again = changeSlots(one, { added: [{ ...bob, ssrc: 99 }], removed: [] }, 4);
    expect(again).toHaveLength(2);
    expect(again[0]?.source?.ssrc).toBe(99);
  });

  test('there are never more sections than sources at their most, and mids never change', () => {
    const change = fc.record({ isAdded: fc.boolean(), number: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        let slots: readonly ReceiveSlot[] = [];
        const present = new Set<number>();
        let most = 0;
        for (const { isAdded, number } of changes) {
          const one = source(`0000000${number}-v0`, number + 1);
          const mids = slots.map(({ mid }) => mid);
          slots = changeSlots(slots, isAdded ? { added: [one], removed: [] } : { added: [], removed: [one.ssrc] }, 4);
          if (isAdded) present.add(number);
          else present.delete(number);
          most = Math.max(most, present.size);
          expect(slots.slice(0, mids.length).map(({ mid }) => mid)).toEqual(mids);
          const names = slots.flatMap((slot) => slot.source?.name ?? []);
          expect(new Set(names).size).toBe(names.length);
          expect(names).toHaveLength(present.size);
        }
        expect(slots.length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
