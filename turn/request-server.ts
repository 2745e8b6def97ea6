import { type Allocation, NO_STREAM } from './allocation.ts';
import { Counter, type Counters, count } from './counters.ts';
import { handleAllocate } from './handlers/allocate.ts';
import { handleBinding } from './handlers/binding.ts';
import { handleChannelBind } from './handlers/channel-bind.ts';
import { handleCreatePermission } from './handlers/create-permission.ts';
import { handleRefresh } from './handlers/refresh.ts';
import { handleSend } from './handlers/send.ts';
import { type DatagramIo, DEFAULT_SEND_OPTIONS } from './io/datagram-io.ts';
import type { AuthFailure, LongTermAuth } from './long-term-auth.ts';
import { RecentAnswers, requestKey } from './recent-answers.ts';
import type { RelayPath } from './relay-path.ts';
import { type HandlerContext, refuse, type Reply, type Request, type Source } from './request.ts';
import type { ResponseLimiter } from './response-limiter.ts';
import { DecodeError } from './stun/decode-error.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { ErrorCode, writeErrorCode } from './stun/error-code.ts';
import { appendFingerprint, checkFingerprint } from './stun/fingerprint.ts';
import { appendIntegrity } from './stun/integrity.ts';
import { MessageClass, messageType, Method } from './stun/message-type.ts';
import { StunMessage } from './stun/message.ts';
import { StunWriter } from './stun/message-writer.ts';
import { writePasswordAlgorithms } from './stun/password-algorithms.ts';
import { writeText } from './stun/text-attribute.ts';
import { writeUnknownAttributes } from './stun/unknown-attributes.ts';

/** More than any answer of ours takes: the longest carries a nonce, a realm and an integrity value. */
const MAX_ANSWER_BYTES = 1400;

type Handler = (context: HandlerContext, request: Request) => Reply;

const HANDLERS = new Map<number, Handler>([
  [Method.ALLOCATE, handleAllocate],
  [Method.REFRESH, handleRefresh],
  [Method.CREATE_PERMISSION, handleCreatePermission],
  [Method.CHANNEL_BIND, handleChannelBind],
]);

/** Facts for metrics and logs; nothing is said about who. */
export interface RequestObserver {
  authFailed(failure: AuthFailure): void;
  allocateAnswered(code: number, source: Source): void;
  /** A bug of ours met a message; the message is dropped and the relay goes on. */
  bugMet(error: unknown): void;
}

/** Reads STUN messages from clients and answers them (RFC 8489 §6.3, RFC 8656 §5). */
export class RequestServer {
  readonly #io: DatagramIo;
  readonly #relayPath: RelayPath;
  readonly #context: HandlerContext;
  readonly #limiter: ResponseLimiter;
  readonly #counters: Counters;
  readonly #observer: RequestObserver;
  readonly #sendToStream: (stream: number, bytes: Uint8Array, offset: number, length: number) => void;
  readonly #message = new StunMessage();
  readonly #writer = new StunWriter();
  readonly #recentAnswers = new RecentAnswers();
  /** Replaced when the configuration is reloaded. */
  auth: LongTermAuth;
  strictExpiry: boolean;
  /** Seconds since 1970, set once a second: nothing here needs it finer, and asking for it costs every datagram. */
  nowSeconds = 0;

  constructor(parts: {
    io: DatagramIo;
    relayPath: RelayPath;
    context: HandlerContext;
    auth: LongTermAuth;
    strictExpiry: boolean;
    limiter: ResponseLimiter;
    counters: Counters;
    observer: RequestObserver;
    sendToStream: (stream: number, bytes: Uint8Array, offset: number, length: number) => void;
  }) {
    this.#io = parts.io;
    this.#relayPath = parts.relayPath;
    this.#context = parts.context;
    this.auth = parts.auth;
    this.strictExpiry = parts.strictExpiry;
    this.#limiter = parts.limiter;
    this.#counters = parts.counters;
    this.#observer = parts.observer;
    this.#sendToStream = parts.sendToStream;
  }

