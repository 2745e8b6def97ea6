import { afterEach, expect, test } from 'vitest';
import { Toasts } from '../meeting/toasts.ts';
import { Notices } from './notices.ts';

let toasts: Toasts | undefined;
afterEach(() => toasts?.close());

function make() {
  const shown = (toasts = new Toasts());
  const told: unknown[] = [];
  return { shown, told, notices: new Notices((name, fields) => told.push([name, fields])) };
}

test('a notice of the embedding page is shown, its action told of, and it can be taken back', () => {
  const { shown, told, notices } = make();
  const customActions = [
    { label: 'Show the agenda', uuid: 'agenda' },
    { label: 'No place for it', uuid: 'second' },
  ];
  notices.show(shown, { title: 'Next', description: 'Ann speaks', uid: 'n1', type: 'normal', customActions });
  expect(shown.current.peek()).toMatchObject({ text: 'Next: Ann speaks', action: { label: 'Show the agenda' } });
  shown.current.peek()?.action?.run();
  expect(told).toEqual([
    ['notification-triggered', { title: 'Next', description: 'Ann speaks' }],
    ['custom-notification-action-triggered', { data: { id: 'agenda' } }],
  ]);
  notices.hide('another');
  expect(shown.current.peek()).toBeDefined();
  notices.hide('n1');
  expect(shown.current.peek()).toBeUndefined();
});

test.each([undefined, null, 7, 'text', {}, { title: 7 }, { title: ' ', description: '' }])(
  '%j says nothing',
  (wish) => {
    const { shown, told, notices } = make();
    notices.show(shown, wish);
    expect([shown.current.peek(), told]).toEqual([undefined, []]);
  },
);

test('long texts are cut, and names of the prototype are names like any other', () => {
  const { shown, notices } = make();
  notices.show(shown, { title: 'x'.repeat(1_000), uid: '__proto__', customActions: [{ label: {} }] });
  expect(shown.current.peek()).toMatchObject({ text: 'x'.repeat(300), action: undefined });
  notices.hide('__proto__');
  expect(shown.current.peek()).toBeUndefined();
});
