import { describe, expect, it } from 'vitest';
import { type KeyPress, SHORTCUTS, shortcutOf } from './shortcuts.ts';

const press = (overrides: Partial<KeyPress>): KeyPress => ({
  key: '',
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...overrides,
});

describe('shortcuts', () => {
  it.each([
    [{ key: 'm', code: 'KeyM' }, 'microphone'],
    [{ key: 'M', code: 'KeyM' }, 'microphone'],
    [{ key: 'μ', code: 'KeyM' }, 'microphone'],
    [{ key: 'PageDown', code: 'PageDown' }, 'next-page'],
    [{ key: '?', code: 'Slash' }, 'help'],
    [{ key: 'l', code: 'KeyL', ctrlKey: true, altKey: true }, 'leave'],
  ])('%o is %s', (keys, action) => {
    expect(shortcutOf(press(keys))?.action).toBe(action);
  });

  it('count tiles from the first', () => {
    expect(shortcutOf(press({ key: '3', code: 'Digit3' }))).toEqual({ action: 'pin-tile', index: 2 });
  });

  it.each([
    { key: 'c', code: 'KeyC', ctrlKey: true },
    { key: 'm', code: 'KeyM', repeat: true },
    { key: 'constructor', code: '' },
    { key: 'x', code: 'KeyX' },
  ])('leave %o alone', (keys) => {
    expect(shortcutOf(press(keys))).toBeUndefined();
  });

  it('are told once each', () => {
    expect(new Set(SHORTCUTS.map((shortcut) => shortcut.keys)).size).toBe(SHORTCUTS.length);
  });
});
