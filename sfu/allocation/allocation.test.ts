import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BandwidthEstimate } from '../bandwidth-estimate.ts';
import { allocate, isLimited, withFirst, type Allocation } from './allocate.ts';
import { layersOf } from './layers.ts';
import { prioritize, type Candidate, type Layer, type PrioritizedSource } from './prioritize.ts';
import { INITIAL_CONSTRAINTS, withMessage, type ReceiverConstraints } from './receiver-constraints.ts';

const CAMERA = layersOf([{ isActive: true }, { isActive: true }, { isActive: true }]);
const [LOW, MIDDLE, HIGH] = CAMERA.map(({ bitrateBps }) => bitrateBps) as [number, number, number];

function camera(owner: string, layers: readonly Layer[] = CAMERA): Candidate {
  return { name: `${owner}-v0`, owner, layers };
}

function wanted(owner: string, change: Partial<PrioritizedSource> = {}): PrioritizedSource {
  return { ...camera(owner), stage: 'other', maxHeight: 720, ...change };
}

function constraints(change: Partial<ReceiverConstraints>): ReceiverConstraints {
  return { ...INITIAL_CONSTRAINTS, ...change };
}

function layers(allocations: readonly Allocation[]): readonly (number | undefined)[] {
  return allocations.map(({ layer }) => layer);
}

function served(allocations: readonly Allocation[]): number {
  return allocations.filter(({ layer }) => layer !== undefined).length;
}

function rate(source: PrioritizedSource | undefined, layer: number | undefined): number {
  return layer === undefined ? 0 : (source?.layers[layer]?.bitrateBps ?? 0);
}

describe('priority', () => {
  const all = ['a', 'b', 'c', 'd'].map((owner) => camera(owner));
  const order = (change: Partial<ReceiverConstraints>, speakers: readonly string[] = []): string =>
    prioritize(all, constraints(change), speakers)
      .map(({ owner }) => owner)
      .join('');

  test('is on stage, selected, recency of speech, order of arrival', () => {
    expect(order({})).toBe('abcd');
    expect(order({}, ['c', 'b'])).toBe('cbad');
    expect(order({ selected: ['d-v0'] }, ['c', 'b'])).toBe('dcba');
    expect(order({ selected: ['d-v0', 'b-v0'], onStage: ['b-v0'] }, ['c', 'b'])).toBe('bdca');
  });

  test('within a stage is the order that the receiver gave', () => {
    expect(order({ onStage: ['d-v0', 'a-v0'] })).toBe('dabc');
  });

  test('ends at lastN, in which sources that are not wanted have no place', () => {
    expect(order({ lastN: 2 }, ['c'])).toBe('ca');
    expect(order({ lastN: 0 })).toBe('');
    expect(order({ lastN: 2, maxHeights: new Map([['a-v0', 0]]) })).toBe('bc');
    expect(order({ lastN: 1, defaultMaxHeight: 0, maxHeights: new Map([['d-v0', 180]]) })).toBe('d');
  });
});

