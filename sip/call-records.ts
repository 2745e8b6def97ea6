import type { Database } from '#runtime/database.ts';

/** Released steps never change. */
const MIGRATIONS = [
  `CREATE TABLE sip_call (
     id TEXT PRIMARY KEY,
     direction TEXT NOT NULL, -- 'in' or 'out'
     trunk TEXT NOT NULL,
     caller TEXT NOT NULL,
     called TEXT NOT NULL,
     room TEXT, -- bare address; NULL: it was in none
     started_at INTEGER NOT NULL, -- seconds since 1970
     ended_at INTEGER, -- NULL: it goes on, or the program ended before it did
     outcome TEXT
   ) STRICT;
   CREATE INDEX sip_call_by_start ON sip_call (started_at)`,
];

const DAY_SECONDS = 86_400;

/** What is written down of a call when it begins. */
export interface CallBegin {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly trunk: string;
  /** Numbers in full, as nobody in the meeting sees them. */
  readonly caller: string;
  readonly called: string;
}

export interface CallEnd extends Pick<CallBegin, 'trunk' | 'caller'> {
  readonly room: string | undefined;
  readonly outcome: string;
}

export interface CallRecord extends CallBegin {
  readonly room: string | undefined;
  readonly startedAtSeconds: number;
  readonly endedAtSeconds: number | undefined;
  readonly outcome: string | undefined;
}

/** Who called whom, when and for how long, kept for some days: for bills and for those who answer complaints. */
export class CallRecords {
  readonly #database: Database;
  readonly #keptDays: number;

  /** @param keptDays 0: nothing is written down */
  constructor(database: Database, keptDays: number) {
    this.#database = database;
    this.#keptDays = keptDays;
    database.migrate('sip', MIGRATIONS);
  }

  /** @param nowMs milliseconds since 1970, as in all of these */
  begin({ id, direction, trunk, caller, called }: CallBegin, nowMs: number): void {
    this.#forget(nowMs);
    if (this.#keptDays === 0) return;
    this.#database
      .prepare(
        'INSERT INTO sip_call (id, direction, trunk, caller, called, started_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      )
      .run(id, direction, trunk, caller, called, seconds(nowMs));
  }

  /** A call out may have gone over another trunk in the end, and so with another number of ours. */
  end(id: string, { room, outcome, trunk, caller }: CallEnd, nowMs: number): void {
    this.#database
      .prepare('UPDATE sip_call SET room = ?, ended_at = ?, outcome = ?, trunk = ?, caller = ? WHERE id = ?')
      .run(room ?? null, seconds(nowMs), outcome, trunk, caller, id);
  }

  /** The newest first. */
  list(limit: number): readonly CallRecord[] {
    return this.#database
      .prepare('SELECT * FROM sip_call ORDER BY started_at DESC, rowid DESC LIMIT ?')
      .all(limit)
      .map((row) => ({
        id: String(row['id']),
        direction: row['direction'] === 'out' ? 'out' : 'in',
        trunk: String(row['trunk']),
        caller: String(row['caller']),
        called: String(row['called']),
        room: textOf(row['room']),
        startedAtSeconds: Number(row['started_at']),
        endedAtSeconds: row['ended_at'] === null ? undefined : Number(row['ended_at']),
        outcome: textOf(row['outcome']),
      }));
  }

  #forget(nowMs: number): void {
    this.#database
      .prepare('DELETE FROM sip_call WHERE started_at < ?')
      .run(seconds(nowMs) - this.#keptDays * DAY_SECONDS);
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
