import { EventEmitter } from 'node:events';
import {
  acknowledge,
  afterRequest,
  type Dialog,
  idOf,
  isInOrder,
  nextHop,
  requestInDialog,
  withTargetOf,
} from '../dialog/dialog.ts';
import { headerTokens } from '../message/headers.ts';
import type { Header, NameAddress, SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import { Wake } from '../transaction/wake.ts';
import type { Target } from '../transport/source.ts';
import { AckWait } from './ack-wait.ts';
import type { CallWays, Credentials } from './call-ways.ts';
import { ALLOW, SDP_TYPE, SUPPORTED, USER_AGENT } from './capabilities.ts';
import { digitOfInfo } from './dtmf-info.ts';
import type { MediaNegotiation } from './media-negotiation.ts';
import {
  answerTimer,
  askForTimer,
  minSeconds,
  type SessionTimer,
  timerDeadline,
  timerOfResponse,
} from './session-timer.ts';

export interface SessionEvents {
  /** A key, by INFO. */
  digit: [digit: string];
  /** Exactly once; nothing comes after it. */
  ended: [end: SessionEnd];
}

/** `remote`: they hung up. `local`: we did. The others are ends that nobody asked for. */
export type SessionEnd = 'remote' | 'local' | 'no-ack' | 'no-answer-in-ack' | 'expired' | 'unreachable';

export interface SessionSetting {
  readonly ways: CallWays;
  readonly dialog: Dialog;
  readonly contact: NameAddress;
  readonly negotiation: MediaNegotiation;
  readonly timer: SessionTimer | undefined;
  /** Whether UPDATE may be sent: what the other side's Allow says. */
  readonly isUpdateAllowed: boolean;
  /** The connection the call came in by, or undefined over UDP. */
  readonly connection?: Target;
  readonly credentials?: Credentials;
  readonly onEnd: (session: Session) => void;
}

/** RFC 3261 §14.1: seconds, and who owns the Call-ID waits longer; ours is drawn over both ranges. */
const GLARE_MS = { least: 500, range: 3_500 };

/** A call that both sides have agreed on: everything inside its dialog until one of them says BYE. */
export class Session extends EventEmitter<SessionEvents> {
  readonly #setting: SessionSetting;
  #dialog: Dialog;
  #timer: SessionTimer | undefined;
  readonly #timerWake: Wake;
  #ackWait: AckWait | undefined;
  /** Our offer went out in a 2xx: the ACK must bring the answer. */
  #isAnswerInAck = false;
  #isInviting = false;
  #isUpdateAllowed: boolean;
  #farewell: readonly Header[] | undefined;
  #isEnded = false;
  #isByeSent = false;
  readonly #parted = Promise.withResolvers<void>();

  constructor(setting: SessionSetting) {
    super();
    this.#setting = setting;
    this.#dialog = setting.dialog;
    this.#isUpdateAllowed = setting.isUpdateAllowed;
    this.#timerWake = new Wake(setting.ways.now, () => this.#onTimer());
    this.#setTimer(setting.timer);
  }

  get id(): string {
    return idOf(this.#dialog);
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Resolves once it has ended, and our BYE has been answered or nobody answers it. */
  get parted(): Promise<void> {
    return this.#parted.promise;
  }

  /** Answers the INVITE that made this session, or one inside it. @param isOffer the body is our offer, not an answer */
  sendAccept(transaction: ServerTransaction, response: SipResponse, isOffer: boolean): void {
    this.#isAnswerInAck = isOffer;
    transaction.respond(response);
    this.#ackWait = new AckWait(transaction, response, this.#setting.ways, () => {
      this.#ackWait = undefined;
      this.#bye([]);
      this.#end('no-ack');
    });
  }

  /**
   * Hangs up. Idempotent; before our 2xx is acknowledged the BYE waits for the ACK (RFC 3261 §15).
   * @param headers such as Reason
   */
  hangUp(headers: readonly Header[] = []): void {
    if (this.#isEnded || this.#farewell !== undefined) return;
    if (this.#ackWait !== undefined) {
      this.#farewell = headers;
      return;
    }
    this.#bye(headers);
    this.#end('local');
  }

  /** Ends without a word to the other side, when the whole user agent goes. */
  close(): void {
    this.#end('local');
  }

  onAck(ack: SipRequest): void {
    if (this.#ackWait === undefined || ack.cSeq.number !== this.#ackWait.number) return;
    this.#ackWait.stop();
    this.#ackWait = undefined;
    if (this.#farewell !== undefined) {
      this.#bye(this.#farewell);
      this.#end('local');
      return;
    }
    if (!this.#isAnswerInAck) return;
    this.#isAnswerInAck = false;
    if (ack.body.length > 0 && this.#setting.negotiation.accept(ack.body)) return;
    this.#bye([]);
    this.#end('no-answer-in-ack');
  }

  /** The INVITE that made this session was cancelled when it had been answered already. */
  onLateCancel(): void {
    this.hangUp();
  }

  /** A request inside the dialog. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (!isInOrder(this.#dialog, request)) {
      this.#respond(transaction, 500, [{ name: 'retry-after', value: '1' }]);
      return;
    }
    this.#dialog = afterRequest(this.#dialog, request);
    switch (request.method) {
      case 'BYE':
        this.#respond(transaction, 200);
        this.#end('remote');
        break;
      case 'INVITE':
      case 'UPDATE':
        this.#onOffer(transaction);
        break;
      case 'INFO': {
        const digit = digitOfInfo(request);
        this.#respond(transaction, digit === undefined && request.body.length > 0 ? 415 : 200);
        if (digit !== undefined) this.emit('digit', digit);
        break;
      }
      case 'OPTIONS':
        this.#respond(transaction, 200, [ALLOW, SUPPORTED]);
        break;
      case 'REFER':
        this.#respond(transaction, 403);
        break;
      default:
        this.#respond(transaction, 405, [ALLOW]);
    }
  }

  #onOffer(transaction: ServerTransaction): void {
    const { request } = transaction;
    const isInvite = request.method === 'INVITE';
    if (this.#isInviting || this.#ackWait !== undefined) return this.#respond(transaction, 491);
    const timer = answerTimer(request);
    if (timer.kind === 'too-small') return this.#respond(transaction, 422, [timer.header]);
    const { negotiation, contact } = this.#setting;
    let body: Uint8Array = new Uint8Array();
    if (request.body.length > 0) {
      const answer = negotiation.answer(request.body);
      if (!answer.ok) return this.#respond(transaction, 488, [{ name: 'warning', value: answer.warning }]);
      body = answer.body;
    } else if (isInvite) body = negotiation.offer();
    this.#dialog = withTargetOf(this.#dialog, request);
    this.#noteAllow(request);
    this.#setTimer(timer.timer);
    const response = createResponse(request, 200, {
      contacts: [contact],
      others: [ALLOW, SUPPORTED, USER_AGENT, ...timer.headers, ...(body.length > 0 ? [SDP_TYPE] : [])],
      body,
    });
    if (isInvite) this.sendAccept(transaction, response, request.body.length === 0);
    else transaction.respond(response);
  }

  #noteAllow(message: SipRequest | SipResponse): void {
    const allowed = headerTokens(message, 'allow');
    if (allowed.length > 0) this.#isUpdateAllowed = allowed.includes('UPDATE');
  }

  #respond(transaction: ServerTransaction, status: number, others: readonly Header[] = []): void {
    transaction.respond(createResponse(transaction.request, status, { others }));
  }

  #setTimer(timer: SessionTimer | undefined): void {
    this.#timer = timer;
    this.#timerWake.at(timer === undefined ? undefined : timerDeadline(timer, this.#setting.ways.now()));
  }

  #onTimer(): void {
    if (this.#timer?.isRefresher !== true) {
      this.#bye([{ name: 'reason', value: 'SIP;cause=408;text="Session expired"' }]);
      this.#end('expired');
      return;
    }
    this.#refresh().catch(() => this.#end('unreachable'));
  }

  /** RFC 4028 §7.4: an UPDATE needs no description and no ACK; an INVITE repeats our offer. */
  async #refresh(): Promise<void> {
    if (this.#isEnded) return;
    if (this.#isInviting || this.#ackWait !== undefined) return this.#retryRefresh();
    const { ways, contact, negotiation, credentials } = this.#setting;
    const method = this.#isUpdateAllowed ? 'UPDATE' : 'INVITE';
    const body = method === 'INVITE' ? negotiation.offer() : new Uint8Array();
    this.#isInviting = method === 'INVITE';
    const headers = [ALLOW, SUPPORTED, USER_AGENT, ...askForTimer(this.#timer)];
    let acknowledged: { readonly ack: SipRequest; readonly target: Target } | undefined;
    const outcome = await ways.exchange(
      (extra) =>
        this.#next(method, {
          contacts: [contact],
          others: [...headers, ...extra, ...(body.length > 0 ? [SDP_TYPE] : [])],
          body,
        }),
      await this.#targets(),
      {
        credentials,
        onRepeated: () => {
          if (acknowledged === undefined) return;
          // Should this one be lost too, the answer comes once more.
          ways.sendAck(acknowledged.ack, acknowledged.target).catch(() => undefined);
        },
      },
    );
    this.#isInviting = false;
    if (this.#isEnded) return;
    if (outcome.kind === 'failed') return this.#over('unreachable');
    const { response, request } = outcome;
    if (response.status === 491) return this.#retryRefresh();
    const leastSeconds = response.status === 422 ? minSeconds(response) : undefined;
    if (leastSeconds !== undefined && this.#timer !== undefined && leastSeconds > this.#timer.intervalSeconds) {
      this.#timer = { ...this.#timer, intervalSeconds: leastSeconds };
      return this.#retryRefresh();
    }
    // RFC 3261 §12.2.1.2: these two mean that the other side knows of no call any more.
    if (response.status === 481 || response.status === 408) return this.#over('unreachable');
    if (response.status >= 200 && response.status < 300) {
      this.#dialog = withTargetOf(this.#dialog, response);
      if (method === 'INVITE') {
        acknowledged = { ack: acknowledge(this.#dialog, request.cSeq.number), target: await this.#target() };
        await ways.sendAck(acknowledged.ack, acknowledged.target);
        if (!negotiation.accept(response.body)) return this.#over('unreachable');
      }
      this.#setTimer(timerOfResponse(response));
      return;
    }
    // Refused, but the call goes on; the other half of the interval is left for another try.
    this.#setTimer(this.#timer);
  }

  #retryRefresh(): void {
    const { now } = this.#setting.ways;
    this.#timerWake.at(now() + GLARE_MS.least + Math.random() * GLARE_MS.range);
  }

  #over(end: SessionEnd): void {
    this.#bye([]);
    this.#end(end);
  }

  #bye(headers: readonly Header[]): void {
    if (this.#isEnded) return;
    this.#isByeSent = true;
    const { ways, credentials } = this.#setting;
    this.#targets()
      .then((targets) =>
        ways.exchange((extra) => this.#next('BYE', { others: [USER_AGENT, ...headers, ...extra] }), targets, {
          credentials,
        }),
      )
      // The call is over for us whether the other side hears of it or not.
      .catch(() => undefined)
      .finally(() => this.#parted.resolve());
  }

  #next(method: string, content: Parameters<typeof requestInDialog>[2]): SipRequest {
    const { dialog, request } = requestInDialog(this.#dialog, method, content);
    this.#dialog = dialog;
    return request;
  }

  async #target(): Promise<Target> {
    const [target] = await this.#targets();
    if (target === undefined) throw new Error('the other side has no address');
    return target;
  }

  async #targets(): Promise<readonly Target[]> {
    const { connection, ways } = this.#setting;
    // Behind NAT the address a phone names is of no use, and the connection it opened is.
    if (connection?.connection !== undefined && ways.isOpen(connection.connection)) return [connection];
    return ways.targetsOf(nextHop(this.#dialog));
  }

  #end(end: SessionEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ackWait?.stop();
    this.#timerWake.at(undefined);
    if (!this.#isByeSent) this.#parted.resolve();
    this.#setting.onEnd(this);
    this.emit('ended', end);
  }
}