describe('bandwidth', () => {
  test('that is plenty gives everybody what is wished', () => {
    const sources = [
      wanted('a'),
      wanted('b', { maxHeight: 180 }),
      wanted('c', { maxHeight: 360 }),
      wanted('d', { maxHeight: -1 }),
    ];
    const result = allocate(100_000_000, sources);
    expect(layers(result)).toEqual([2, 0, 1, 2]);
    expect(isLimited(result)).toBe(false);
  });

  test('brings the one on stage to 360p before anybody else, then everybody to the least, then the stage to its wish', () => {
    const sources = [wanted('a', { stage: 'on-stage' }), wanted('b'), wanted('c')];
    expect(layers(allocate(MIDDLE, sources))).toEqual([1, undefined, undefined]);
    expect(layers(allocate(MIDDLE + LOW, sources))).toEqual([1, 0, undefined]);
    expect(layers(allocate(MIDDLE + 2 * LOW, sources))).toEqual([1, 0, 0]);
    expect(layers(allocate(HIGH + 2 * LOW, sources))).toEqual([2, 0, 0]);
  });

  test('raises the others one step each in turn', () => {
    const sources = [wanted('a'), wanted('b'), wanted('c')];
    expect(layers(allocate(2 * MIDDLE + LOW, sources))).toEqual([1, 1, 0]);
    expect(layers(allocate(3 * MIDDLE, sources))).toEqual([1, 1, 1]);
    expect(layers(allocate(HIGH + 2 * MIDDLE, sources))).toEqual([2, 1, 1]);
  });

  test('that falls takes layers from the others first, then the others, and the one on stage last', () => {
    const sources = [wanted('a', { stage: 'on-stage' }), wanted('b'), wanted('c')];
    const estimate = new BandwidthEstimate(10_000_000);
    const fallTo = (bps: number): readonly (number | undefined)[] => {
      estimate.trace({ availableBitrate: bps, maxBitrate: 100_000_000 });
      return layers(allocate(estimate.bps, sources));
    };
    expect([4_500_000, 2_500_000, 2_000_000, 1_000_000, 700_000, 500_000, 300_000, 100_000].map(fallTo)).toEqual([
      [2, 2, 2],
      [2, 1, 1],
      [2, 0, 0],
      [1, 0, 0],
      [1, 0, undefined],
      [1, undefined, undefined],
      [0, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });

  test('of which there is none gives nothing', () => {
    const result = allocate(0, [wanted('a', { stage: 'on-stage' }), wanted('b')]);
    expect(layers(result)).toEqual([undefined, undefined]);
    expect(isLimited(result)).toBe(true);
  });

  test('that suffices for nothing is exceeded for the first source, and only then', () => {
    const sources = [wanted('a', { stage: 'on-stage' }), wanted('b')];
    expect(layers(withFirst(allocate(LOW - 1, sources), sources))).toEqual([0, undefined]);
    const fitting = allocate(LOW, sources);
    expect(withFirst(fitting, sources)).toBe(fitting);
    const nothing = allocate(0, []);
    expect(withFirst(nothing, [])).toBe(nothing);
  });

  test('for a screen that is sent in its highest layer only gives that one, whatever height is wished', () => {
    const screen = layersOf([{ isActive: false }, { isActive: false }, { isActive: true, bitrateBps: 900_000 }]);
    expect(layers(allocate(1_000_000, [wanted('a', { layers: screen, maxHeight: 180 })]))).toEqual([2]);
    expect(layers(allocate(800_000, [wanted('a', { layers: screen, maxHeight: 180 })]))).toEqual([undefined]);
  });

  test('for a source of one stream gives that one for any wish', () => {
    const single = layersOf([{ isActive: true, bitrateBps: 400_000 }]);
    expect(layers(allocate(400_000, [wanted('a', { layers: single, maxHeight: 180 })]))).toEqual([0]);
  });
});

describe('layers', () => {
  test('count as sent until the first packets say otherwise, at their nominal rate until measured', () => {
    const unknown = layersOf([{ isActive: false }, { isActive: false }, { isActive: false }]);
    expect(unknown.every(({ isActive }) => isActive)).toBe(true);
    expect(unknown.map(({ height }) => height)).toEqual([180, 360, 720]);
    expect(layersOf([{ isActive: true, bitrateBps: 123 }, { isActive: false }]).map((layer) => layer.isActive)).toEqual(
      [true, false],
    );
  });
});

describe('for any sources and any estimate', () => {
  const layer = fc.record({ bitrateBps: fc.integer({ min: 1, max: 3_000_000 }), isActive: fc.boolean() });
  const source = fc
    .record({
      layers: fc.array(layer, { minLength: 1, maxLength: 3 }),
      stage: fc.constantFrom<PrioritizedSource['stage']>('on-stage', 'selected', 'other'),
      maxHeight: fc.constantFrom(-1, 90, 180, 360, 720, 2160),
    })
    .map(({ layers: streams, ...rest }) => ({ ...rest, layers: layersOf(streams) }));
  const sources = fc
    .array(source, { maxLength: 12 })
    .map((all) => all.map((one, index): PrioritizedSource => ({ ...one, name: `${index}-v0`, owner: `${index}` })));
  const estimate = fc.integer({ min: 0, max: 12_000_000 });

  test('no more than the estimate is given out, one answer per source in its order', () => {
    fc.assert(
      fc.property(sources, estimate, (all, bps) => {
        const result = allocate(bps, all);
        expect(result.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
        const used = result.reduce((sum, { layer: index }, at) => sum + rate(all[at], index), 0);
        expect(used).toBeLessThanOrEqual(bps);
      }),
    );
  });

  test('nobody gets more than the ideal, and with enough bandwidth everybody gets it', () => {
    fc.assert(
      fc.property(sources, estimate, (all, bps) => {
        for (const { layer: index, idealLayer } of allocate(bps, all)) {
          if (index !== undefined) expect(index).toBeLessThanOrEqual(idealLayer);
        }
        expect(isLimited(allocate(Number.MAX_SAFE_INTEGER, all))).toBe(false);
      }),
    );
  });

  test('while anything fits, somebody gets something', () => {
    fc.assert(
      fc.property(sources, estimate, (all, bps) => {
        const result = allocate(bps, all);
        if (all.length === 0 || result.some(({ layer: index }) => index !== undefined)) return;
        // Nothing was given out: no source's lowest layer, the first with anything in it, fits.
        for (const { layers: own, maxHeight } of all) {
          const [only] = allocate(Number.MAX_SAFE_INTEGER, [{ ...wanted('x'), layers: own, maxHeight }]);
          const ideal = only?.idealLayer ?? 0;
          const lowest = own.findIndex(({ isActive }) => isActive);
          expect(own[Math.min(lowest === -1 ? 0 : lowest, ideal)]?.bitrateBps).toBeGreaterThan(bps);
        }
      }),
    );
  });

  test('with equal cameras, one on stage is never below one that is not, and more bandwidth never serves fewer', () => {
    const equal = fc
      .array(fc.constantFrom<PrioritizedSource['stage']>('on-stage', 'selected', 'other'), { maxLength: 12 })
      .map((stages) => stages.map((stage, index) => wanted(String(index), { stage })));
    fc.assert(
      fc.property(equal, estimate, fc.integer({ min: 0, max: 3_000_000 }), (all, bps, more) => {
        const result = allocate(bps, all);
        const best = (isOnStage: boolean): number[] =>
          result
            .filter((_, at) => (all[at]?.stage === 'on-stage') === isOnStage)
            .map(({ layer: index }) => index ?? -1);
        const [firstOnStage] = best(true);
        if (firstOnStage !== undefined) expect(firstOnStage).toBeGreaterThanOrEqual(Math.max(-1, ...best(false)));
        if (all.every(({ stage }) => stage !== 'on-stage')) {
          expect(served(allocate(bps + more, all))).toBeGreaterThanOrEqual(served(result));
        }
      }),
    );
  });

  test('lastN is respected, and sources on stage come first', () => {
    const names = fc.array(fc.constantFrom('0-v0', '3-v0', '5-v0', 'gone-v0'), { maxLength: 4 });
    const settings = fc.record({ lastN: fc.integer({ min: -1, max: 8 }), onStage: names, selected: names });
    fc.assert(
      fc.property(sources, settings, (all, change) => {
        const ordered = prioritize(all, constraints(change), ['5', '2']);
        if (change.lastN >= 0) expect(ordered.length).toBeLessThanOrEqual(change.lastN);
        const stages = ordered.map(({ stage }) => ['on-stage', 'selected', 'other'].indexOf(stage));
        expect(stages).toEqual(stages.toSorted((a, b) => a - b));
        expect(new Set(ordered.map(({ name }) => name)).size).toBe(ordered.length);
      }),
    );
  });
});

describe('constraints of a receiver', () => {
  test('are replaced field by field, absent fields stay', () => {
    const first = withMessage(INITIAL_CONSTRAINTS, {
      colibriClass: 'ReceiverVideoConstraints',
      lastN: 5,
      onStageSources: ['a-v0'],
      constraints: { 'a-v0': { maxHeight: 720 } },
    });
    const second = withMessage(first, {
      colibriClass: 'ReceiverVideoConstraints',
      defaultConstraints: { maxHeight: 0 },
      selectedSources: ['b-v0'],
    });
    expect(second).toEqual({
      lastN: 5,
      onStage: ['a-v0'],
      selected: ['b-v0'],
      defaultMaxHeight: 0,
      maxHeights: new Map([['a-v0', 720]]),
    });
  });
});
