import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

test('every node after the set-up is called by exec', () => {
  // A POSIX shell remembers where it found the first `node`; on a bare clone that is the outer, older one.
  const preparing = Object.entries(scripts).filter(([, script]) => script.includes('node setup/prepare.mjs'));
  expect(preparing.length).toBeGreaterThan(0);
  for (const [name, script] of preparing) {
    const [, ...later] = script.split(' && ');
    expect(
      later.filter((command) => command.startsWith('node ')),
      name,
    ).toEqual([]);
  }
});
