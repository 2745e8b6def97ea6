import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configSchema } from '../config.ts';
import { configReference } from '../runtime/config-reference.ts';

const page = join(import.meta.dirname, '../docs/configuration.md');

/** `npm run docs:configuration` writes the page anew. */
test('the reference of all settings is the one that the schema gives', () => {
  const [, table] = readFileSync(page, 'utf8').split(/^(?=\| setting)/m);
  expect(table?.trim()).toBe(configReference(configSchema));
});

test('every setting has an explanation', () => {
  const unexplained = configReference(configSchema)
    .split('\n')
    .filter((row) => row.endsWith('|  |'));
  expect(unexplained).toEqual([]);
});
