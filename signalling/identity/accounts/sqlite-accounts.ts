import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database } from '#runtime/database.ts';
import type { AccountSource } from './account-source.ts';
import { scramCredentials, type ScramCredentials, type ScramHash } from './scram.ts';

/** Released steps never change. */
const MIGRATIONS = [
  `CREATE TABLE account (
     username TEXT PRIMARY KEY,
     created_at INTEGER NOT NULL -- seconds since 1970
   ) STRICT;
   CREATE TABLE account_credentials (
     username TEXT NOT NULL REFERENCES account ON DELETE CASCADE,
     hash TEXT NOT NULL CHECK (hash IN ('sha1', 'sha256')),
     salt BLOB NOT NULL,
     iterations INTEGER NOT NULL,
     stored_key BLOB NOT NULL,
     server_key BLOB NOT NULL,
     PRIMARY KEY (username, hash)
   ) STRICT`,
];

const HASHES: readonly ScramHash[] = ['sha256', 'sha1'];
const SALT_BYTES = 16;
/**
 * Clients do this many rounds at each login, some in JavaScript without WebCrypto. RFC 7677 §4 asks for at least 4096;
 * what the database holds is no password, but guessing weak ones from a stolen copy gets no dearer than this.
 */
export const ITERATIONS = 10_000;

export interface Account {
  readonly username: string;
  readonly createdAtMs: number;
}

/** Accounts in the database of the installation. `npm run user` writes them, also while the server runs. */
export class SqliteAccounts implements AccountSource {
  readonly scramHashes = HASHES;
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate('accounts', MIGRATIONS);
  }

  /** @param username as accountName() gives it. @returns whether it was new; one that exists is not changed. */
  async add(username: string, password: string): Promise<boolean> {
    const credentials = await makeCredentials(password);
    return this.#database.transaction(() => {
      const { changes } = this.#database
        .prepare('INSERT INTO account VALUES (?, ?) ON CONFLICT DO NOTHING')
        .run(username, Math.floor(Date.now() / 1000));
      if (Number(changes) === 1) this.#store(username, credentials);
      return Number(changes) === 1;
    });
  }

  /** @returns whether there is such an account. */
  async setPassword(username: string, password: string): Promise<boolean> {
    const credentials = await makeCredentials(password);
    return this.#database.transaction(() => {
      if (!this.has(username)) return false;
      this.#store(username, credentials);
      return true;
    });
  }

  /** @returns whether there was such an account. */
  remove(username: string): boolean {
    return Number(this.#database.prepare('DELETE FROM account WHERE username = ?').run(username).changes) === 1;
  }

  has(username: string): boolean {
    return this.#database.prepare('SELECT 1 FROM account WHERE username = ?').get(username) !== undefined;
  }

  list(): Account[] {
    const rows = this.#database.prepare('SELECT username, created_at FROM account ORDER BY username').all();
    return rows.map((row) => ({ username: String(row['username']), createdAtMs: Number(row['created_at']) * 1000 }));
  }

  scramCredentials(username: string, hash: ScramHash): Promise<ScramCredentials | undefined> {
    return Promise.resolve(this.#credentials(username, hash));
  }

  async checkPassword(username: string, password: string): Promise<boolean> {
    const known = this.#credentials(username, 'sha256');
    const { salt, iterations } = known ?? { salt: randomBytes(SALT_BYTES), iterations: ITERATIONS };
    const given = await scramCredentials(password, 'sha256', salt, iterations);
    return known !== undefined && timingSafeEqual(known.storedKey, given.storedKey);
  }

  #credentials(username: string, hash: ScramHash): ScramCredentials | undefined {
    const row = this.#database
      .prepare(
        'SELECT salt, iterations, stored_key, server_key FROM account_credentials WHERE username = ? AND hash = ?',
      )
      .get(username, hash);
    if (row === undefined) return undefined;
    const { salt, iterations, stored_key: storedKey, server_key: serverKey } = row;
    const areBlobs = salt instanceof Uint8Array && storedKey instanceof Uint8Array && serverKey instanceof Uint8Array;
    if (!areBlobs) throw new Error('a row of account_credentials is not as its schema has it');
    return { salt, iterations: Number(iterations), storedKey, serverKey };
  }

  #store(username: string, credentials: ReadonlyMap<ScramHash, ScramCredentials>): void {
    const insert = this.#database.prepare('INSERT OR REPLACE INTO account_credentials VALUES (?, ?, ?, ?, ?, ?)');
    for (const [hash, { salt, iterations, storedKey, serverKey }] of credentials) {
      insert.run(username, hash, salt, iterations, storedKey, serverKey);
    }
  }
}

async function makeCredentials(password: string): Promise<ReadonlyMap<ScramHash, ScramCredentials>> {
  const entries = HASHES.map(async (hash) => {
    return [hash, await scramCredentials(password, hash, randomBytes(SALT_BYTES), ITERATIONS)] as const;
  });
  return new Map(await Promise.all(entries));
}
