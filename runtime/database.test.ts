import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Database } from './database.ts';
import { StartError } from './start-error.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'parley-database-'));
});
afterEach(() => rm(directory, { recursive: true }));

const NAMES = 'CREATE TABLE name (text TEXT NOT NULL) STRICT';

test('what was written is there after a restart, for this user only', async () => {
  const first = Database.open(directory);
  first.migrate('test', [NAMES]);
  first.prepare('INSERT INTO name VALUES (?)').run('Ann');
  first.close();
  const second = Database.open(directory);
  second.migrate('test', [NAMES]);
  expect(second.prepare('SELECT text FROM name').all()).toEqual([{ text: 'Ann' }]);
  second.close();
  expect((await stat(join(directory, 'parley.sqlite'))).mode & 0o777).toBe(0o600);
});

test('only steps that are new are taken, each service’s own', () => {
  const database = Database.open(':memory:');
  database.migrate('test', [NAMES]);
  database.prepare('INSERT INTO name VALUES (?)').run('Ann');
  database.migrate('other', ['CREATE TABLE other (id INTEGER) STRICT']);
  database.migrate('test', [NAMES, "ALTER TABLE name ADD COLUMN mail TEXT NOT NULL DEFAULT ''"]);
  expect(database.prepare('SELECT * FROM name').all()).toEqual([{ text: 'Ann', mail: '' }]);
});

test('a step that fails leaves everything as it was', () => {
  const database = Database.open(':memory:');
  expect(() => database.migrate('test', [NAMES, 'CREATE TABLE'])).toThrow();
  database.migrate('test', [NAMES]);
  expect(database.prepare('SELECT * FROM name').all()).toEqual([]);
});

test('a database of a newer version is left alone', () => {
  const database = Database.open(':memory:');
  database.migrate('test', [NAMES, 'SELECT 1']);
  expect(() => database.migrate('test', [NAMES])).toThrow(StartError);
});

test('a file that is no database stops the start with a remedy', async () => {
  await writeFile(join(directory, 'parley.sqlite'), 'x'.repeat(4096));
  expect(() => Database.open(directory)).toThrow(/restore it from a backup/);
});

test('a second process may write while the first one has it open', () => {
  const server = Database.open(directory);
  server.migrate('test', [NAMES]);
  const command = Database.open(directory);
  command.prepare('INSERT INTO name VALUES (?)').run('Bob');
  expect(server.prepare('SELECT text FROM name').all()).toEqual([{ text: 'Bob' }]);
  command.close();
  server.close();
});
