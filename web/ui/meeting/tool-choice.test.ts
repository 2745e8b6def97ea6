import { expect, test } from 'vitest';
import { toolChoice, whenPressed } from './tool-choice.ts';

const nobody = () => undefined;

test('all buttons are there unless some are chosen; then only those', () => {
  expect(toolChoice({}, nobody).shows('chat')).toBe(true);
  const few = toolChoice({ toolbarButtons: ['microphone', 'hangup', 'unknown-to-us'] }, nobody);
  expect([few.shows('microphone'), few.shows('hangup'), few.shows('chat')]).toEqual([true, true, false]);
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
