import { DecodeError } from '../xmpp/decode-error.ts';
import { withAttributes, xml, type XmlElement } from '../xmpp/element.ts';
import { errorReply, NS_CLIENT, stanzaError } from '../xmpp/stanza.ts';
import { parseXml, serializeXml, type XmlBounds } from '../xmpp/xml.ts';
import { Emitter } from '../emitter.ts';
import { SOCKET_OPEN, type ClientPlatform, type ClientSocket } from '../client-platform.ts';
import { NS_FRAMING, answerChallenge, beginNegotiation, negotiate, readStreamError } from './negotiation.ts';
import type { NegotiationOutcome, NegotiationPlan, NegotiationState, NegotiationStep } from './negotiation.ts';
import { PendingRequests, RequestError } from './pending-requests.ts';
import type { RetryPolicy } from './retry-policy.ts';
import { Keepalive } from './keepalive.ts';
import { SaslError, ScramLogin, type Credentials, type SaslExchange } from './scram-login.ts';
import {
  acknowledgementElement,
  enableElement,
  NS_STREAM_MANAGEMENT,
  readCounter,
  requestElement,
  StreamManagement,
} from './stream-management.ts';

/** What a server may send in one frame: a room's history and large conferences are longer than a client's stanzas. */
const INCOMING_BOUNDS: XmlBounds = { maxLength: 2_097_152, maxDepth: 32, maxElements: 40_000, maxAttributes: 64 };
/** From opening the socket to a bound stream. */
const NEGOTIATION_TIMEOUT_MS = 10_000;
/** An attempt so young is as good as another one. */
const FRESH_ATTEMPT_MS = 1_000;
const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

export interface ConnectionOptions {
  /** `ws(s)://…/xmpp-websocket` */
  readonly url: string;
  /** Host that the stream is opened to: D for guests, the host of accounts with a login. */
  readonly domain: string;
  /** Undefined: a guest, or whom the token names. */
  readonly login?: Credentials;
  /** Room node and token, for the query (wire note §1.1). */
  readonly room: string;
  readonly token?: string;
  readonly retry: RetryPolicy;
  readonly platform: ClientPlatform;
}

/** The connection is over for good. */
export type ConnectionFailure =
  | {
      readonly code: 'refused';
      readonly reason: 'sasl' | 'stream' | 'protocol';
      readonly condition: string;
      readonly text: string | undefined;
    }
  /** The retry policy gave up; `condition` is what the server last said, if it said something. */
  | { readonly code: 'unreachable'; readonly condition: string | undefined };

export type ConnectionState =
  | { readonly name: 'idle' }
  /** Not usable now. */
  | {
      readonly name: 'connecting';
      /** Counts from 1; the one under way or the next. */
      readonly attempt: number;
      /** Since when it does not work (performance.now()); undefined during the very first attempt. */
      readonly failingSinceMs: number | undefined;
    }
  | { readonly name: 'online'; readonly jid: string }
  | { readonly name: 'closed' };

export interface ConnectionEvents {
  /** After each change of `state`. */
  state: [ConnectionState];
  /** A new session is bound; whatever an earlier one was in (rooms, requests) is gone. */
  bound: [jid: string];
  /** The earlier session goes on; nothing was lost. */
  resumed: [];
  /** Every message, presence and IQ request that no handler took. */
  stanza: [XmlElement];
  failed: [ConnectionFailure];
}

/** Answers an IQ request; undefined leaves it to the next handler, an error becomes `internal-server-error`. */
export type RequestHandler = (iq: XmlElement) => XmlElement | Promise<XmlElement> | undefined;

