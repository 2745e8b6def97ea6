import { child, text, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';

/** UTF-16 code units; what newcomers get of a meeting's polls or rooms stays below. */
const MAX_LENGTH = 1_048_576;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * What a component says (wire note §7): a JSON object with a type.
 * @param host the component's address; the same words of anybody else are nothing
 */
export function readComponentMessage(stanza: XmlElement, host: string): JsonObject | undefined {
  if (stanza.name !== 'message' || stanza.attrs['from'] !== host || stanza.attrs['type'] === 'error') return undefined;
  const element = child(stanza, 'json-message', NS_JITMEET);
  const json = element === undefined ? '' : text(element);
  if (json === '' || json.length > MAX_LENGTH) return undefined;
  try {
    return asObject(JSON.parse(json));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function asObject(value: unknown): JsonObject | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}

/** A text of at most so many UTF-16 code units, cut if it is longer. */
export function asText(value: unknown, maxLength: number): string | undefined {
  return typeof value === 'string' ? value.slice(0, maxLength) : undefined;
}

/** At most so many items of a list, each read; what cannot be read is left out. */
export function asList<Item>(value: unknown, max: number, read: (item: unknown) => Item | undefined): Item[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, max).flatMap((item) => read(item) ?? []);
}