  /**
   * One STUN message from a client.
   * @returns false when it could not be read: a stream that lost its framing cannot be trusted any more.
   */
  handle(bytes: Uint8Array, offset: number, length: number, source: Source, nowMs: number): boolean {
    const message = this.#message;
    try {
      message.read(bytes, offset, length);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      count(this.#counters, Counter.DROPPED_MALFORMED);
      return false;
    }
    if (checkFingerprint(message) === 'wrong') count(this.#counters, Counter.DROPPED_MALFORMED);
    else if (message.messageClass === MessageClass.REQUEST) this.#handleRequest(message, source, nowMs);
    else if (message.messageClass === MessageClass.INDICATION && message.method === Method.SEND) {
      this.#handleSend(message, source, nowMs);
    }
    return true;
  }

  sweep(nowMs: number): void {
    this.#recentAnswers.sweep(nowMs);
  }

  #handleSend(message: StunMessage, source: Source, nowMs: number): void {
    const allocation = this.#find(source);
    if (allocation === undefined) {
      count(this.#counters, Counter.DROPPED_NO_ALLOCATION);
      return;
    }
    try {
      handleSend(this.#relayPath, this.#counters, allocation, message, this.#context.canSetDontFragment, nowMs);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      count(this.#counters, Counter.DROPPED_MALFORMED);
    }
  }

  #find(source: Source): Allocation | undefined {
    return source.stream === NO_STREAM
      ? this.#context.allocations.findByClient(source.listener, source.client)
      : this.#context.allocations.findByStream(source.stream);
  }

  #handleRequest(message: StunMessage, source: Source, nowMs: number): void {
    if (message.method === Method.BINDING) {
      count(this.#counters, Counter.BINDINGS);
      const reply = unknownAttributes(message) ?? handleBinding(source.client);
      if (this.#mayAnswerStranger(source)) this.#answer(message, source, reply);
      return;
    }
    const handler = HANDLERS.get(message.method);
    if (handler === undefined) {
      count(this.#counters, Counter.DROPPED_MALFORMED);
      return;
    }
    const isDatagram = source.stream === NO_STREAM;
    const key = isDatagram ? requestKey(message.bytes.subarray(message.start, message.end), source) : '';
    const remembered = isDatagram ? this.#recentAnswers.find(key, nowMs) : undefined;
    if (remembered !== undefined) this.#sendBytes(remembered, source);
    else this.#handleAuthenticated(message, source, handler, key, nowMs);
  }

  #handleAuthenticated(message: StunMessage, source: Source, handler: Handler, key: string, nowMs: number): void {
    const allocation = this.#find(source);
    let owner: Request['owner'] | undefined;
    let reply: Reply;
    try {
      const time = { nowSeconds: this.nowSeconds, strictExpiry: this.strictExpiry };
      const result = this.auth.authenticate(message, source.client, allocation, time);
      owner = result.owner;
      if (result.isAuthentic) {
        const request = { message, source, owner: result.owner, allocation, nowMs };
        reply = unknownAttributes(message) ?? handler(this.#context, request);
      } else {
        this.#observer.authFailed(result.failure);
        reply = refuse(result.code);
      }
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      reply = refuse(ErrorCode.BAD_REQUEST);
    }
    if (message.method === Method.ALLOCATE) {
      this.#observer.allocateAnswered(reply.kind === 'success' ? 0 : reply.code, source);
    }
    if (owner === undefined && !this.#mayAnswerStranger(source)) return;
    const { offset, length } = this.#answer(message, source, reply, owner);
    if (owner !== undefined && source.stream === NO_STREAM) {
      this.#recentAnswers.remember(key, this.#io.slab.subarray(offset, offset + length), nowMs);
    }
  }

  /** Over UDP a source address can be forged, so what strangers are sent is bounded; over streams it cannot. */
  #mayAnswerStranger(source: Source): boolean {
    if (source.stream !== NO_STREAM || this.#limiter.take(source.client, this.nowSeconds)) return true;
    count(this.#counters, Counter.SUPPRESSED_ANSWERS);
    return false;
  }

  #answer(
    message: StunMessage,
    source: Source,
    reply: Reply,
    owner?: Request['owner'],
  ): { offset: number; length: number } {
    const offset = this.#io.stage(MAX_ANSWER_BYTES);
    const { slab } = this.#io;
    const writer = this.#writer;
    const messageClass = reply.kind === 'success' ? MessageClass.SUCCESS : MessageClass.ERROR;
    writer.begin(slab, offset, messageType(message.method, messageClass), message.bytes, message.start + 8);
    if (reply.kind === 'success') reply.write(writer);
    else this.#writeError(reply, source);
    if (owner !== undefined) appendIntegrity(writer, owner.integrity, owner.key);
    if (message.has(AttributeType.FINGERPRINT)) appendFingerprint(writer);
    const length = writer.finish();
    this.#send(offset, length, source);
    return { offset, length };
  }

  #writeError(reply: Reply & { kind: 'error' }, { client }: Source): void {
    const writer = this.#writer;
    writeErrorCode(writer, reply.code);
    if (reply.unknownTypes !== undefined) writeUnknownAttributes(writer, reply.unknownTypes);
    if (reply.code === ErrorCode.UNAUTHENTICATED || reply.code === ErrorCode.STALE_NONCE) {
      writeText(writer, AttributeType.REALM, this.auth.credentials.realm);
      writeText(writer, AttributeType.NONCE, this.auth.nonces.create(client, this.nowSeconds));
      writePasswordAlgorithms(writer);
    }
  }

  #sendBytes(bytes: Uint8Array, source: Source): void {
    const offset = this.#io.stage(bytes.length);
    this.#io.slab.set(bytes, offset);
    this.#send(offset, bytes.length, source);
  }

  #send(offset: number, length: number, source: Source): void {
    if (source.stream === NO_STREAM) {
      this.#io.send(source.listener, offset, length, source.client, DEFAULT_SEND_OPTIONS);
    } else {
      this.#sendToStream(source.stream, this.#io.slab, offset, length);
    }
  }
}

function unknownAttributes({ unknownTypes }: StunMessage): Reply | undefined {
  if (unknownTypes.length === 0) return undefined;
  return { kind: 'error', code: ErrorCode.UNKNOWN_ATTRIBUTE, unknownTypes: [...unknownTypes] };
}