/** One XMPP session over WebSockets that come and go. */
export class Connection extends Emitter<ConnectionEvents> {
  readonly #options: ConnectionOptions;
  readonly #pending = new PendingRequests();
  readonly #handlers: RequestHandler[] = [];
  readonly #keepalive: Keepalive;
  #state: ConnectionState = { name: 'idle' };
  #token: string | undefined;
  #socket: ClientSocket | undefined;
  #jid: string | undefined;
  /** What the server gave for the token that it was shown. */
  #sessionToken: string | undefined;
  #management: StreamManagement | undefined;
  /** True from `<enabled/>` or `<resumed/>` on: received stanzas count. */
  #isManaged = false;
  #failingSinceMs: number | undefined;
  #attempt = 0;
  /** When the present socket was opened, by `performance.now()`. */
  #openedMs = 0;
  /** Why the server last sent us away for now. */
  #closedWith: string | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #negotiationTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    super();
    this.#options = options;
    this.#token = options.token;
    this.#keepalive = new Keepalive({
      ping: () => this.request(xml('iq', { type: 'get', to: options.domain }, xml('ping', { xmlns: 'urn:xmpp:ping' }))),
      lost: () => {
        options.platform.log.warn('no answer to pings, opening a new connection');
        this.#drop();
      },
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Bound full JID, also while a resumption is under way. */
  get jid(): string | undefined {
    return this.#jid;
  }

