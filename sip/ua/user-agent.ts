import { randomBytes } from 'node:crypto';
import type { Logger } from '#runtime/logger.ts';
import { dialogIdOfRequest } from '../dialog/dialog.ts';
import { headerTokens, headerValue } from '../message/headers.ts';
import type { Header, NameAddress, SipMessage, SipRequest, Via } from '../message/message.ts';
import { parseMessage } from '../message/parse.ts';
import { createResponse } from '../message/response.ts';
import { serialiseMessage, serialiseRefusal } from '../message/serialise.ts';
import { unwrapSession } from '../message/unwrap-session.ts';
import { sipUri } from '../message/uri.ts';
import { withSource } from '../message/via.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { TransactionLayer, type TransactionUser } from '../transaction/transaction-layer.ts';
import type { TimerSettings } from '../transaction/timer-settings.ts';
import type { SipTrace } from '../trace/sip-trace.ts';
import type { Source, Target } from '../transport/source.ts';
import { Transports, type TransportSettings } from '../transport/transports.ts';
import type { CallWays } from './call-ways.ts';
import {
  ALLOW,
  ALLOWED_METHODS,
  RELIABLE_PROVISIONAL,
  SUPPORTED,
  SUPPORTED_EXTENSIONS,
  USER_AGENT,
} from './capabilities.ts';
import { exchange } from './exchange.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { type DialSetting, OutgoingInvite } from './outgoing-invite.ts';
import { resolveUri } from './resolve.ts';
import type { Session } from './session.ts';

export interface UserAgentSettings extends TransportSettings {
  readonly timers: TimerSettings;
  /** Hears of every message that is read or sent. */
  readonly trace?: Pick<SipTrace, 'add'>;
}

/** What the user agent asks about what comes. */
export interface UserAgentGate {
  /** Whether anything is taken from an address at all. */
  readonly isAllowed: (address: string) => boolean;
  /** Whether these bytes are read on: they may be too many, or too often. */
  readonly admitsBytes: (source: Source, bytes: Uint8Array) => boolean;
  /** Whether a request that begins something is taken. */
  readonly admitsRequest: (request: SipRequest, source: Source) => boolean;
  /** Whether one that is not is answered with 403; silence otherwise. */
  readonly refusesAloud: boolean;
  /** The challenges of a 401 to a call whose caller has not proved who it is; undefined where there is nothing to prove. */
  readonly challengeOf: (request: SipRequest, source: Source) => readonly Header[] | undefined;
  /** While no new calls are taken, after how many seconds one may try again; OPTIONS is answered alike (RFC 3261 §11.2). */
  readonly retryAfterSeconds: () => number | undefined;
  readonly onInvite: (invite: IncomingInvite) => void;
}

/** Why something that came was dropped, for the counter. */
export type DropReason = 'refused-bytes' | 'malformed' | 'refused-request' | 'stray';

/** Bits of a branch, tag and Call-ID. */
const TOKEN_BYTES = 12;
/** What a request grows by when it is sent. */
const VIA_BYTES = 120;
/** What people of several calls at once are told apart by is the dialog; this is only for show. */
const CONTACT_USER = 'parley';

/** The gateway's end of SIP: sockets, transactions, and the calls on top of them. */
export class UserAgent implements TransactionUser {
  readonly #gate: UserAgentGate;
  readonly #logger: Logger;
  readonly #transports: Transports;
  readonly #layer: TransactionLayer;
  readonly #trace: Pick<SipTrace, 'add'> | undefined;
  readonly #ways: CallWays;
  readonly #sessions = new Map<string, Session>();
  /** Calls that go on, and those whose BYE is not answered yet. */
  readonly #unparted = new Set<Session>();
  readonly #invites = new Map<ServerTransaction, IncomingInvite>();
  readonly #dropped = new Map<DropReason, number>();

