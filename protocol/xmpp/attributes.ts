import { DecodeError } from './decode-error.ts';
import type { XmlElement } from './element.ts';

/** Reading attributes of elements from the network with their types and bounds; each throws DecodeError (`bad-format`). */

/** The attribute, which must be there and match. */
export function requiredAttribute(element: XmlElement, name: string, format: RegExp): string {
  const value = element.attrs[name];
  if (value === undefined || !format.test(value)) throw badAttribute(element, name);
  return value;
}

/** The attribute, which must match where it is there. */
export function optionalAttribute(element: XmlElement, name: string, format: RegExp): string | undefined {
  return element.attrs[name] === undefined ? undefined : requiredAttribute(element, name, format);
}

/** A decimal integer within bounds (inclusive). */
export function integerAttribute(element: XmlElement, name: string, min: number, max: number): number {
  const value = parseDecimal(element.attrs[name]);
  if (value === undefined || value < min || value > max) throw badAttribute(element, name);
  return value;
}

export function optionalIntegerAttribute(
  element: XmlElement,
  name: string,
  min: number,
  max: number,
): number | undefined {
  return element.attrs[name] === undefined ? undefined : integerAttribute(element, name, min, max);
}

/** xs:boolean (XML Schema part 2 §3.2.2); false where the attribute is absent. */
export function booleanAttribute(element: XmlElement, name: string): boolean {
  return booleanText(element.attrs[name] ?? '');
}

/** The same for text content. */
export function booleanText(value: string): boolean {
  return value === 'true' || value === '1';
}

/** Refuses lists that are longer than any honest sender's. */
export function atMost<Item>(limit: number, what: string, items: readonly Item[]): readonly Item[] {
  if (items.length > limit) throw new DecodeError('too-large', `more than ${limit} ${what}`);
  return items;
}

/** A non-negative decimal integer without sign, exponent or white space. */
function parseDecimal(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function badAttribute(element: XmlElement, name: string): DecodeError {
  return new DecodeError('bad-format', `<${element.name}/> needs a valid attribute ${name}`);
}
