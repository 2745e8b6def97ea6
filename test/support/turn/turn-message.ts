import { randomBytes } from 'node:crypto';
import { longTermKey } from '../../../turn/credentials.ts';
import { type Endpoint, ipv4 } from '../../../turn/endpoint.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { readErrorCode } from '../../../turn/stun/error-code.ts';
import { appendFingerprint } from '../../../turn/stun/fingerprint.ts';
import { appendIntegrity, type IntegrityAlgorithm } from '../../../turn/stun/integrity.ts';
import { MessageClass, messageType, Method } from '../../../turn/stun/message-type.ts';
import { StunMessage } from '../../../turn/stun/message.ts';
import { StunWriter } from '../../../turn/stun/message-writer.ts';
import {
  type PasswordAlgorithm,
  writePasswordAlgorithm,
  writePasswordAlgorithms,
} from '../../../turn/stun/password-algorithms.ts';
import { readText, writeText } from '../../../turn/stun/text-attribute.ts';
import { readXorAddress, writeXorAddress } from '../../../turn/stun/xor-address.ts';

/** Name and password of a client, and what the server's challenge told it. */
export interface ClientCredential {
  username: string;
  password: string;
  realm?: string;
  nonce?: string;
  passwordAlgorithm?: PasswordAlgorithm;
  integrity?: IntegrityAlgorithm;
}

export interface MessageOptions {
  method: number;
  messageClass?: number;
  transactionId?: Uint8Array;
  write?: (writer: StunWriter) => void;
  credential?: ClientCredential | undefined;
  fingerprint?: boolean;
}

/** A message as a client would send it. */
export function clientMessage(options: MessageOptions): Buffer {
  const bytes = Buffer.alloc(65_536);
  const writer = new StunWriter();
  const type = messageType(options.method, options.messageClass ?? MessageClass.REQUEST);
  writer.begin(bytes, 0, type, options.transactionId ?? randomBytes(12));
  options.write?.(writer);
  if (options.credential !== undefined) sign(writer, options.credential);
  if (options.fingerprint === true) appendFingerprint(writer);
  return Buffer.from(bytes.subarray(0, writer.finish()));
}

function sign(writer: StunWriter, credential: ClientCredential): void {
  const { username, password, realm = '', nonce = '', passwordAlgorithm, integrity } = credential;
  writeText(writer, AttributeType.USERNAME, username);
  writeText(writer, AttributeType.REALM, realm);
  writeText(writer, AttributeType.NONCE, nonce);
  if (passwordAlgorithm !== undefined) {
    writePasswordAlgorithms(writer);
    writePasswordAlgorithm(writer, passwordAlgorithm);
  }
  appendIntegrity(writer, integrity ?? 'SHA-1', longTermKey(username, realm, password, passwordAlgorithm ?? 'MD5'));
}

/** A Send indication (RFC 8656 §11.1). */
export function sendIndication(peer: Endpoint, data: string, write?: (writer: StunWriter) => void): Buffer {
  return clientMessage({
    method: Method.SEND,
    messageClass: MessageClass.INDICATION,
    write: (writer) => {
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
      writer.attributeBytes(AttributeType.DATA, Buffer.from(data));
      write?.(writer);
    },
  });
}

/** A server's message, read. */
export function readMessage(bytes: Uint8Array): StunMessage {
  const message = new StunMessage();
  message.read(bytes, 0, bytes.length);
  return message;
}

/** 0 for a success, the error code otherwise. */
export function resultOf(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const message = readMessage(bytes);
  return message.messageClass === MessageClass.SUCCESS ? 0 : readErrorCode(message);
}

/** Realm and nonce of a 401 or 438. */
export function challengeOf(bytes: Uint8Array): { realm: string; nonce: string } {
  const message = readMessage(bytes);
  return {
    realm: readText(message, AttributeType.REALM) ?? '',
    nonce: readText(message, AttributeType.NONCE) ?? '',
  };
}

export function addressOf(bytes: Uint8Array, type: number): Endpoint | undefined {
  const address = ipv4(0);
  return readXorAddress(readMessage(bytes), type, address) ? address : undefined;
}

export function channelData(channel: number, data: Uint8Array): Buffer {
  const message = Buffer.alloc(4 + data.length);
  message.writeUInt16BE(channel, 0);
  message.writeUInt16BE(data.length, 2);
  message.set(data, 4);
  return message;
}
