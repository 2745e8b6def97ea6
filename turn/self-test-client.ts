import { randomBytes } from 'node:crypto';
import { CHANNEL_DATA_HEADER_BYTES, FIRST_CHANNEL, writeChannelDataHeader } from './channel-data.ts';
import { longTermKey } from './credentials.ts';
import { type Family, ipv4 } from './endpoint.ts';
import type { SelfTestWire } from './self-test-wire.ts';
import { writeAddressFamily } from './stun/address-family.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { writeChannelNumber } from './stun/channel-number.ts';
import { readErrorCode } from './stun/error-code.ts';
import { appendIntegrity } from './stun/integrity.ts';
import { writeLifetime } from './stun/lifetime.ts';
import { MessageClass, messageType, Method } from './stun/message-type.ts';
import { StunMessage } from './stun/message.ts';
import { StunWriter } from './stun/message-writer.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from './stun/requested-transport.ts';
import { readText, writeText } from './stun/text-attribute.ts';
import { readXorAddress, writeXorAddress } from './stun/xor-address.ts';

const TIMEOUT_MS = 2000;
const MAX_MESSAGE_BYTES = 1400;
const PAYLOAD = Buffer.from('self-test');

/** Name and password; realm and nonce come from the challenge. */
export interface ClientLogin {
  readonly username: string;
  readonly password: string;
  /** Of the relayed address to ask for. */
  readonly family: Family;
}

/**
 * Does at one of our listeners what a client does: logs in, allocates, sends a packet to its own relayed address and waits
 * for it. @returns what failed, or undefined.
 */
export async function tryAsClient(
  open: () => Promise<SelfTestWire>,
  where: string,
  login: ClientLogin,
): Promise<string | undefined> {
  let wire: SelfTestWire | undefined;
  try {
    wire = await open();
    return await new SelfTestClient(wire, login).run();
  } catch (error) {
    return `Over ${where}: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    wire?.close();
  }
}

class SelfTestClient {
  readonly #wire: SelfTestWire;
  readonly #login: ClientLogin;
  #challenge: { realm: string; nonce: string } | undefined;

  constructor(wire: SelfTestWire, login: ClientLogin) {
    this.#wire = wire;
    this.#login = login;
  }

  async run(): Promise<undefined> {
    const transport = (writer: StunWriter): void => writeRequestedTransport(writer, PROTOCOL_UDP);
    const challenge = await this.#ask(Method.ALLOCATE, transport);
    const realm = readText(challenge, AttributeType.REALM);
    const nonce = readText(challenge, AttributeType.NONCE);
    if (realm === undefined || nonce === undefined) throw new Error('Allocate was answered without a challenge.');
    this.#challenge = { realm, nonce };
    const relayed = ipv4(0);
    const allocated = await this.#succeed('Allocate', Method.ALLOCATE, (writer) => {
      transport(writer);
      writeAddressFamily(writer, AttributeType.REQUESTED_ADDRESS_FAMILY, this.#login.family);
    });
    if (!readXorAddress(allocated, AttributeType.XOR_RELAYED_ADDRESS, relayed)) throw new Error('no relayed address');
    try {
      await this.#succeed('ChannelBind', Method.CHANNEL_BIND, (writer) => {
        writeChannelNumber(writer, FIRST_CHANNEL);
        writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, relayed);
      });
      const data = Buffer.alloc(CHANNEL_DATA_HEADER_BYTES + PAYLOAD.length);
      writeChannelDataHeader(data, 0, FIRST_CHANNEL, PAYLOAD.length);
      PAYLOAD.copy(data, CHANNEL_DATA_HEADER_BYTES);
      await this.#exchange(data, (answer) => answer.equals(data), 'A packet to the relayed address did not come back.');
    } finally {
      await this.#succeed('Refresh', Method.REFRESH, (writer) => writeLifetime(writer, 0));
    }
  }

  async #succeed(name: string, method: number, write: (writer: StunWriter) => void): Promise<StunMessage> {
    const answer = await this.#ask(method, write);
    if (answer.messageClass === MessageClass.SUCCESS) return answer;
    throw new Error(`${name} was answered ${readErrorCode(answer) ?? 'with an error'}.`);
  }

  async #ask(method: number, write: (writer: StunWriter) => void): Promise<StunMessage> {
    const writer = new StunWriter();
    const request = Buffer.alloc(MAX_MESSAGE_BYTES);
    const transactionId = randomBytes(12);
    writer.begin(request, 0, messageType(method, MessageClass.REQUEST), transactionId);
    write(writer);
    if (this.#challenge !== undefined) {
      const { realm, nonce } = this.#challenge;
      const { username, password } = this.#login;
      writeText(writer, AttributeType.USERNAME, username);
      writeText(writer, AttributeType.REALM, realm);
      writeText(writer, AttributeType.NONCE, nonce);
      appendIntegrity(writer, 'SHA-1', longTermKey(username, realm, password, 'MD5'));
    }
    const answer = await this.#exchange(
      request.subarray(0, writer.finish()),
      (bytes) => bytes.subarray(8, 20).equals(transactionId),
      'No answer.',
    );
    const message = new StunMessage();
    message.read(answer, 0, answer.length);
    return message;
  }

  /** Sends, and waits for the first message that fits. */
  async #exchange(request: Buffer, fits: (answer: Buffer) => boolean, missing: string): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const onMessage = (answer: Buffer): void => {
      if (fits(answer)) resolve(answer);
    };
    const timer = setTimeout(() => reject(new Error(missing)), TIMEOUT_MS);
    this.#wire.listen(onMessage, reject);
    try {
      this.#wire.send(request);
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
