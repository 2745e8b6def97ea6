import { expect, test } from 'vitest';
import { createLogger, logConfig, setLogLevel } from './logger.ts';

test('a level that is changed holds for loggers made before, after, and from others', () => {
  const root = createLogger(logConfig.parse({ level: 'silent' }));
  const child = root.child({ service: 'turn' });
  const grandchild = child.child({ allocation: 'a' });
  setLogLevel(root, 'error');
  expect([root, child, grandchild, root.child({})].map(({ level }) => level)).toEqual(Array(4).fill('error'));
  setLogLevel(root, 'silent');
  expect(grandchild.isLevelEnabled('error')).toBe(false);
});
