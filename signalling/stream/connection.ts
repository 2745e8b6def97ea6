import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, stanzaError } from '#protocol/xmpp/stanza.ts';
import { serializeXml, type XmlBounds } from '#protocol/xmpp/xml.ts';
import type { Logger } from '#runtime/logger.ts';
import { TokenBucket } from '#runtime/token-bucket.ts';
import type { Identity } from '../identity/identity.ts';
import type { LoginExchange, LoginMechanism } from '../identity/login-mechanism.ts';
import type { SignallingMetrics } from '../metrics.ts';
import { closeFrame, openFrame, readFrame } from './framing.ts';
import {
  bindResult,
  negotiate,
  type NegotiationInput,
  type NegotiationOutput,
  type NegotiationRules,
  type NegotiationState,
} from './negotiation.ts';
import type { SessionRegistry } from './session-registry.ts';
import type { ClientSession, SessionTransport } from './session.ts';
import { streamError, streamErrorElement, type StreamError } from './stream-error.ts';
import { readCounter, smFailed } from './stream-management.ts';

export interface ConnectionOptions {
  readonly stanzasPerSecond: number;
  readonly stanzaBurst: number;
  readonly bytesPerSecond: number;
  readonly byteBurst: number;
  readonly loginTimeoutSeconds: number;
  readonly maxUnsentBytes: number;
}

export interface ConnectionEnvironment {
  readonly options: ConnectionOptions;
  readonly bounds: XmlBounds;
  readonly rules: Omit<NegotiationRules, 'mechanismsOf'>;
  readonly mechanisms: readonly LoginMechanism[];
  readonly sessions: SessionRegistry;
  /** Whether somebody who has just logged in may go on with a session of before. */
  mayResume(session: ClientSession, identity: Identity): boolean;
  /** A new session has its address, and its client has been told. */
  bound(session: ClientSession): void;
  /** The session belongs to this connection now. */
  resumed(session: ClientSession): void;
  readonly metrics: SignallingMetrics;
  readonly logger: Logger;
}

/** What the HTTP request that opened a WebSocket said. */
export interface ConnectionOrigin {
  readonly addressGroup: string;
  readonly query: URLSearchParams;
  /** The tenant below which its URL is, or undefined. */
  readonly tenant: string | undefined;
  /** Encrypted up to us, or to a proxy that we trust. */
  readonly isSecure: boolean;
  /** Encrypted so, or from this machine. */
  readonly isPrivate: boolean;
  /** `ws(s)://host:port` as the client wrote it. */
  readonly webSocketOrigin: string;
}

/** How long a client may take to answer our closing handshake. */
const CLOSE_TIMEOUT_MS = 3_000;
const STREAM_ID_BYTES = 12;
const MAX_ROOM_HINT_LENGTH = 1023;

/** RFC 6455 §7.4.1 */
const CLOSE_NORMAL = 1000;

/** One WebSocket: the shell around negotiation and session that owns socket, timers and limits. */
export class Connection implements SessionTransport {
  readonly #webSocket: WebSocket;
  readonly #socket: Duplex;
  readonly #origin: ConnectionOrigin;
  readonly #environment: ConnectionEnvironment;
  readonly #rules: NegotiationRules;
  readonly #loginTimer: NodeJS.Timeout;
  readonly #stanzas: TokenBucket;
  readonly #bytes: TokenBucket;
  #logger: Logger;
  #state: NegotiationState = { phase: 'opening' };
  #login: LoginExchange | undefined;
  #session: ClientSession | undefined;
  #outgoing: string[] = [];
  #isFlushScheduled = false;
  #isClosing = false;
  #lastHeardAtMs: number;