  private constructor(settings: UserAgentSettings, gate: UserAgentGate, logger: Logger, transports: Transports) {
    this.#gate = gate;
    this.#logger = logger;
    this.#transports = transports;
    const now = (): number => performance.now();
    const { timers, trace } = settings;
    this.#trace = trace;
    this.#layer = new TransactionLayer(
      {
        timers,
        now,
        send: (message, target) => {
          this.#note('out', target, message);
          return this.#send(message, target);
        },
        viaTowards: (target) => this.#viaTowards(target),
        randomToken,
      },
      this,
    );
    this.#ways = {
      timers,
      now,
      randomToken,
      targetsOf: (uri) => resolveUri(uri),
      isOpen: (connection) => this.#transports.isOpen(connection),
      contactTowards: (target, user) => this.#contactTowards(target, user),
      request: async (request, target, events) => {
        const bytes = serialiseMessage(request).length + VIA_BYTES;
        return this.#layer.request(request, await this.#transports.wayOf(bytes, target), events);
      },
      cancel: (invite, events) => this.#layer.cancel(invite, events),
      sendAck: (ack, target) => this.#layer.sendAck(ack, target),
      exchange: (build, targets, options) => exchange(this.#ways, build, targets, options),
    };
  }

  /** Rejects with the system's error when an address or port cannot be used. */
  static async open(settings: UserAgentSettings, gate: UserAgentGate, logger: Logger): Promise<UserAgent> {
    let agent: UserAgent | undefined;
    const transports = await Transports.open(settings, {
      onBytes: (bytes, source) => agent?.onBytes(bytes, source),
      onBroken: (reason) => {
        agent?.count('malformed');
        logger.debug({ reason }, 'a stream could not be read on');
      },
      isAllowed: gate.isAllowed,
    });
    agent = new UserAgent(settings, gate, logger, transports);
    return agent;
  }

  /** For TLS connections from now on. */
  replaceCertificate(tls: NonNullable<TransportSettings['tls']>): void {
    this.#transports.replaceCertificate(tls);
  }

  /** Of UDP and TCP. */
  get port(): number {
    return this.#transports.port;
  }

  get tlsPort(): number | undefined {
    return this.#transports.tlsPort;
  }

  get ways(): CallWays {
    return this.#ways;
  }

  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  get figures(): { readonly sessions: number; readonly transactions: number; readonly connections: number } {
    return {
      sessions: this.#sessions.size,
      transactions: this.#layer.size,
      connections: this.#transports.connections,
    };
  }

  /** The address that someone there is told, for media too. */
  addressTowards(remote: string): Promise<string> {
    return this.#transports.addressTowards(remote);
  }

  /** Prepares a call out; `start()` sends its INVITE. */
  dial(setting: Omit<DialSetting, 'ways' | 'onSession' | 'onSessionEnd'>): OutgoingInvite {
    return new OutgoingInvite({
      ...setting,
      ways: this.#ways,
      onSession: (session) => this.#addSession(session),
      onSessionEnd: (session) => this.#sessions.delete(session.id),
    });
  }

  /** Resolves once every call of now is over for the other side too. */
  async parted(): Promise<void> {
    await Promise.all([...this.#unparted].map(({ parted }) => parted));
  }

  /** Ends all at once; calls that should hear of it are hung up before. Who still waits for an answer gets a 503. */
  async close(): Promise<void> {
    for (const invite of this.#invites.values()) invite.reject(503);
    this.#layer.close();
    for (const session of this.#sessions.values()) session.close();
    this.#sessions.clear();
    await this.#transports.close();
  }

  onBytes(bytes: Uint8Array, source: Source): void {
    if (!this.#gate.admitsBytes(source, bytes)) return this.count('refused-bytes');
    const parsed = parseMessage(bytes, { framing: source.connection === undefined ? 'datagram' : 'stream' });
    if (!parsed.ok) {
      this.count('malformed');
      this.#logger.debug({ reason: parsed.reason }, 'a message that cannot be read');
      const { canReply } = parsed;
      if (canReply === undefined) return;
      const [top] = canReply.via;
      if (top === undefined) return;
      // Answered where it came from, whatever its Via says: nothing else of it is to be trusted.
      const refusal = serialiseRefusal({ ...parsed, canReply }, randomToken());
      this.#transports
        .send(refusal, source)
        .catch((error: unknown) => this.#logger.debug({ err: error }, 'a refusal could not be sent'));
      return;
    }
    this.#receive(unwrapSession(parsed.message), source);
  }

  #receive(message: SipMessage, source: Source): void {
    try {
      this.#note('in', source, message);
      const received = message.kind === 'request' ? withSource(message, source) : message;
      if (!this.#layer.receive(received, source)) this.count('stray');
    } catch (error) {
      // A bug must cost this message only.
      this.#logger.error({ err: error }, 'a message could not be handled');
    }
  }

  async #send(message: SipMessage, target: Target): Promise<void> {
    try {
      await this.#transports.send(serialiseMessage(message), target);
    } catch (error) {
      const { protocol, address, port } = target;
      // Whoever sent it learns only that it failed; here stands why, such as a certificate of another name.
      const level = message.kind === 'request' ? 'warn' : 'debug';
      this.#logger[level]({ err: error, protocol, address, port }, 'a SIP message could not be sent');
      throw error;
    }
  }

  #note(direction: 'in' | 'out', other: Source | Target, message: SipMessage): void {
    try {
      this.#trace?.add(direction, other, message);
    } catch (error) {
      // What cannot be written down is no reason not to do it.
      this.#logger.error({ err: error }, 'a message could not be traced');
    }
  }

  count(reason: DropReason): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + 1);
  }

  onRequest(transaction: ServerTransaction): void {
    const { request, source } = transaction;
    const id = dialogIdOfRequest(request);
    if (id !== undefined) return this.#onRequestInDialog(transaction, id);
    if (!this.#gate.admitsRequest(request, source)) return this.#refuse(transaction);
    const refusal = refusalOf(request);
    if (refusal !== undefined) return this.#respond(transaction, refusal.status, refusal.headers);
    const isAboutCalls = request.method === 'OPTIONS' || request.method === 'INVITE';
    const waitSeconds = isAboutCalls ? this.#gate.retryAfterSeconds() : undefined;
    if (waitSeconds !== undefined) {
      return this.#respond(transaction, 503, [{ name: 'retry-after', value: String(waitSeconds) }]);
    }
    if (request.method === 'OPTIONS') {
      return this.#respond(transaction, 200, [ALLOW, SUPPORTED, { name: 'accept', value: 'application/sdp' }]);
    }
    if (request.method === 'INVITE') {
      const challenges = this.#gate.challengeOf(request, source);
      if (challenges !== undefined) return this.#respond(transaction, 401, challenges);
      this.#onInvite(transaction).catch((error: unknown) => {
        this.#logger.error({ err: error }, 'a call could not be taken');
        this.#respond(transaction, 500);
      });
      return;
    }
    // REFER and the like mean a call that there is not.
    this.#respond(transaction, request.method === 'REFER' ? 403 : 481);
  }

  onAck(ack: SipRequest): void {
    const id = dialogIdOfRequest(ack);
    const session = id === undefined ? undefined : this.#sessions.get(id);
    if (session === undefined) this.count('stray');
    else session.onAck(ack);
  }

  onCancel(transaction: ServerTransaction): void {
    const invite = this.#invites.get(transaction);
    if (invite !== undefined) invite.onCancel();
    else if (transaction.finalStatus === undefined) this.#respond(transaction, 487);
  }

  #addSession(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#unparted.add(session);
    void session.parted.then(() => this.#unparted.delete(session));
  }

  #onRequestInDialog(transaction: ServerTransaction, id: string): void {
    const session = this.#sessions.get(id);
    if (session !== undefined) {
      const refusal = refusalOf(transaction.request);
      if (refusal === undefined) session.onRequest(transaction);
      else this.#respond(transaction, refusal.status, refusal.headers);
      return;
    }
    const early = [...this.#invites.values()].find((invite) => !invite.isDecided && invite.dialogId === id);
    if (transaction.request.method === 'BYE' && early !== undefined) {
      this.#respond(transaction, 200);
      early.onCancel();
      return;
    }
    if (!this.#gate.admitsRequest(transaction.request, transaction.source)) return this.#refuse(transaction);
    this.#respond(transaction, 481);
  }

  #refuse(transaction: ServerTransaction): void {
    this.count('refused-request');
    if (this.#gate.refusesAloud) this.#respond(transaction, 403);
  }

  async #onInvite(transaction: ServerTransaction): Promise<void> {
    transaction.respond(createResponse(transaction.request, 100));
    const { protocol, address, port } = transaction.source;
    const contact = await this.#contactTowards({ protocol, address, port }, CONTACT_USER);
    // Cancelled meanwhile.
    if (transaction.finalStatus !== undefined) return;
    const invite = new IncomingInvite(transaction, {
      ways: this.#ways,
      contact,
      onSession: (session) => this.#addSession(session),
      onSessionEnd: (session) => {
        this.#sessions.delete(session.id);
        this.#invites.delete(transaction);
      },
      onDecided: (decided) => {
        // An accepted one stays as long as its session, for a CANCEL that comes late.
        if (!decided.isAccepted) this.#invites.delete(transaction);
      },
    });
    this.#invites.set(transaction, invite);
    this.#gate.onInvite(invite);
  }

  #respond(transaction: ServerTransaction, status: number, headers: readonly Header[] = []): void {
    transaction.respond(
      createResponse(transaction.request, status, { toTag: randomToken(), others: [...headers, USER_AGENT] }),
    );
  }

  async #viaTowards(target: Target): Promise<Via> {
    const host = await this.#transports.addressTowards(target.address);
    return {
      transport: target.protocol,
      host,
      port: this.#transports.portOf(target.protocol),
      // RFC 3581: answer to where it came from.
      parameters: new Map([['rport', undefined]]),
    };
  }

  async #contactTowards(target: Target, user: string): Promise<NameAddress> {
    const host = await this.#transports.addressTowards(target.address);
    const { protocol } = target;
    const parameters = protocol === 'UDP' ? undefined : new Map([['transport', protocol.toLowerCase()]]);
    const uri = sipUri({ user, host, port: this.#transports.portOf(protocol), ...(parameters && { parameters }) });
    return { uri, parameters: new Map() };
  }
}

