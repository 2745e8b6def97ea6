import { createHash } from 'node:crypto';
import type { Allocation } from '../../../turn/allocation.ts';
import { FIRST_CHANNEL, LAST_CHANNEL } from '../../../turn/channel-data.ts';
import { Core, type CoreSettings, type RandomSource } from '../../../turn/core.ts';
import { Credentials, type CredentialSettings } from '../../../turn/credentials.ts';
import { endpoint, type Endpoint } from '../../../turn/endpoint.ts';
import { LongTermAuth } from '../../../turn/long-term-auth.ts';
import { Nonces } from '../../../turn/nonce.ts';
import { PeerRules, type PeerRuleSettings } from '../../../turn/peer-rules.ts';
import { Quotas, type QuotaSettings } from '../../../turn/quotas.ts';
import { RelayAddress } from '../../../turn/relay-address.ts';
import { ResponseLimiter, type StrangerLimits } from '../../../turn/response-limiter.ts';
import { restPassword } from '../../../turn/rest-credential.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { writeChannelNumber } from '../../../turn/stun/channel-number.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import type { StunWriter } from '../../../turn/stun/message-writer.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../../../turn/stun/requested-transport.ts';
import { writeXorAddress } from '../../../turn/stun/xor-address.ts';
import { FakeDatagramIo } from './fake-datagram-io.ts';
import {
  addressOf,
  challengeOf,
  type ClientCredential,
  clientMessage,
  type MessageOptions,
  resultOf,
} from './turn-message.ts';

export const SECRET = 'north';
export const START_SECONDS = 1_800_000_000;
const RELAY_IPV4 = '198.18.0.1';
const RELAY_IPV6 = 'fd00::1';
const LISTENER_IPV4 = endpoint('198.18.0.1', 3478);

/** Repeatable, and uniform enough for tests. */
class SeededRandom implements RandomSource {
  #counter = 0;
  readonly #seed: string;

  constructor(seed = 'seed') {
    this.#seed = seed;
  }

  #next(): Buffer {
    return createHash('sha256').update(`${this.#seed} ${this.#counter++}`).digest();
  }

  fill(target: Uint8Array): void {
    for (let offset = 0; offset < target.length; offset += 32) {
      target.set(this.#next().subarray(0, Math.min(32, target.length - offset)), offset);
    }
  }

  below(limit: number): number {
    return this.#next().readUIntBE(0, 6) % limit;
  }

  hex(bytes: number): string {
    return this.#next().toString('hex', 0, bytes);
  }
}

export interface HarnessOptions {
  settings?: Partial<CoreSettings> & {
    quotas?: QuotaSettings;
    strangers?: StrangerLimits;
  };
  limits?: Partial<CoreSettings['limits']>;
  credentials?: Partial<CredentialSettings>;
  rules?: Partial<PeerRuleSettings>;
  ports?: { min: number; max: number };
  /** What peers are told in place of RELAY_IPV4. */
  externalIpv4?: string;
}

/** A core between fake sockets, with a clock that stands until it is moved, and a client that knows the protocol. */
export class CoreHarness {
  readonly io = new FakeDatagramIo();
  readonly core: Core;
  readonly listener: number;
  readonly listener6: number;
  readonly relay4: RelayAddress;
  readonly relay6: RelayAddress;
  readonly streamSent: { stream: number; bytes: Buffer; kind: 'answer' | 'media' }[] = [];
  readonly ended: { allocation: Allocation; reason: string }[] = [];
  readonly bugs: unknown[] = [];
  nowMs = 1_000_000;

