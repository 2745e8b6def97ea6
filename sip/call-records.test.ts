import { expect, test } from 'vitest';
import { Database } from '#runtime/database.ts';
import { type CallBegin, CallRecords } from './call-records.ts';

const DAY_MS = 86_400_000;

function call(id: string): CallBegin {
  return { id, direction: 'in', trunk: 'provider', caller: '+302101234567', called: '+302107654321' };
}

function records(keptDays: number): CallRecords {
  return new CallRecords(Database.open(':memory:'), keptDays);
}

test('a call is written down in full when it begins, and how it went when it ends; the newest come first', () => {
  const kept = records(90);
  kept.begin(call('first'), 1_000_000);
  kept.begin({ ...call('second'), direction: 'out' }, 2_000_000);
  kept.end('first', { ...call('first'), room: 'standup@muc.localhost', outcome: 'remote' }, 3_000_000);
  expect(kept.list(10)).toEqual([
    {
      ...call('second'),
      direction: 'out',
      room: undefined,
      startedAtSeconds: 2_000,
      endedAtSeconds: undefined,
      outcome: undefined,
    },
    {
      ...call('first'),
      room: 'standup@muc.localhost',
      startedAtSeconds: 1_000,
      endedAtSeconds: 3_000,
      outcome: 'remote',
    },
  ]);
  expect(kept.list(1).map(({ id }) => id)).toEqual(['second']);
});

test('what is older than it may be is forgotten when another call begins', () => {
  const kept = records(30);
  kept.begin(call('old'), 0);
  kept.begin(call('younger'), 2 * DAY_MS);
  kept.begin(call('new'), 31 * DAY_MS);
  expect(kept.list(10).map(({ id }) => id)).toEqual(['new', 'younger']);
});

test('where nothing is to be kept nothing is', () => {
  const kept = records(0);
  kept.begin(call('any'), DAY_MS);
  kept.end('any', { ...call('any'), room: undefined, outcome: 'remote' }, DAY_MS);
  expect(kept.list(10)).toEqual([]);
});
