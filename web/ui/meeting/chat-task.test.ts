import { expect, test } from 'vitest';
import { ChatTask, placeOfDraft } from './chat-task.ts';

const everyone = placeOfDraft(undefined, undefined, undefined);

test('each addressee and each room has its own draft; answers share it', () => {
  const places = [
    everyone,
    placeOfDraft(undefined, undefined, 'red@breakout.meet.example'),
    placeOfDraft(undefined, 'b27de114', undefined),
    placeOfDraft({ kind: 'edit', id: 'm1' }, undefined, undefined),
  ];
  expect(new Set(places).size).toBe(places.length);
  expect(placeOfDraft({ kind: 'reply', id: 'm1' }, 'b27de114', 'x')).toBe(places[2]);
  const task = new ChatTask();
  for (const place of places) task.keepDraft(place, `for ${place}`);
  expect(places.map((place) => task.draft(place))).toEqual(places.map((place) => `for ${place}`));
  task.keepDraft(everyone, '');
  expect(task.draft(everyone)).toBeUndefined();
});

test('an edit that was given up leaves nothing; what was begun before is there again', () => {
  const task = new ChatTask();
  const edit = { kind: 'edit', id: 'm1' } as const;
  task.keepDraft(everyone, 'Hello');
  task.begin(edit);
  task.keepDraft(placeOfDraft(edit, undefined, undefined), 'Changed');
  task.begin({ kind: 'reply', id: 'm2' });
  expect(task.draft(placeOfDraft(edit, undefined, undefined))).toBeUndefined();
  expect(task.draft(everyone)).toBe('Hello');
});
