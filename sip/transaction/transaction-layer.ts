import type { SipMessage, SipRequest, SipResponse, Via } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { createResponse } from '../message/response.ts';
import { responseTarget } from '../message/via.ts';
import type { Source, Target } from '../transport/source.ts';
import { type ClientEvents, ClientTransaction } from './client-transaction.ts';
import { ServerTransaction } from './server-transaction.ts';
import { BRANCH_COOKIE, clientKey, mergeKey, serverKey } from './transaction-key.ts';
import type { TransactionSurroundings } from './transaction-surroundings.ts';

/** Who decides about what comes: the user agent. */
export interface TransactionUser {
  /** A new request, to be answered through its transaction. CANCEL and ACK do not come here. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK for a 2xx. */
  onAck(ack: SipRequest): void;
  /** The INVITE of this transaction is not wanted any more; it may be answered already. */
  onCancel(transaction: ServerTransaction): void;
}

export interface LayerSurroundings extends TransactionSurroundings {
  /** The Via of a request to there, without its branch. */
  readonly viaTowards: (target: Target) => Promise<Via>;
  /** 96 random bits or more, as letters and digits. */
  readonly randomToken: () => string;
}

/** Sorts messages into transactions, and makes new ones (RFC 3261 §17, §9.2, §8.2.2.2). */
export class TransactionLayer {
  readonly #surroundings: LayerSurroundings;
  readonly #user: TransactionUser;
  readonly #clients = new Map<string, ClientTransaction>();
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #merge = new Map<string, ServerTransaction>();
  #isClosed = false;

  constructor(surroundings: LayerSurroundings, user: TransactionUser) {
    this.#surroundings = surroundings;
    this.#user = user;
  }

  /** Transactions that have not ended. */
  get size(): number {
    return this.#clients.size + this.#servers.size;
  }

  /**
   * Sends a request that has no Via yet.
   * @returns undefined when the layer is closed
   * @throws what finding our own address towards the target throws
   */
  async request(request: SipRequest, target: Target, events: ClientEvents): Promise<ClientTransaction | undefined> {
    const via = await this.#surroundings.viaTowards(target);
    const branch = `${BRANCH_COOKIE}${this.#surroundings.randomToken()}`;
    return this.#start({ ...request, via: [withBranch(via, branch)] }, target, events);
  }

  /** A CANCEL has its INVITE's Via and way (RFC 3261 §9.1). */
  cancel(invite: ClientTransaction, events: ClientEvents): void {
    const { uri, via, from, to, callId, cSeq, routes } = invite.request;
    const cancel: SipRequest = {
      kind: 'request',
      method: 'CANCEL',
      uri,
      via: via.slice(0, 1),
      from,
      to,
      callId,
      cSeq: { number: cSeq.number, method: 'CANCEL' },
      maxForwards: 70,
      contacts: [],
      routes,
      recordRoutes: [],
      others: [],
      body: new Uint8Array(),
    };
    this.#start(cancel, invite.target, events);
  }

  /** An ACK for a 2xx is sent once, by itself; whoever repeats the 2xx gets it again (RFC 3261 §13.2.2.4). */
  async sendAck(ack: SipRequest, target: Target): Promise<void> {
    const via = await this.#surroundings.viaTowards(target);
    const branch = `${BRANCH_COOKIE}${this.#surroundings.randomToken()}`;
    await this.#surroundings.send({ ...ack, via: [withBranch(via, branch)] }, target);
  }

  /** @returns whether anybody wanted the message. A request's topmost Via says where it came from already. */
  receive(message: SipMessage, source: Source): boolean {
    if (this.#isClosed) return false;
    return message.kind === 'response' ? this.#onResponse(message) : this.#onRequest(message, source);
  }

  /** Ends all without telling anybody. */
  close(): void {
    this.#isClosed = true;
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.close();
    this.#clients.clear();
    this.#servers.clear();
    this.#merge.clear();
  }

  #start(request: SipRequest, target: Target, events: ClientEvents): ClientTransaction | undefined {
    if (this.#isClosed) return undefined;
    const key = clientKey(request);
    const transaction = new ClientTransaction(request, target, this.#surroundings, events, () =>
      this.#clients.delete(key),
    );
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  #onResponse(response: SipResponse): boolean {
    const transaction = this.#clients.get(clientKey(response));
    transaction?.receive(response);
    return transaction !== undefined;
  }

  #onRequest(request: SipRequest, source: Source): boolean {
    const key = serverKey(request);
    const known = this.#servers.get(key);
    if (known !== undefined) {
      known.receive(request);
      return true;
    }
    if (request.method === 'ACK') {
      this.#user.onAck(request);
      return true;
    }
    const transaction = this.#serve(key, request, source);
    if (request.method === 'CANCEL') this.#onCancel(transaction);
    else if (!this.#isMerged(transaction)) this.#user.onRequest(transaction);
    return true;
  }

  #serve(key: string, request: SipRequest, source: Source): ServerTransaction {
    const top = request.via[0];
    const { host, port } = top === undefined ? { host: source.address, port: source.port } : responseTarget(top);
    const answerTo: Target =
      source.connection === undefined
        ? { protocol: source.protocol, address: host, port }
        : { protocol: source.protocol, address: host, port, connection: source.connection };
    const merge = mergeKey(request);
    const transaction = new ServerTransaction(request, source, answerTo, this.#surroundings, {
      onAck: (ack) => this.#user.onAck(ack),
      // The refusal stands whether its ACK came or not.
      onFailure: () => undefined,
      onEnd: () => {
        this.#servers.delete(key);
        if (this.#merge.get(merge) === transaction) this.#merge.delete(merge);
      },
    });
    this.#servers.set(key, transaction);
    return transaction;
  }

  /** A proxy has forked a request to us twice: the first copy is served, the others are told so. */
  #isMerged(transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (tagOf(request.to) !== undefined) return false;
    const key = mergeKey(request);
    if (this.#merge.has(key)) {
      transaction.respond(createResponse(request, 482, { toTag: this.#surroundings.randomToken() }));
      return true;
    }
    this.#merge.set(key, transaction);
    return false;
  }

  #onCancel(transaction: ServerTransaction): void {
    const { request } = transaction;
    const invite = this.#servers.get(serverKey(request, 'INVITE'));
    const toTag = this.#surroundings.randomToken();
    if (invite === undefined) return transaction.respond(createResponse(request, 481, { toTag }));
    transaction.respond(createResponse(request, 200, { toTag }));
    this.#user.onCancel(invite);
  }
}

function withBranch(via: Via, branch: string): Via {
  return { ...via, parameters: new Map([...via.parameters, ['branch', branch]]) };
}