  constructor(webSocket: WebSocket, socket: Duplex, origin: ConnectionOrigin, environment: ConnectionEnvironment) {
    this.#webSocket = webSocket;
    this.#socket = socket;
    this.#origin = origin;
    this.#environment = environment;
    this.#logger = environment.logger;
    this.#rules = {
      ...environment.rules,
      mechanismsOf: (host) =>
        environment.mechanisms.filter((one) => one.isOfferedOn(host, origin.isSecure)).map(({ name }) => name),
    };
    const { options } = environment;
    this.#lastHeardAtMs = performance.now();
    this.#stanzas = new TokenBucket(options.stanzaBurst, options.stanzasPerSecond, this.#lastHeardAtMs);
    this.#bytes = new TokenBucket(options.byteBurst, options.bytesPerSecond, this.#lastHeardAtMs);
    this.#loginTimer = setTimeout(
      () => this.#failStream(streamError('connection-timeout', 'You did not log in in time.')),
      options.loginTimeoutSeconds * 1000,
    );
    webSocket.on('message', (data: Buffer, isBinary) => this.#received(data, isBinary));
    webSocket.on('pong', () => this.#heard());
    webSocket.on('close', () => this.#closed());
    webSocket.on('error', (error) => {
      // ws has closed already (oversize frame, text that is no UTF-8, broken framing); the reason is all that is left.
      environment.metrics.socketErrors.inc();
      this.#logger.debug({ err: error }, 'a WebSocket failed');
    });
  }

  write(text: string): void {
    if (this.#isClosing) return;
    this.#outgoing.push(text);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    // Whatever else arrives in this round of the event loop goes out in the same system call.
    setImmediate(() => this.#flush());
  }

  fail(error: StreamError): void {
    this.#session = undefined;
    this.#failStream(error);
  }

  finish(): void {
    this.#session = undefined;
    this.#write(closeFrame);
    this.#close();
  }

  /** Asks a silent client for a sign of life, and gives up on one that has not answered. */
  probe(intervalMs: number): void {
    const silentMs = performance.now() - this.#lastHeardAtMs;
    if (silentMs >= 2 * intervalMs) this.#cut('silent');
    else if (silentMs >= intervalMs) this.#webSocket.ping();
  }

  /** The server stops. */
  shutDown(): void {
    if (this.#session === undefined) this.#failStream(streamError('system-shutdown'));
  }

  terminate(): void {
    this.#webSocket.terminate();
  }

  #heard(): number {
    this.#lastHeardAtMs = performance.now();
    return this.#lastHeardAtMs;
  }

  #received(data: Buffer, isBinary: boolean): void {
    if (this.#isClosing) return;
    const nowMs = this.#heard();
    try {
      if (isBinary) {
        // RFC 7395 §3.2
        this.#failSession(streamError('unsupported-encoding', 'XMPP travels in text frames.'));
      } else if (!this.#stanzas.take(1, nowMs) || !this.#bytes.take(data.length, nowMs)) {
        this.#failSession(streamError('policy-violation', 'You send too much.'));
      } else {
        this.#receive(data.toString('utf8'));
      }
    } catch (error) {
      this.#logger.error({ err: error }, 'a stream failed');
      this.#failSession(streamError('internal-server-error'));
    }
  }

  #receive(text: string): void {
    const { metrics, bounds } = this.#environment;
    const frame = readFrame(text, bounds);
    if (frame.kind === 'refused') {
      metrics.refusedFrames.inc({ condition: frame.error.condition });
      this.#failSession(frame.error);
      return;
    }
    if (frame.kind === 'stanza') metrics.stanzas.inc({ direction: 'in', kind: frame.element.name });
    if (this.#session === undefined) this.#negotiate({ kind: 'frame', frame });
    else this.#session.receive(frame);
  }

  #negotiate(input: NegotiationInput): void {
    const { state, outputs } = negotiate(this.#state, input, this.#rules);
    this.#state = state;
    for (const output of outputs) this.#carryOut(output);
  }

  #carryOut(output: NegotiationOutput): void {
    switch (output.kind) {
      case 'open':
        this.#write(openFrame(output.host, freshStreamId()));
        return;
      case 'send':
        this.#write(output.element);
        return;
      case 'log-in':
        this.#logIn(output);
        return;
      case 'continue-login':
        void this.#continueLogin(output.response);
        return;
      case 'bind':
        this.#bind(output);
        return;
      case 'resume':
        this.#resume(output);
        return;
      case 'fail':
        this.#failStream(output.error);
        return;
      case 'end':
        this.finish();
    }
  }

  #logIn({ host, mechanism: name, initialResponse }: Extract<NegotiationOutput, { kind: 'log-in' }>): void {
    const { addressGroup, query, isPrivate } = this.#origin;
    const mechanism = this.#environment.mechanisms.find((one) => one.name === name);
    this.#login = mechanism?.begin({ host, addressGroup, query, isPrivate });
    void this.#continueLogin(initialResponse);
  }

  async #continueLogin(response: string | undefined): Promise<void> {
    const { metrics } = this.#environment;
    const login = this.#login;
    try {
      if (login === undefined) throw new Error('no login has begun');
      const step = await login.next(response);
      if (step.kind === 'challenge') {
        this.#negotiate({ ...step, kind: 'login-challenged' });
        return;
      }
      metrics.logins.inc({ result: step.kind });
      this.#login = undefined;
      if (step.kind === 'accepted') this.#negotiate({ ...step, kind: 'login-accepted' });
      else this.#negotiate({ ...step, kind: 'login-refused' });
    } catch (error) {
      metrics.logins.inc({ result: 'failed' });
      this.#logger.error({ err: error }, 'a login could not be checked');
      this.#negotiate({ kind: 'login-refused', condition: 'temporary-auth-failure' });
    }
  }

  #bind({ host, identity, resource, request }: Extract<NegotiationOutput, { kind: 'bind' }>): void {
    const { addressGroup, query, tenant, webSocketOrigin } = this.#origin;
    const room = query.get('room')?.slice(0, MAX_ROOM_HINT_LENGTH);
    const details = { host, identity, resource, addressGroup, room, tenant, webSocketOrigin };
    const session = this.#environment.sessions.bind(details, this);
    if (session === undefined) {
      this.#environment.metrics.refusedSessions.inc();
      this.#write(errorReply(request, stanzaError('wait', 'resource-constraint', 'Too many sessions.')));
      return;
    }
    this.#attached(session);
    this.#write(bindResult(request, session.jid));
    this.#environment.bound(session);
    this.#logger.info('session bound');
  }

  #resume({ host, identity, request }: Extract<NegotiationOutput, { kind: 'resume' }>): void {
    const { sessions, metrics } = this.#environment;
    const h = readCounter(request.attrs['h']);
    const session = sessions.resumable(request.attrs['previd'] ?? '', host);
    if (h === undefined || session === undefined || !this.#environment.mayResume(session, identity)) {
      metrics.resumes.inc({ result: 'failed' });
      // Whose session it is, or that it exists, is no business of somebody else's.
      this.#write(smFailed(h === undefined ? 'bad-request' : 'item-not-found'));
      return;
    }
    const error = session.resume(this, identity, h);
    metrics.resumes.inc({ result: error === undefined ? 'resumed' : 'failed' });
    if (error !== undefined) {
      this.#failStream(error);
      return;
    }
    this.#attached(session);
    this.#logger.info('session resumed');
    this.#environment.resumed(session);
  }

  #attached(session: ClientSession): void {
    clearTimeout(this.#loginTimer);
    this.#session = session;
    this.#logger = this.#environment.logger.child({ session: session.id });
    this.#negotiate({ kind: 'session-attached' });
  }

  /** Ends the session too, if there is one: after a stream error nothing can be resumed. */
  #failSession(error: StreamError): void {
    if (this.#session === undefined) this.#failStream(error);
    else this.#session.fail(error);
  }

  #failStream(error: StreamError): void {
    if (this.#isClosing) return;
    this.#environment.metrics.streamErrors.inc({ condition: error.condition });
    this.#logger.debug({ code: error.condition }, 'stream ended with an error');
    // An error can only be told on an open stream (RFC 6120 §4.9.1.2).
    if (this.#state.phase === 'opening') this.#write(openFrame(this.#rules.domain, freshStreamId()));
    this.#state = { phase: 'ended' };
    this.#write(streamErrorElement(error));
    this.#write(closeFrame);
    this.#close();
  }

  #write(element: XmlElement): void {
    this.write(serializeXml(element));
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    const texts = this.#outgoing;
    this.#outgoing = [];
    if (texts.length === 0 || this.#webSocket.readyState !== this.#webSocket.OPEN) return;
    this.#socket.cork();
    for (const text of texts) this.#webSocket.send(text);
    this.#socket.uncork();
    if (this.#webSocket.bufferedAmount > this.#environment.options.maxUnsentBytes) this.#cut('unread');
  }

  #close(): void {
    this.#isClosing = true;
    clearTimeout(this.#loginTimer);
    this.#flush();
    this.#webSocket.close(CLOSE_NORMAL);
    setTimeout(() => this.#webSocket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  #cut(reason: 'silent' | 'unread'): void {
    this.#environment.metrics.cutConnections.inc({ reason });
    this.#logger.info({ code: reason }, 'connection cut');
    this.#webSocket.terminate();
  }

  #closed(): void {
    clearTimeout(this.#loginTimer);
    this.#isClosing = true;
    this.#state = { phase: 'ended' };
    const session = this.#session;
    this.#session = undefined;
    session?.connectionLost(this);
  }
}

function freshStreamId(): string {
  return randomBytes(STREAM_ID_BYTES).toString('base64url');
}
