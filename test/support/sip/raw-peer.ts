import { createSocket, type Socket } from 'node:dgram';
import type { SipMessage, SipRequest, SipResponse } from '../../../sip/message/message.ts';
import { parseMessage } from '../../../sip/message/parse.ts';
import { createResponse, type ResponseOptions } from '../../../sip/message/response.ts';
import { serialiseMessage } from '../../../sip/message/serialise.ts';
import { until } from '../wait.ts';

/** A phone that says exactly what a test writes, over UDP, and keeps what it hears. */
export class RawPeer {
  readonly heard: SipMessage[] = [];
  readonly #socket: Socket;
  readonly #gatewayPort: number;
  /** Where each came from. */
  readonly #sources = new Map<SipMessage, number>();
  #answersAll: number | undefined;

  /** @param gatewayPort where what it says first goes; 0 where it only answers */
  static open(gatewayPort: number): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      const socket = createSocket('udp4');
      socket.once('error', reject);
      socket.bind(0, '127.0.0.1', () => resolve(new RawPeer(socket, gatewayPort)));
    });
  }

  private constructor(socket: Socket, gatewayPort: number) {
    this.#socket = socket;
    this.#gatewayPort = gatewayPort;
    socket.on('message', (bytes, { port }) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok) throw new Error(`the gateway sent what cannot be read: ${parsed.reason}`);
      this.#sources.set(parsed.message, port);
      this.heard.push(parsed.message);
      const { message } = parsed;
      const isToBeAnswered = message.kind === 'request' && message.method !== 'ACK';
      if (isToBeAnswered && this.#answersAll !== undefined) this.respond(message, this.#answersAll);
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** @param lines without the line ends */
  send(lines: readonly string[], body = ''): void {
    const text = [...lines, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.sendBytes(Buffer.from(text));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes, this.#gatewayPort, '127.0.0.1');
  }

  /** Answers a request that was heard, to where it came from. */
  respond(request: SipRequest, status: number, options: ResponseOptions = {}): void {
    const bytes = serialiseMessage(createResponse(request, status, { toTag: 'peer', ...options }));
    this.#socket.send(bytes, this.#sources.get(request) ?? this.#gatewayPort, '127.0.0.1');
  }

  /** From now on it answers whatever it is asked so. */
  answerAll(status: number): void {
    this.#answersAll = status;
  }

  responses(method: string): SipResponse[] {
    return this.heard.filter(
      (message): message is SipResponse => message.kind === 'response' && message.cSeq.method === method,
    );
  }

  requests(method: string): SipRequest[] {
    return this.heard.filter(
      (message): message is SipRequest => message.kind === 'request' && message.method === method,
    );
  }

  /** The first response to a method with a status; to one request of it, where a number is given. */
  response(method: string, status: number, number?: number): Promise<SipResponse> {
    return until(
      () =>
        this.responses(method).find(
          (response) => response.status === status && (number === undefined || response.cSeq.number === number),
        ),
      () => `${status} to ${method}, but ${JSON.stringify(this.heard.map(summary))}`,
      { timeoutMs: 5_000, intervalMs: 5 },
    );
  }

  /** The request of a method that came as the so many-th, from 1 on. */
  request(method: string, which = 1): Promise<SipRequest> {
    return until(
      () => this.requests(method)[which - 1],
      () => `request ${which} ${method}, but ${JSON.stringify(this.heard.map(summary))}`,
      { timeoutMs: 5_000, intervalMs: 5 },
    );
  }

  close(): void {
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function summary(message: SipMessage): string {
  return message.kind === 'request' ? message.method : `${message.status} ${message.cSeq.method}`;
}
