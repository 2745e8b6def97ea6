import type { SipFields } from './message.ts';
import { scanParameters, type SipParameters } from './parameters.ts';
import { Scanner, trimSpace } from './scanner.ts';

// Reading headers that have no field of their own. Names are given full and in lower case.

type WithOthers = Pick<SipFields, 'others'>;

/** The first header of this name. */
export function headerValue({ others }: WithOthers, name: string): string | undefined {
  return others.find((header) => header.name === name)?.value;
}

/** Every header of this name, not split at commas. */
export function headerValues({ others }: WithOthers, name: string): readonly string[] {
  return others.flatMap((header) => (header.name === name ? [header.value] : []));
}

/** The elements of all headers of this name, for those that are lists of tokens: Supported, Require, Allow … */
export function headerTokens(message: WithOthers, name: string): readonly string[] {
  return headerValues(message, name)
    .flatMap((value) => value.split(','))
    .map(trimSpace)
    .filter((element) => element !== '');
}

export interface ParameterisedValue {
  readonly value: string;
  readonly parameters: SipParameters;
}

/** `value;name=value…`, as in Session-Expires, Content-Type, Event, Replaces and Reason. */
export function parseParameterised(text: string): ParameterisedValue | undefined {
  const scanner = new Scanner(text);
  scanner.skipSpace();
  const value = scanner.takeUntil(';,"<>');
  const parameters = value === '' ? undefined : scanParameters(scanner);
  scanner.skipSpace();
  return parameters === undefined || !scanner.isAtEnd ? undefined : { value, parameters };
}
