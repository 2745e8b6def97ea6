import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** What each part may import of ours besides itself, and whether it may use Node's own modules. */
const parts: Record<string, { mayImport: readonly string[]; usesNode: boolean }> = {
  protocol: { mayImport: [], usesNode: false },
  runtime: { mayImport: [], usesNode: true },
  'web/client': { mayImport: ['protocol'], usesNode: false },
  'web/ui': { mayImport: ['protocol', 'web/client'], usesNode: false },
  'web/iframe-api': { mayImport: ['protocol'], usesNode: false },
  'web/server': { mayImport: ['protocol', 'runtime'], usesNode: true },
  turn: { mayImport: ['runtime'], usesNode: true },
  signalling: { mayImport: ['protocol', 'runtime'], usesNode: true },
  focus: { mayImport: ['protocol', 'runtime'], usesNode: true },
  sfu: { mayImport: ['protocol', 'runtime'], usesNode: true },
  sip: { mayImport: ['protocol', 'runtime'], usesNode: true },
  recorder: { mayImport: ['protocol', 'runtime'], usesNode: true },
  // As main.ts: a command that works without a running server uses the service's own tables.
  cli: { mayImport: ['protocol', 'runtime', 'signalling', 'config.ts'], usesNode: true },
  setup: { mayImport: [], usesNode: true },
};

const importPattern = /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|\bimport\(?\s*['"]([^'"]+)['"]/gm;

function importsOf(file: string): string[] {
  return [...readFileSync(join(root, file), 'utf8').matchAll(importPattern)].map(
    ([, from, bare]) => from ?? bare ?? '',
  );
}

/** The part a file belongs to, or its first folder when it belongs to none. */
function partOf(path: string): string {
  return Object.keys(parts).find((part) => path.startsWith(`${part}/`)) ?? path.split('/')[0] ?? path;
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return partOf(specifier.slice(1));
  return specifier.startsWith('.') ? partOf(relative(root, join(root, dirname(file), specifier))) : undefined;
}

function filesOf(part: string): string[] {
  return globSync(`${part}/**/*.{ts,tsx,mjs}`, { cwd: root, exclude: ['web/dist/**', '**/node_modules/**'] });
}

const isTest = (file: string) => /\.test\.(ts|tsx|mjs)$/.test(file);

test.each(Object.entries(parts))('%s imports of ours only what it may', (part, { mayImport }) => {
  const violations = filesOf(part).flatMap((file) => {
    const allowed = [part, ...mayImport, ...(isTest(file) ? ['test'] : [])];
    return importsOf(file)
      .filter((specifier) => !allowed.includes(targetOf(file, specifier) ?? part))
      .map((specifier) => `${file} imports ${specifier}`);
  });
  expect(violations).toEqual([]);
});

const browserParts = Object.keys(parts).filter((part) => !parts[part]?.usesNode);

test.each(browserParts)('%s runs in a browser: no module of Node', (part) => {
  const violations = filesOf(part)
    .filter((file) => !isTest(file) && importsOf(file).some((specifier) => specifier.startsWith('node:')))
    .map((file) => `${file} imports from node:`);
  expect(violations).toEqual([]);
});
