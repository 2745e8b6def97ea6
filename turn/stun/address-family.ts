import type { Family } from '../endpoint.ts';
import { AttributeType } from './attribute-type.ts';
import type { StunMessage } from './message.ts';
import type { StunWriter } from './message-writer.ts';

// REQUESTED-ADDRESS-FAMILY and ADDITIONAL-ADDRESS-FAMILY (RFC 8656 §18.6, §18.11): a family and three reserved bytes.

const FAMILY_IPV4 = 1;
const FAMILY_IPV6 = 2;

type FamilyAttribute = typeof AttributeType.REQUESTED_ADDRESS_FAMILY | typeof AttributeType.ADDITIONAL_ADDRESS_FAMILY;

/** The family asked for, `unknown` when the number stands for none, undefined when the attribute is absent. */
export function readAddressFamily(message: StunMessage, type: FamilyAttribute): Family | 'unknown' | undefined {
  let offset = message.findFixed(type, 4);
  if (offset < 0 && type === AttributeType.ADDITIONAL_ADDRESS_FAMILY) {
    offset = message.findFixed(AttributeType.DRAFT_ADDITIONAL_ADDRESS_FAMILY, 4);
  }
  if (offset < 0) return undefined;
  const value = message.bytes[offset];
  if (value === FAMILY_IPV4) return 4;
  return value === FAMILY_IPV6 ? 6 : 'unknown';
}

export function writeAddressFamily(writer: StunWriter, type: FamilyAttribute, family: Family): void {
  writer.bytes[writer.attribute(type, 4)] = family === 4 ? FAMILY_IPV4 : FAMILY_IPV6;
}
