import { AttributeType } from './attribute-type.ts';
import { DecodeError } from './decode-error.ts';
import { readUint16, type StunMessage } from './message.ts';
import { type StunWriter, writeUint16 } from './message-writer.ts';

// PASSWORD-ALGORITHMS and PASSWORD-ALGORITHM (RFC 8489 §14.11, §14.12, §18.5): each entry is a number, the length of its
// parameters and the parameters; neither of the two algorithms has any.

export type PasswordAlgorithm = 'MD5' | 'SHA-256';

const NUMBER: Record<PasswordAlgorithm, number> = { MD5: 1, 'SHA-256': 2 };

/** What we offer, strongest first. A client that echoes anything else has been bid down. */
const OFFER = Buffer.from([0, NUMBER['SHA-256'], 0, 0, 0, NUMBER.MD5, 0, 0]);

export function writePasswordAlgorithms(writer: StunWriter): void {
  writer.attributeBytes(AttributeType.PASSWORD_ALGORITHMS, OFFER);
}

/** Whether the list the client echoed is byte for byte what we offer. */
export function echoesOurOffer(message: StunMessage): boolean {
  const value = message.value(AttributeType.PASSWORD_ALGORITHMS);
  return value !== undefined && OFFER.equals(value);
}

/**
 * The algorithm the client chose; `unknown` when it is not among ours, undefined when the attribute is absent.
 * @throws DecodeError when the entry is too short.
 */
export function readPasswordAlgorithm(message: StunMessage): PasswordAlgorithm | 'unknown' | undefined {
  const offset = message.find(AttributeType.PASSWORD_ALGORITHM);
  if (offset < 0) return undefined;
  const length = message.valueLength(offset);
  if (length < 4) throw new DecodeError('password algorithm too short');
  const parameterBytes = readUint16(message.bytes, offset + 2);
  if (length !== 4 || parameterBytes !== 0) return 'unknown';
  const number = readUint16(message.bytes, offset);
  if (number === NUMBER['SHA-256']) return 'SHA-256';
  return number === NUMBER.MD5 ? 'MD5' : 'unknown';
}

export function writePasswordAlgorithm(writer: StunWriter, algorithm: PasswordAlgorithm): void {
  writeUint16(writer.bytes, writer.attribute(AttributeType.PASSWORD_ALGORITHM, 4), NUMBER[algorithm]);
}