  /** Idempotent. */
  connect(): void {
    if (this.#state.name === 'idle') this.#open();
  }

  /** Tries at once instead of waiting, and checks a connection that may be dead (network changed, device woke up). */
  retryNow(): void {
    if (this.#state.name === 'online') {
      void this.#keepalive.checkNow();
    } else if (this.#retryTimer !== undefined) {
      clearTimeout(this.#retryTimer);
      this.#open();
    } else if (this.#state.name === 'connecting' && performance.now() - this.#openedMs > FRESH_ATTEMPT_MS) {
      // Begun in a network that may be gone, the attempt would take its whole time to fail.
      this.#abandonSocket();
      this.#open();
    }
  }

  /** For the next socket: the server checks a token where a stream begins. */
  setToken(token: string): void {
    this.#token = token;
    this.#sessionToken = undefined;
  }

  /** Resolves true when the server answers a ping soon. */
  isAlive(): Promise<boolean> {
    return this.#state.name === 'online' ? this.#keepalive.checkNow() : Promise.resolve(false);
  }

  /** Ends the stream; the other side will not wait for a resumption. */
  close(): void {
    if (this.#state.name === 'closed') return;
    const socket = this.#socket;
    if (socket?.readyState === SOCKET_OPEN) socket.send(serializeXml(xml('close', { xmlns: NS_FRAMING })));
    this.#finish();
  }

  /**
   * Sends a stanza, now or after a resumption.
   * @param onAcknowledged called when the server has taken it (never, if it does not manage streams)
   * @returns false if there is no session, now or to resume
   */
  send(stanza: XmlElement, onAcknowledged?: () => void): boolean {
    const isOnline = this.#state.name === 'online';
    const canResume = this.#management?.resumeId !== undefined && this.#state.name === 'connecting';
    if (!isOnline && !canResume) return false;
    const complete = stanza.attrs['xmlns'] === undefined ? withAttributes(stanza, { xmlns: NS_CLIENT }) : stanza;
    const wantsAck = this.#management?.sent(complete, onAcknowledged) ?? false;
    if (isOnline) {
      this.#write(complete);
      if (wantsAck) this.#write(requestElement);
    }
    return true;
  }

  /** @throws RequestError for a refusal, a time-out or no connection */
  async request(iq: XmlElement, timeoutMs = DEFAULT_REQUEST_TIMEOUT_MS): Promise<XmlElement> {
    const id = crypto.getRandomValues(new Uint32Array(2)).join('-');
    const answer = this.#pending.add(id, iq.attrs['to'], timeoutMs);
    if (!this.send(withAttributes(iq, { id }))) {
      answer.catch(() => undefined); // it is settled by its time-out, and the caller learns of it here
      throw new RequestError('not-connected', 'there is no connection to the server');
    }
    return answer;
  }

  /** Handlers are asked in the order of their addition. */
  onRequest(handler: RequestHandler): void {
    this.#handlers.push(handler);
  }

  #open(): void {
    this.#retryTimer = undefined;
    this.#openedMs = performance.now();
    this.#attempt += 1;
    this.#setState({ name: 'connecting', attempt: this.#attempt, failingSinceMs: this.#failingSinceMs });
    const resumeId = this.#management?.resumeId;
    const { domain, login } = this.#options;
    const plan: NegotiationPlan = {
      domain,
      ...(login === undefined ? {} : { login: new ScramLogin(login) }),
      ...(resumeId === undefined
        ? {}
        : { resume: { id: resumeId, receivedCount: this.#management?.receivedCount ?? 0 } }),
    };
    const socket = this.#options.platform.openSocket(this.#url(resumeId), 'xmpp');
    this.#socket = socket;
    let negotiation: NegotiationState | undefined;
    socket.addEventListener('open', () => {
      const step = beginNegotiation(plan);
      negotiation = step.state;
      for (const element of step.send) this.#write(element);
    });
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket || typeof data !== 'string') return;
      const frame = this.#parse(data);
      if (frame === undefined) return;
      if (negotiation === undefined || negotiation.step === 'done') {
        this.#receive(frame);
        return;
      }
      const take = (step: NegotiationStep): void => {
        negotiation = step.state;
        this.#sessionToken = step.sessionToken ?? this.#sessionToken;
        for (const element of step.send) this.#write(element);
        if (step.outcome !== undefined) this.#negotiated(step.outcome);
        if (step.challenge === undefined || plan.login === undefined) return;
        void respond(plan.login, step.challenge).then((answer) => {
          if (this.#socket === socket) take(answerChallenge(answer));
        });
      };
      take(negotiate(negotiation, frame, plan));
    });
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#drop();
    });
    this.#negotiationTimer = setTimeout(() => this.#drop(), NEGOTIATION_TIMEOUT_MS);
  }

  #url(resumeId: string | undefined): string {
    const url = new URL(this.#options.url);
    url.searchParams.set('room', this.#options.room);
    const token = this.#sessionToken ?? this.#token;
    if (token !== undefined) url.searchParams.set('token', token);
    if (resumeId !== undefined) url.searchParams.set('previd', resumeId);
    return url.href;
  }

  #parse(data: string): XmlElement | undefined {
    try {
      return parseXml(data, INCOMING_BOUNDS);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#options.platform.log.warn('a frame that is no XML', error.message);
      return undefined;
    }
  }

  #negotiated(outcome: NegotiationOutcome): void {
    clearTimeout(this.#negotiationTimer);
    switch (outcome.kind) {
      case 'bound':
        this.#loseSession();
        this.#jid = outcome.jid;
        this.#online(outcome.jid);
        if (outcome.offersManagement) {
          this.#management = new StreamManagement();
          this.#write(enableElement);
        }
        this.emit('bound', outcome.jid);
        return;
      case 'resumed': {
        const management = this.#management;
        if (management === undefined || this.#jid === undefined) return;
        if (!management.acknowledged(outcome.handledByServer))
          this.#options.platform.log.warn('the server acknowledged what was not sent');
        this.#isManaged = true;
        this.#online(this.#jid);
        for (const stanza of management.unacknowledged()) this.#write(stanza);
        this.#write(requestElement);
        this.emit('resumed');
        return;
      }
      case 'closed':
        this.#closedWith = outcome.condition;
        this.#drop();
        return;
      case 'refused':
        this.#fail({ code: 'refused', reason: outcome.reason, condition: outcome.condition, text: outcome.text });
    }
  }

  #online(jid: string): void {
    this.#attempt = 0;
    this.#closedWith = undefined;
    this.#failingSinceMs = undefined;
    this.#setState({ name: 'online', jid });
    this.#keepalive.start();
  }

  #receive(frame: XmlElement): void {
    this.#keepalive.received();
    if (frame.name === 'iq' || frame.name === 'message' || frame.name === 'presence') {
      if (this.#isManaged) this.#management?.received();
      this.#dispatch(frame);
      return;
    }
    const streamError = readStreamError(frame);
    if (streamError?.kind === 'refused') {
      const { reason, condition, text } = streamError;
      this.#fail({ code: 'refused', reason, condition, text });
    } else if (streamError !== undefined || frame.attrs['xmlns'] === NS_FRAMING) {
      this.#drop();
    } else if (frame.attrs['xmlns'] === NS_STREAM_MANAGEMENT) {
      this.#receiveManagement(frame);
    }
  }

  #receiveManagement(frame: XmlElement): void {
    const management = this.#management;
    if (management === undefined) return;
    if (frame.name === 'enabled') {
      this.#isManaged = true;
      management.enabled(frame);
    } else if (frame.name === 'r') {
      this.#write(acknowledgementElement(management.receivedCount));
    } else if (frame.name === 'a') {
      const h = readCounter(frame);
      if (h === undefined || !management.acknowledged(h))
        this.#options.platform.log.warn('an acknowledgement that cannot be');
    } else if (frame.name === 'failed') {
      this.#management = undefined;
    }
  }

