import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StartError } from './start-error.ts';

/** Another process (`npm run user`) may be writing. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * `<dataDir>/parley.sqlite`: what must outlive a restart (decisions.md, "Where things are kept"). Tables belong to the
 * service that migrates them.
 */
export class Database {
  readonly #sqlite: DatabaseSync;

  /** @param dataDir exists already; `:memory:` keeps everything in memory, for tests. @throws StartError */
  static open(dataDir: string): Database {
    const path = dataDir === ':memory:' ? dataDir : join(dataDir, 'parley.sqlite');
    try {
      const sqlite = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      // WAL: readers never wait for the writer of another process.
      sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
      sqlite.exec('CREATE TABLE IF NOT EXISTS migration (service TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT');
      if (path !== ':memory:') chmodSync(path, 0o600);
      return new Database(sqlite);
    } catch (cause) {
      throw new StartError(
        `The database ${path} cannot be used (${cause instanceof Error ? cause.message : String(cause)}). It must belong to the user that runs Parley; restore it from a backup if it is damaged.`,
        { cause },
      );
    }
  }

  private constructor(sqlite: DatabaseSync) {
    this.#sqlite = sqlite;
  }

  /**
   * Brings a service's tables up to date.
   * @param steps SQL, in order; a step that has been released never changes.
   * @throws StartError where a newer version of Parley was here before.
   */
  migrate(service: string, steps: readonly string[]): void {
    this.transaction(() => {
      const row = this.#sqlite.prepare('SELECT version FROM migration WHERE service = ?').get(service);
      const version = Number(row?.['version'] ?? 0);
      if (version > steps.length) {
        throw new StartError(
          `The database was used by a newer version of Parley (${service}: ${version}). Start that one, or restore a backup.`,
        );
      }
      for (const step of steps.slice(version)) this.#sqlite.exec(step);
      this.#sqlite
        .prepare('INSERT INTO migration VALUES (?, ?) ON CONFLICT DO UPDATE SET version = excluded.version')
        .run(service, steps.length);
    });
  }

  /** Everything or nothing. */
  transaction<Result>(work: () => Result): Result {
    this.#sqlite.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#sqlite.exec('COMMIT');
      return result;
    } catch (error) {
      this.#sqlite.exec('ROLLBACK');
      throw error;
    }
  }

  /** A statement to run many times; parameters never become part of its text. */
  prepare(sql: string): ReturnType<DatabaseSync['prepare']> {
    return this.#sqlite.prepare(sql);
  }

  close(): void {
    this.#sqlite.close();
  }
}