  constructor(options: HarnessOptions = {}) {
    const random = new SeededRandom();
    const ports = options.ports ?? { min: 50_000, max: 50_999 };
    const below = (limit: number): number => random.below(limit);
    const address4 = endpoint(RELAY_IPV4, 0);
    this.relay4 = new RelayAddress(address4, endpoint(options.externalIpv4 ?? RELAY_IPV4, 0), ports, below);
    this.relay6 = new RelayAddress(endpoint(RELAY_IPV6, 0), endpoint(RELAY_IPV6, 0), ports, below);
    const realm = options.credentials?.realm ?? 'test.example';
    const credentials = new Credentials({ secrets: [SECRET], users: new Map(), ...options.credentials, realm });
    const nonces = new Nonces(Buffer.from('nonce key'), realm, 600, credentials.offersUserHash);
    const own = [
      address4,
      this.relay4.advertised,
      endpoint(RELAY_IPV6, 0),
      endpoint('127.0.0.1', 0),
      endpoint('::1', 0),
    ];
    const {
      quotas = { allocationsPerUser: 32, allocationsPerAddress: 500 },
      strangers = { strangerAnswersPerAddress: 100, strangerAnswers: 10_000 },
      ...settings
    } = options.settings ?? {};
    this.core = new Core(
      {
        totalBitrateBps: 0,
        strictExpiry: false,
        ...settings,
        limits: {
          defaultLifetimeSeconds: 600,
          maxLifetimeSeconds: 3600,
          allocations: 1000,
          permissions: 256,
          channels: 256,
          maxBitrateBps: 0,
          firstChannel: FIRST_CHANNEL,
          lastChannel: LAST_CHANNEL,
          familyFollowsClient: false,
          ...options.limits,
        },
      },
      {
        io: this.io,
        streams: {
          send: (stream, bytes, offset, length, kind) => {
            this.streamSent.push({ stream, bytes: Buffer.from(bytes.subarray(offset, offset + length)), kind });
            return true;
          },
        },
        clock: {
          monotonicMs: () => this.nowMs,
          unixSeconds: () => START_SECONDS + Math.floor((this.nowMs - 1_000_000) / 1000),
        },
        random,
        observer: {
          authFailed: () => undefined,
          allocateAnswered: () => undefined,
          allocationStarted: () => undefined,
          allocationEnded: (allocation, reason) => this.ended.push({ allocation, reason }),
          bugMet: (error) => this.bugs.push(error),
        },
        auth: new LongTermAuth(credentials, nonces),
        rules: new PeerRules({ allow: [], deny: [], only: [], own, ...options.rules }),
        relayAddresses: [this.relay4, this.relay6],
        quotas: new Quotas(quotas),
        strangers: new ResponseLimiter(strangers, 7),
      },
    );
    this.core.serve();
    this.listener = this.io.open({ address: LISTENER_IPV4, port: 3478, kind: 'listener', sharesPort: false });
    this.core.addListener(this.listener, 4);
    const address6 = endpoint(RELAY_IPV6, 3478);
    this.listener6 = this.io.open({ address: address6, port: 3478, kind: 'listener', sharesPort: false });
    this.core.addListener(this.listener6, 6);
  }

  /** Lets time pass, second by second as the sweep does. */
  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.nowMs += 1000;
      this.core.sweep();
    }
  }

  client(address = '203.0.113.5', port = 40_000): HarnessClient {
    return new HarnessClient(this, endpoint(address, port));
  }
}

export function restCredential(
  subject = 'alice',
  expirySeconds = START_SECONDS + 3600,
  secret = SECRET,
): ClientCredential {
  const username = `${expirySeconds}:${subject}`;
  return { username, password: restPassword(username, secret) };
}

/** A UDP client of the harness. */
export class HarnessClient {
  readonly harness: CoreHarness;
  readonly address: Endpoint;
  credential: ClientCredential = restCredential();

  constructor(harness: CoreHarness, address: Endpoint) {
    this.harness = harness;
    this.address = address;
  }

  get listener(): number {
    return this.address.family === 4 ? this.harness.listener : this.harness.listener6;
  }

  /** Sends bytes; what comes back to this client, as plain bytes. */
  send(bytes: Uint8Array): Buffer[] {
    return this.harness.io.receive(this.listener, bytes, this.address).map(({ bytes: sent }) => sent);
  }

  /** The answer to a request as it stands, without a challenge first. */
  ask(options: MessageOptions): Buffer | undefined {
    return this.send(clientMessage(options))[0];
  }

  /** Learns realm and nonce. */
  challenge(): void {
    const answer = this.ask({
      method: Method.ALLOCATE,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    if (answer === undefined) throw new Error('no challenge came');
    this.credential = { ...this.credential, ...challengeOf(answer) };
  }

  request(method: number, write?: (writer: StunWriter) => void): Buffer | undefined {
    if (this.credential.nonce === undefined) this.challenge();
    return this.ask({ method, credential: this.credential, ...(write === undefined ? {} : { write }) });
  }

  allocate(write?: (writer: StunWriter) => void): Buffer | undefined {
    return this.request(Method.ALLOCATE, (writer) => {
      writeRequestedTransport(writer, PROTOCOL_UDP);
      write?.(writer);
    });
  }

  /** Allocates and answers the relayed address. */
  relayed(write?: (writer: StunWriter) => void): Endpoint {
    const answer = this.allocate(write);
    const address = answer === undefined ? undefined : addressOf(answer, AttributeType.XOR_RELAYED_ADDRESS);
    if (address === undefined) throw new Error(`no allocation: ${resultOf(answer)}`);
    return address;
  }

  permit(...peers: Endpoint[]): number | undefined {
    return resultOf(
      this.request(Method.CREATE_PERMISSION, (writer) => {
        for (const peer of peers) writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
      }),
    );
  }

  bind(channel: number, peer: Endpoint): number | undefined {
    return resultOf(
      this.request(Method.CHANNEL_BIND, (writer) => {
        writeChannelNumber(writer, channel);
        writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
      }),
    );
  }
}
