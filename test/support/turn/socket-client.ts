import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { endpoint, type Endpoint, formatAddress } from '../../../turn/endpoint.ts';
import { StreamFramer } from '../../../turn/listeners/stream-framer.ts';
import { restPassword } from '../../../turn/rest-credential.ts';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { writeChannelNumber } from '../../../turn/stun/channel-number.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import type { StunWriter } from '../../../turn/stun/message-writer.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from '../../../turn/stun/requested-transport.ts';
import { writeXorAddress } from '../../../turn/stun/xor-address.ts';
import { addressOf, challengeOf, channelData, type ClientCredential, clientMessage, resultOf } from './turn-message.ts';
import { TURN_SECRET } from './turn-service.ts';

const ANSWER_TIMEOUT_MS = 5000;

/** Messages as they arrive, and whoever waits for one. */
class Inbox {
  readonly messages: Buffer[] = [];
  #waiting: (() => void)[] = [];

  add(message: Buffer): void {
    this.messages.push(message);
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** The first message that fits; it is taken out. Rejects with `what` when none comes in time. */
  async take(what: string, fits: (message: Buffer) => boolean = () => true): Promise<Buffer> {
    const deadlineMs = performance.now() + ANSWER_TIMEOUT_MS;
    for (;;) {
      const index = this.messages.findIndex(fits);
      if (index >= 0) return this.messages.splice(index, 1)[0] ?? Buffer.alloc(0);
      const leftMs = deadlineMs - performance.now();
      if (leftMs <= 0) throw new Error(`nothing came: ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

/** A TURN client over real sockets. */
export class SocketClient implements AsyncDisposable {
  readonly inbox = new Inbox();
  readonly #send: (bytes: Buffer) => void;
  readonly #close: () => void;
  credential: ClientCredential;
  #pause: () => void = () => undefined;

  static async udp(port: number, host = '127.0.0.1'): Promise<SocketClient> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    const client = new SocketClient(
      (bytes) => socket.send(bytes, port, host),
      () => socket.close(),
    );
    socket.on('message', (message) => client.inbox.add(message));
    return client;
  }

  static async stream(port: number, options: { tls?: boolean; host?: string } = {}): Promise<SocketClient> {
    const { tls = false, host = '127.0.0.1' } = options;
    const socket: Socket = tls ? connectTls({ port, host, rejectUnauthorized: false }) : connect({ port, host });
    await once(socket, tls ? 'secureConnect' : 'connect');
    socket.on('error', () => socket.destroy());
    const client = new SocketClient(
      (bytes) => socket.write(bytes),
      () => socket.destroy(),
    );
    client.#pause = () => socket.pause();
    const framer = new StreamFramer();
    socket.on('data', (chunk: Buffer) => {
      framer.feed(chunk, (bytes, start, length) => {
        client.inbox.add(Buffer.from(bytes.subarray(start, start + length)));
        return true;
      });
    });
    return client;
  }

  private constructor(send: (bytes: Buffer) => void, close: () => void) {
    this.#send = send;
    this.#close = close;
    const username = `${Math.floor(Date.now() / 1000) + 600}:tester`;
    this.credential = { username, password: restPassword(username, TURN_SECRET) };
  }

  send(bytes: Buffer): void {
    this.#send(bytes);
  }

  /** From now on nothing is read from the stream. */
  pause(): void {
    this.#pause();
  }

  /** The answer to a request, told by its transaction id. */
  async ask(request: Buffer): Promise<Buffer> {
    this.send(request);
    const id = request.subarray(8, 20);
    return this.inbox.take('the answer to a request', (message) => message.subarray(8, 20).equals(id));
  }

  async request(method: number, write?: (writer: StunWriter) => void): Promise<Buffer> {
    if (this.credential.nonce === undefined) {
      const challenge = await this.ask(
        clientMessage({ method: Method.ALLOCATE, write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP) }),
      );
      this.credential = { ...this.credential, ...challengeOf(challenge) };
    }
    return this.ask(clientMessage({ method, credential: this.credential, ...(write === undefined ? {} : { write }) }));
  }

  async allocate(write?: (writer: StunWriter) => void): Promise<Endpoint> {
    const answer = await this.request(Method.ALLOCATE, (writer) => {
      writeRequestedTransport(writer, PROTOCOL_UDP);
      write?.(writer);
    });
    const relayed = addressOf(answer, AttributeType.XOR_RELAYED_ADDRESS);
    if (relayed === undefined) throw new Error(`no allocation: ${resultOf(answer)}`);
    return relayed;
  }

  async permit(peer: Endpoint): Promise<number | undefined> {
    const write = (writer: StunWriter): void => writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
    return resultOf(await this.request(Method.CREATE_PERMISSION, write));
  }

  async bind(channel: number, peer: Endpoint): Promise<number | undefined> {
    const answer = await this.request(Method.CHANNEL_BIND, (writer) => {
      writeChannelNumber(writer, channel);
      writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, peer);
    });
    return resultOf(answer);
  }

  sendChannelData(channel: number, data: Buffer): void {
    const message = channelData(channel, data);
    // Streams need the padding; over UDP it is tolerated.
    this.send(Buffer.concat([message, Buffer.alloc((4 - (message.length % 4)) % 4)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }
}

/** A peer: a plain UDP socket. */
export class UdpPeer implements AsyncDisposable {
  readonly inbox = new Inbox();
  readonly address: Endpoint;
  readonly #socket: UdpSocket;

  static async open(host = '127.0.0.1'): Promise<UdpPeer> {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind(0, host);
    await once(socket, 'listening');
    return new UdpPeer(socket, host);
  }

  private constructor(socket: UdpSocket, host: string) {
    this.#socket = socket;
    this.address = endpoint(host, socket.address().port);
    socket.on('message', (message) => this.inbox.add(message));
  }

  send(bytes: Buffer, to: Endpoint): void {
    this.#socket.send(bytes, to.port, formatAddress(to));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
  }
}
