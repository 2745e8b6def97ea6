import { endpoint, formatAddress } from '../../../turn/endpoint.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { writeChannelNumber } from '../../../turn/stun/channel-number.ts';
import { writeLifetime } from '../../../turn/stun/lifetime.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../../../turn/stun/requested-transport.ts';
import { writeXorAddress } from '../../../turn/stun/xor-address.ts';
import { CoreHarness, type HarnessClient } from './core-harness.ts';
import { sendIndication, channelData, clientMessage } from './turn-message.ts';

const PEER = endpoint('8.8.8.8', 4444);

/** xorshift32: quick, and the same for the same seed. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }
}

function seeds(client: HarnessClient): Buffer[] {
  client.challenge();
  const { credential } = client;
  const request = (method: number, write?: (writer: Parameters<typeof writeLifetime>[0]) => void): Buffer =>
    clientMessage({ method, credential, fingerprint: method === Method.REFRESH, ...(write && { write }) });
  return [
    clientMessage({ method: Method.BINDING, fingerprint: true }),
    clientMessage({ method: Method.BINDING }),
    request(Method.ALLOCATE, (writer) => {
      writeRequestedTransport(writer, PROTOCOL_UDP);
      writer.attribute(AttributeType.EVEN_PORT, 1);
      writer.attribute(AttributeType.ADDITIONAL_ADDRESS_FAMILY, 4);
    }),
    request(Method.REFRESH, (writer) => writeLifetime(writer, 600)),
    request(Method.CREATE_PERMISSION, (writer) => {
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, PEER);
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, endpoint('2a00::1', 1));
    }),
    request(Method.CHANNEL_BIND, (writer) => {
      writeChannelNumber(writer, 0x4000);
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, PEER);
    }),
    sendIndication(PEER, 'payload', (writer) => writer.attribute(AttributeType.DONT_FRAGMENT, 0)),
    channelData(0x4000, Buffer.from('payload')),
  ];
}

/** A few bytes changed, runs copied about, lengths bent, ends cut or lengthened. */
function mutate(seed: Buffer, dice: Dice): Buffer {
  let bytes = Buffer.from(seed);
  for (let change = dice.below(4); change >= 0; change--) {
    const at = dice.below(Math.max(1, bytes.length));
    switch (dice.below(6)) {
      case 0:
        bytes[at] = dice.below(256);
        break;
      case 1:
        bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
        break;
      case 2:
        bytes = bytes.subarray(0, at);
        break;
      case 3:
        bytes = Buffer.concat([bytes, Buffer.alloc(dice.below(9), dice.below(256))]);
        break;
      case 4:
        bytes.copyWithin(at, dice.below(bytes.length + 1), dice.below(bytes.length + 1));
        break;
      default:
        // A length field that fits again, so that what is behind the header is looked at too.
        if (bytes.length >= 20) bytes.writeUInt16BE((bytes.length - 20) & ~3, 2);
    }
  }
  return bytes;
}

export interface FuzzResult {
  inputs: number;
  /** Errors that are no answer and no DecodeError; each is a bug. */
  bugs: unknown[];
  /** Destinations that data left for, as text. */
  destinations: Set<string>;
  answers: number;
}

/** Throws `inputs` mutated messages at a core that has an allocation, a permission and a channel. */
export function fuzzCore(inputs: number, seed: number): FuzzResult {
  const harness = new CoreHarness({
    settings: {
      strangers: { strangerAnswersPerAddress: 1e9, strangerAnswers: 1e9 },
      quotas: { allocationsPerUser: 1e9, allocationsPerAddress: 1e9 },
    },
  });
  const dice = new Dice(seed);
  const client = harness.client();
  const corpus = seeds(client);
  const result: FuzzResult = { inputs, bugs: harness.bugs, destinations: new Set(), answers: 0 };
  for (let i = 0; i < inputs; i++) {
    if (i % 5000 === 0) {
      client.challenge();
      client.allocate();
      client.permit(PEER);
      client.bind(0x4000, PEER);
    }
    const message = mutate(corpus[dice.below(corpus.length)] ?? Buffer.alloc(0), dice);
    // Sometimes it comes from a peer, to the relayed address.
    const relay =
      dice.below(8) === 0 ? [...harness.io.openSockets].find(([, { kind }]) => kind === 'relay') : undefined;
    const sent = harness.io.receive(
      relay?.[0] ?? harness.listener,
      message,
      relay === undefined ? client.address : PEER,
    );
    for (const { socket, to } of sent) {
      if (harness.io.openSockets.get(socket)?.kind === 'relay') result.destinations.add(formatAddress(to));
    }
    result.answers += sent.length;
    harness.io.sent.length = 0;
    if (i % 1000 === 999) harness.pass(1);
  }
  return result;
}
