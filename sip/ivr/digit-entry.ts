/** What a caller has typed so far of a number. */
export interface DigitEntry {
  readonly digits: string;
  /** How often nothing came when something was asked for. */
  readonly silences: number;
  /** When the wait for the next digit ends; undefined while the caller is still spoken to. */
  readonly dueAtMs: number | undefined;
}

export type EntryResult =
  | { readonly kind: 'more'; readonly entry: DigitEntry }
  | { readonly kind: 'entered'; readonly digits: string }
  /** Nothing came. */
  | { readonly kind: 'silent'; readonly entry: DigitEntry };

/** The spoken question is over: for so long nothing need be typed. */
const FIRST_DIGIT_MS = 10_000;
/** A pause so long ends a number as `#` does. */
const BETWEEN_DIGITS_MS = 5_000;
/** More than any number has; what is longer is entered as it stands. */
const MAX_DIGITS = 32;

export const EMPTY_ENTRY: DigitEntry = { digits: '', silences: 0, dueAtMs: undefined };

/** The question has been asked to its end. */
export function asked(entry: DigitEntry, nowMs: number): DigitEntry {
  return entry.digits === '' ? { ...entry, dueAtMs: nowMs + FIRST_DIGIT_MS } : entry;
}

/**
 * A key: `#` ends the number, `*` begins it anew.
 * @param key `0` … `9`, `*` or `#`
 * @param length of the number, where it is known: it then ends without `#`.
 */
export function press(entry: DigitEntry, key: string, length: number | undefined, nowMs: number): EntryResult {
  const { digits, silences } = entry;
  if (key === '#') return digits === '' ? silence(entry) : { kind: 'entered', digits };
  if (key === '*') return { kind: 'more', entry: { digits: '', silences, dueAtMs: nowMs + FIRST_DIGIT_MS } };
  const longer = digits + key;
  if (longer.length >= (length ?? MAX_DIGITS)) return { kind: 'entered', digits: longer };
  return { kind: 'more', entry: { digits: longer, silences, dueAtMs: nowMs + BETWEEN_DIGITS_MS } };
}

/** Time has passed. */
export function waited(entry: DigitEntry, nowMs: number): EntryResult {
  if (entry.dueAtMs === undefined || nowMs < entry.dueAtMs) return { kind: 'more', entry };
  return entry.digits === '' ? silence(entry) : { kind: 'entered', digits: entry.digits };
}

function silence({ silences }: DigitEntry): EntryResult {
  return { kind: 'silent', entry: { digits: '', silences: silences + 1, dueAtMs: undefined } };
}
