const MAX_LENGTH = 2_000;

/** A line of the log as texts, as `log` events carry it: what is logged may have cycles. */
export function logArguments(message: string, details: unknown): readonly string[] {
  return (details === undefined ? [message] : [message, asText(details)]).map((text) => text.slice(0, MAX_LENGTH));
}

function asText(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return Object.prototype.toString.call(value); // it has cycles
  }
}
