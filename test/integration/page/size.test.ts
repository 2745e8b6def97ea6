import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../../web/dist');
const page = readFileSync(join(dist, 'index.html'), 'utf8');

/** What fits through the network before one can join (design §10), in bytes as sent. */
const MAX_SCRIPT_BYTES = 120_000;
const MAX_STYLE_BYTES = 15_000;

/** Files of the build and what they cannot start without. */
function withImports(names: readonly string[]): string[] {
  const found = new Set(names);
  for (const name of found) {
    const source = readFileSync(join(dist, 'assets', name), 'utf8');
    for (const [, imported = ''] of source.matchAll(/\b(?:from|import)\s*["'`]\.\/([^"'`]+)["'`]/g))
      found.add(imported);
  }
  return [...found];
}

function sentBytes(names: readonly string[]): number {
  return names.reduce((sum, name) => sum + gzipSync(readFileSync(join(dist, 'assets', name)), { level: 9 }).length, 0);
}

function loadedBy(pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(([, name = '']) => name);
}

test.each(['en', 'el'])('the script to join a meeting in %s keeps the budget', (language) => {
  const [messages = ''] = globSync(`${language}-*.js`, { cwd: join(dist, 'assets') });
  const scripts = withImports([...loadedBy(/<script[^>]* src="\/assets\/([^"]+)"/g), messages]);
  // The page itself, first.js, the language: else this reads the build wrongly.
  expect(scripts.length).toBeGreaterThanOrEqual(3);
  expect(sentBytes(scripts)).toBeLessThanOrEqual(MAX_SCRIPT_BYTES);
});

test('its styles keep the budget', () => {
  const styles = loadedBy(/<link rel="stylesheet"[^>]* href="\/assets\/([^"]+)"/g);
  expect(styles.length).toBeGreaterThan(0);
  expect(sentBytes(styles)).toBeLessThanOrEqual(MAX_STYLE_BYTES);
});
