/**
 * A value kept on this device as JSON. Storage may be closed to us (private window, iframe) or hold what another
 * version wrote: then the default counts and nothing breaks.
 */
export function readStored<T>(key: string, parse: (value: unknown) => T): T {
  let value: unknown;
  try {
    value = JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    value = null; // closed storage or no JSON: the parser gives its default
  }
  return parse(value);
}

/** Keeps a value. Returns false when storage is closed or full: then it holds until the page goes. */
export function writeStored(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Own fields of a parsed JSON object; empty for anything else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
