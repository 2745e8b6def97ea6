import { expect, test } from 'vitest';
import { toolChoice, whenPressed } from './tool-choice.ts';

const nobody = () => undefined;

test('all buttons are there unless some are chosen; then only those', () => {
  expect(toolChoice({}, nobody).shows('chat')).toBe(true);
  const few = toolChoice({ toolbarButtons: ['microphone', 'hangup', 'unknown-to-us'] }, nobody);
  expect([few.shows('microphone'), few.shows('hangup'), few.shows('chat')]).toEqual([true, true, false]);
});

test('buttons taken away one by one are gone, also of those that were chosen', () => {
  const choice = toolChoice({ toolbarButtons: ['chat', 'invite'], absentButtons: ['invite'] }, nobody);
  expect([choice.shows('chat'), choice.shows('invite')]).toEqual([true, false]);
});

test('of name, duration and number of people each can be hidden, or all', () => {
  const shown = (config: Parameters<typeof toolChoice>[0]) => {
    const { showsSubject, showsTimer, showsCount } = toolChoice(config, nobody);
    return [showsSubject, showsTimer, showsCount];
  };
  expect(shown({})).toEqual([true, true, true]);
  expect(shown({ hidesSubject: true })).toEqual([false, true, true]);
  expect(shown({ hidesTimer: true })).toEqual([true, false, true]);
  expect(shown({ hidesInfo: true })).toEqual([false, false, false]);
});

test('a press is told where that is wished, and done unless the other page acts instead', () => {
  const pressed: unknown[] = [];
  const done: string[] = [];
  const wishes = new Map([
    ['camera', { preventsExecution: true }],
    ['chat', { preventsExecution: false }],
  ]);
  const choice = toolChoice({ buttonsWithNotifyClick: wishes }, (...args) => pressed.push(args));
  for (const key of ['camera', 'chat', 'hangup'] as const)
    whenPressed(
      () => choice,
      key,
      () => done.push(key),
    )();
  expect(pressed).toEqual([
    ['camera', true],
    ['chat', false],
  ]);
  expect(done).toEqual(['chat', 'hangup']);
});
