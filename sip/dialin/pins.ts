import type { Database } from '#runtime/database.ts';

/** Released steps never change. */
const MIGRATIONS = [
  `CREATE TABLE dialin_pin (
     pin TEXT PRIMARY KEY,
     room TEXT NOT NULL, -- bare address
     used_at INTEGER NOT NULL -- seconds since 1970
   ) STRICT;
   CREATE INDEX dialin_pin_of_room ON dialin_pin (room, used_at);
   CREATE INDEX dialin_pin_by_use ON dialin_pin (used_at)`,
  `ALTER TABLE dialin_pin ADD COLUMN is_host INTEGER NOT NULL DEFAULT 0`,
];

const DAY_SECONDS = 86_400;
/** A PIN that no longer leads anywhere belongs to no other meeting for so long: it may stand in an old invitation. */
const REST_SECONDS = 365 * DAY_SECONDS;
/** Uses are written down no more often. */
const USE_STEP_SECONDS = 3_600;

export interface PinRules {
  readonly digits: number;
  readonly idleDays: number;
  /** A PIN of so many random digits, none of them 0 at the beginning. */
  readonly draw: (digits: number) => string;
}

/** Everybody's PIN of a meeting, or the one with which a caller moderates it. */
export type PinKind = 'guest' | 'host';

/** Where a PIN leads. */
export interface PinTarget {
  /** Bare address. */
  readonly room: string;
  readonly kind: PinKind;
}

/** Which PIN leads to which meeting, in the database of the installation. */
export class Pins {
  readonly #database: Database;
  readonly #rules: PinRules;

  constructor(database: Database, rules: PinRules) {
    this.#database = database;
    this.#rules = rules;
    database.migrate('dialin', MIGRATIONS);
  }

  /** The PIN of a meeting that has one. @param room bare address */
  pinOf(room: string, kind: PinKind, nowMs: number): string | undefined {
    const row = this.#database
      .prepare(
        'SELECT pin, used_at FROM dialin_pin WHERE room = ? AND is_host = ? AND used_at > ? ORDER BY used_at DESC LIMIT 1',
      )
      .get(room, Number(kind === 'host'), this.#idleSince(nowMs));
    if (row === undefined) return undefined;
    this.#use(String(row['pin']), Number(row['used_at']), nowMs);
    return String(row['pin']);
  }

  /** A new PIN for a meeting that has none. @param room bare address */
  create(room: string, kind: PinKind, nowMs: number): string {
    return this.#database.transaction(() => {
      const restedSince = this.#idleSince(nowMs) - REST_SECONDS;
      this.#database.prepare('DELETE FROM dialin_pin WHERE used_at < ?').run(restedSince);
      const insert = this.#database.prepare(
        'INSERT INTO dialin_pin (pin, room, used_at, is_host) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
      );
      for (;;) {
        const pin = this.#rules.draw(this.#rules.digits);
        if (Number(insert.run(pin, room, seconds(nowMs), Number(kind === 'host')).changes) === 1) return pin;
      }
    });
  }

  /** The meeting to which a PIN leads. */
  targetOf(pin: string, nowMs: number): PinTarget | undefined {
    const row = this.#database
      .prepare('SELECT room, used_at, is_host FROM dialin_pin WHERE pin = ? AND used_at > ?')
      .get(pin, this.#idleSince(nowMs));
    if (row === undefined) return undefined;
    this.#use(pin, Number(row['used_at']), nowMs);
    return { room: String(row['room']), kind: row['is_host'] === 1 ? 'host' : 'guest' };
  }

  #use(pin: string, usedAtSeconds: number, nowMs: number): void {
    if (seconds(nowMs) - usedAtSeconds < USE_STEP_SECONDS) return;
    this.#database.prepare('UPDATE dialin_pin SET used_at = ? WHERE pin = ?').run(seconds(nowMs), pin);
  }

  #idleSince(nowMs: number): number {
    return seconds(nowMs) - this.#rules.idleDays * DAY_SECONDS;
  }
}

function seconds(atMs: number): number {
  return Math.floor(atMs / 1_000);
}
