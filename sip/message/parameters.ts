import { isToken, type Scanner } from './scanner.ts';

/**
 * `;name=value` in the order they came. Names are in lower case; values stand as they came, a quoted one with its quotes
 * (`unquote` takes them off), so that what is echoed is echoed exactly. A parameter without `=` has the value undefined:
 * `has` tells it from an absent one.
 */
export type SipParameters = ReadonlyMap<string, string | undefined>;

export const NO_PARAMETERS: SipParameters = new Map();

/** Where a value ends that is not quoted. Wider than the grammar: what some phones send, and can be sent back, does no harm. */
const VALUE_STOPS = ';,"<>';

/** Reads all parameters from here on. @returns undefined for an empty one, one named twice, or a value that does not end. */
export function scanParameters(scanner: Scanner): SipParameters | undefined {
  if (!scanner.takeSeparator(';')) return NO_PARAMETERS;
  const parameters = new Map<string, string | undefined>();
  do {
    const name = scanner.takeToken().toLowerCase();
    if (name === '' || parameters.has(name)) return undefined;
    let value: string | undefined;
    if (scanner.takeSeparator('=')) {
      value = scanner.next === '"' ? scanner.takeQuoted() : scanner.takeUntil(VALUE_STOPS);
      if (value === undefined || value === '') return undefined;
    }
    parameters.set(name, value);
  } while (scanner.takeSeparator(';'));
  return parameters;
}

export function formatParameters(parameters: SipParameters): string {
  let text = '';
  for (const [name, value] of parameters) text += value === undefined ? `;${name}` : `;${name}=${value}`;
  return text;
}

/** A parameter's value when it has the form of a token, as tags and branches must. */
export function tokenParameter(parameters: SipParameters, name: string): string | undefined {
  const value = parameters.get(name);
  return value !== undefined && isToken(value) ? value : undefined;
}
