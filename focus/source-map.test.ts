import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Source } from '#protocol/media/source.ts';
import { camera, microphone } from '../test/support/focus/fake-client.ts';
import { SourceMap } from './source-map.ts';

const ANN = '1f0c9a7e';
const BOB = 'b27de114';

test('what one participant has, no other can take', () => {
  const map = new SourceMap();
  const own = microphone(ANN);
  expect(map.add(ANN, [own])).toBeUndefined();
  expect(map.add(BOB, [{ ...microphone(BOB), ssrcs: own.ssrcs }])?.text).toContain('is in use');
  expect(map.add(BOB, [{ ...microphone(BOB), msid: own.msid }])?.text).toContain('msid');
  expect(map.add(BOB, [own])?.text).toContain('is not a source of');
  expect(map.size).toBe(1);
});

test('a refused change leaves the map as it was', () => {
  const map = new SourceMap();
  const good = camera(ANN);
  expect(map.add(ANN, [good, good])).toBeDefined();
  expect(map.size).toBe(0);
  expect(map.add(ANN, [good])).toBeUndefined();
});

test('what was removed can be added again, by its owner', () => {
  const map = new SourceMap();
  const own = camera(ANN);
  map.add(ANN, [own]);
  map.remove(BOB, [own.name]);
  expect(map.has(ANN, own.name)).toBe(true);
  map.remove(ANN, [own.name]);
  expect(map.add(ANN, [own])).toBeUndefined();
});

test('SSRCs name the sources they belong to', () => {
  const map = new SourceMap();
  const own = [microphone(ANN), camera(ANN)];
  map.add(ANN, own);
  expect(map.namesOf(ANN, [own[1]?.ssrcs[4] ?? 0])).toEqual([`${ANN}-v0`]);
  expect(map.namesOf(ANN, [4_000_000_000])).toEqual([]);
  expect(map.namesOf(BOB, [own[0]?.ssrcs[0] ?? 0])).toMatchObject({ condition: 'bad-request' });
});

const video = camera(ANN, 1);
const [one = 0, two = 0, three = 0, four = 0] = video.ssrcs;
test.each<[string, Partial<Source>, boolean]>([
  ['one stream', { ssrcs: [one], groups: [] }, true],
  ['one stream with RTX', { ssrcs: [one, two], groups: [{ semantics: 'FID', ssrcs: [one, two] }] }, true],
  ['RTX named first', { ssrcs: [two, one], groups: [{ semantics: 'FID', ssrcs: [one, two] }] }, true],
  ['layers without RTX', { ssrcs: [one, two, three], groups: [{ semantics: 'SIM', ssrcs: [one, two, three] }] }, true],
  ['two streams without a group', { ssrcs: [one, two], groups: [] }, false],
  [
    'a FID group of three',
    { ssrcs: [one, two, three], groups: [{ semantics: 'FID', ssrcs: [one, two, three] }] },
    false,
  ],
  [
    'one RTX for two layers',
    {
      ssrcs: [one, two, three],
      groups: [
        { semantics: 'SIM', ssrcs: [one, two] },
        { semantics: 'FID', ssrcs: [one, three] },
        { semantics: 'FID', ssrcs: [two, three] },
      ],
    },
    false,
  ],
  [
    'two RTX for one layer',
    {
      ssrcs: [one, two, three, four],
      groups: [
        { semantics: 'SIM', ssrcs: [one, two] },
        { semantics: 'FID', ssrcs: [one, three] },
        { semantics: 'FID', ssrcs: [one, four] },
      ],
    },
    false,
  ],
  [
    'two SIM groups',
    {
      ssrcs: [one, two, three, four],
      groups: [
        { semantics: 'SIM', ssrcs: [one, two] },
        { semantics: 'SIM', ssrcs: [three, four] },
      ],
    },
    false,
  ],
  [
    'a layer that is its own RTX',
    {
      ssrcs: [one, two],
      groups: [
        { semantics: 'SIM', ssrcs: [one, two] },
        { semantics: 'FID', ssrcs: [one, two] },
      ],
    },
    false,
  ],
])('video of %s: allowed = %s', (_what, changes, isAllowed) => {
  expect(new SourceMap().add(ANN, [{ ...video, ...changes }]) === undefined).toBe(isAllowed);
});

test('no SSRC, msid or name ever belongs to two sources, whatever is tried', () => {
  const ssrc = fc.integer({ min: 0, max: 6 });
  const source = fc.record({
    owner: fc.constantFrom(ANN, BOB),
    claimed: fc.constantFrom(ANN, BOB),
    index: fc.nat(1),
    msid: fc.constantFrom('a b', 'c d', 'e f'),
    ssrc,
  });
  const change = fc.oneof(
    fc.record({ add: fc.array(source, { minLength: 1, maxLength: 3 }), by: fc.constantFrom(ANN, BOB) }),
    fc.record({ remove: fc.array(ssrc, { maxLength: 3 }), by: fc.constantFrom(ANN, BOB) }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const map = new SourceMap();
      for (const step of changes) {
        if ('add' in step) {
          map.add(
            step.by,
            step.add.map(({ owner, claimed, index, msid, ssrc: value }) => ({
              name: `${claimed}-a${index}`,
              owner,
              kind: 'audio',
              msid,
              ssrcs: [value],
              groups: [],
            })),
          );
        } else {
          const names = map.namesOf(step.by, step.remove);
          if ('length' in names) map.remove(step.by, names);
        }
        const all = [ANN, BOB].flatMap((owner) => map.sourcesOf(owner));
        for (const owner of [ANN, BOB]) {
          expect(map.sourcesOf(owner).every((own) => own.name.startsWith(owner) && own.owner === owner)).toBe(true);
        }
        expect(new Set(all.flatMap(({ ssrcs }) => ssrcs)).size).toBe(all.length);
        expect(new Set(all.map(({ msid }) => msid)).size).toBe(all.length);
        expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
        expect(all.every(({ ssrcs }) => ssrcs[0] !== 0)).toBe(true);
      }
    }),
  );
});