interface Refusal {
  readonly status: number;
  readonly headers: readonly Header[];
}

/** What a request is refused for before anybody looks at what it wants (RFC 3261 §8.2). */
function refusalOf(request: SipRequest): Refusal | undefined {
  if (!ALLOWED_METHODS.includes(request.method)) return { status: 405, headers: [ALLOW] };
  if (request.uri.kind === 'other' && request.uri.scheme !== 'tel') return { status: 416, headers: [] };
  if (request.maxForwards === 0) return { status: 483, headers: [] };
  const unsupported = headerTokens(request, 'require').filter(
    (token) => !isUnderstood(token.toLowerCase(), request.method),
  );
  if (unsupported.length > 0) {
    return { status: 420, headers: [{ name: 'unsupported', value: unsupported.join(', ') }] };
  }
  const type = headerValue(request, 'content-type')?.split(';')[0]?.trim().toLowerCase();
  const isDescription = request.method === 'INVITE' || request.method === 'UPDATE';
  if (isDescription && request.body.length > 0 && type !== 'application/sdp') {
    return { status: 415, headers: [{ name: 'accept', value: 'application/sdp' }] };
  }
  // Our answer would be one.
  if (request.method === 'INVITE' && !acceptsDescription(request)) return { status: 406, headers: [] };
  return undefined;
}

function isUnderstood(extension: string, method: string): boolean {
  if (extension === RELIABLE_PROVISIONAL) return method === 'INVITE';
  return SUPPORTED_EXTENSIONS.includes(extension);
}

/** RFC 3261 §20.1: everything that can describe a session, where nothing is said. */
function acceptsDescription(request: SipRequest): boolean {
  const types = headerTokens(request, 'accept').map((range) => range.split(';')[0]?.trim().toLowerCase() ?? '');
  return types.length === 0 || types.some((type) => ['application/sdp', 'application/*', '*/*'].includes(type));
}

function randomToken(): string {
  return randomBytes(TOKEN_BYTES).toString('hex');
}
