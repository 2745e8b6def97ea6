import { AttributeType } from './attribute-type.ts';
import { DecodeError } from './decode-error.ts';
import type { StunMessage } from './message.ts';
import type { StunWriter } from './message-writer.ts';

// USERNAME, REALM, NONCE (RFC 8489 §14.3, §14.9, §14.10): UTF-8 text, bounded in bytes.

/** The longest values the standard allows, in bytes (RFC 8489 §14.3: 508; §14.9, §14.10: 127 characters, 763 bytes). */
const MAX_BYTES = new Map<number, number>([
  [AttributeType.USERNAME, 508],
  [AttributeType.REALM, 763],
  [AttributeType.NONCE, 763],
]);

type TextAttribute = typeof AttributeType.USERNAME | typeof AttributeType.REALM | typeof AttributeType.NONCE;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text, or undefined when the attribute is absent.
 * @throws DecodeError when it is too long or not UTF-8.
 */
export function readText(message: StunMessage, type: TextAttribute): string | undefined {
  const value = message.value(type);
  if (value === undefined) return undefined;
  if (value.length > (MAX_BYTES.get(type) ?? 0)) throw new DecodeError('text attribute too long');
  try {
    return utf8.decode(value);
  } catch (cause) {
    throw new DecodeError('text attribute is not UTF-8', { cause });
  }
}

export function writeText(writer: StunWriter, type: TextAttribute, text: string): void {
  writer.attributeBytes(type, Buffer.from(text));
}
