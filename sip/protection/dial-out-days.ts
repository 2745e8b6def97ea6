import type { Database } from '#runtime/database.ts';

/** Released steps never change. */
const MIGRATIONS = [
  `CREATE TABLE sip_dial_out_day (
     tenant TEXT PRIMARY KEY, -- '' without one
     began_at INTEGER NOT NULL, -- milliseconds since 1970
     calls INTEGER NOT NULL
   ) STRICT`,
];

const DAY_MS = 86_400_000;

/** How many calls out each tenant has made within 24 hours of the first; a restart does not give them anew. */
export class DialOutDays {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.migrate('sip-dial-out', MIGRATIONS);
  }

  /** @param nowMs milliseconds since 1970, as below; a clock that was set back begins a new day */
  callsOf(tenant: string, nowMs: number): number {
    this.#database
      .prepare('DELETE FROM sip_dial_out_day WHERE began_at <= ? OR began_at > ?')
      .run(nowMs - DAY_MS, nowMs);
    const row = this.#database.prepare('SELECT calls FROM sip_dial_out_day WHERE tenant = ?').get(tenant);
    return Number(row?.['calls'] ?? 0);
  }

  add(tenant: string, nowMs: number): void {
    this.#database
      .prepare(
        'INSERT INTO sip_dial_out_day (tenant, began_at, calls) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET calls = calls + 1',
      )
      .run(tenant, nowMs);
  }
}