  #dispatch(stanza: XmlElement): void {
    if (stanza.name === 'iq') {
      if (this.#pending.settle(stanza, this.#jid ?? '')) return;
      if (stanza.attrs['type'] === 'get' || stanza.attrs['type'] === 'set') {
        void this.#answer(stanza);
        return;
      }
    }
    this.emit('stanza', stanza);
  }

  /** Every request gets exactly one answer (RFC 6120 §8.2.3). */
  async #answer(iq: XmlElement): Promise<void> {
    let answer: XmlElement | undefined;
    try {
      for (const handler of this.#handlers) {
        const pending = handler(iq);
        if (pending === undefined) continue;
        answer = await pending;
        break;
      }
      answer ??= errorReply(iq, stanzaError('cancel', 'service-unavailable'));
    } catch (error) {
      this.#options.platform.log.error('a request could not be handled', error);
      answer = errorReply(iq, stanzaError('cancel', 'internal-server-error'));
    }
    this.send(answer);
  }

  #write(element: XmlElement): void {
    if (this.#socket?.readyState === SOCKET_OPEN) this.#socket.send(serializeXml(element));
  }

  /** The socket is gone or useless: plans the next attempt. */
  #drop(): void {
    this.#abandonSocket();
    if (this.#state.name === 'closed') return;
    this.#failingSinceMs ??= performance.now();
    if (this.#management?.resumeId === undefined) this.#loseSession();
    const elapsedMs = performance.now() - this.#failingSinceMs;
    const delayMs = this.#options.retry.delayMs(this.#attempt + 1, elapsedMs, Math.random());
    if (delayMs === undefined) {
      this.#fail({ code: 'unreachable', condition: this.#closedWith });
      return;
    }
    this.#retryTimer = setTimeout(() => this.#open(), delayMs);
    this.#setState({ name: 'connecting', attempt: this.#attempt + 1, failingSinceMs: this.#failingSinceMs });
  }

  /** Nobody will answer what was asked in this session. */
  #loseSession(): void {
    this.#jid = undefined;
    this.#management = undefined;
    this.#isManaged = false;
    this.#pending.rejectAll();
  }

  #fail(failure: ConnectionFailure): void {
    this.#finish();
    this.emit('failed', failure);
  }

  #finish(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#abandonSocket();
    this.#loseSession();
    this.#setState({ name: 'closed' });
  }

  #abandonSocket(): void {
    clearTimeout(this.#negotiationTimer);
    this.#keepalive.stop();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    this.emit('state', state);
  }
}

async function respond(login: SaslExchange, challenge: string): Promise<string | SaslError> {
  try {
    return await login.answer(challenge);
  } catch (error) {
    if (error instanceof SaslError) return error;
    // E.g. a browser that computes nothing secret on this page, or has no memory left.
    return new SaslError('the answer could not be computed', { cause: error });
  }
}
