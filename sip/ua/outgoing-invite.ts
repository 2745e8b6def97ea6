import { EventEmitter } from 'node:events';
import { acknowledge, dialogOfResponse, nextHop, requestInDialog } from '../dialog/dialog.ts';
import { answerChallenges, type DigestState } from '../message/digest.ts';
import { headerTokens } from '../message/headers.ts';
import type { Header, NameAddress, SipRequest, SipResponse } from '../message/message.ts';
import { tagOf, withTag } from '../message/name-address.ts';
import type { Uri } from '../message/uri.ts';
import type { ClientTransaction } from '../transaction/client-transaction.ts';
import { GIVE_UP_AFTER_T1 } from '../transaction/timer-settings.ts';
import { Wake } from '../transaction/wake.ts';
import type { Target } from '../transport/source.ts';
import type { CallWays, Credentials } from './call-ways.ts';
import { ALLOW, SDP_TYPE, SUPPORTED, USER_AGENT } from './capabilities.ts';
import { challengedPart, isChallenge } from './exchange.ts';
import type { MediaNegotiation } from './media-negotiation.ts';
import { Session } from './session.ts';
import { askForTimer, minSeconds, timerOfResponse } from './session-timer.ts';

export interface OutgoingInviteEvents {
  ringing: [];
  /** They have answered, and the call stands. */
  answered: [session: Session];
  /** Exactly one of `answered` and `failed`. Status 0: no answer of any kind; 487 also when we gave up. */
  failed: [failure: { readonly status: number; readonly reason: string }];
}

export interface DialSetting {
  readonly ways: CallWays;
  readonly uri: Uri;
  readonly from: NameAddress;
  /** User part of our Contact. */
  readonly user: string;
  /** The trunk's servers in place of where the URI itself leads, the best first. */
  readonly targets: readonly Target[];
  readonly negotiation: MediaNegotiation;
  readonly credentials?: Credentials;
  readonly headers?: readonly Header[];
  readonly onSession: (session: Session) => void;
  readonly onSessionEnd: (session: Session) => void;
}

/** A challenge by a proxy and one by the other side, each once more for a stale nonce; a 422. */
const MAX_TRIES = 6;

/** We call somebody: from the INVITE to their answer (RFC 3261 §13.2). */
export class OutgoingInvite extends EventEmitter<OutgoingInviteEvents> {
  readonly #setting: DialSetting;
  readonly #callId: string;
  readonly #from: NameAddress;
  #number = 0;
  #tries = 0;
  #transaction: ClientTransaction | undefined;
  #digest: DigestState | undefined;
  #minimumSeconds: number | undefined;
  #isProvisional = false;
  #isCancelled = false;
  #isCancelSent = false;
  #isDecided = false;
  /** The ACK of each that answered, by its tag. */
  readonly #acks = new Map<string, { readonly ack: SipRequest; readonly target: Target }>();

  constructor(setting: DialSetting) {
    super();
    this.#setting = setting;
    const { randomToken } = setting.ways;
    this.#callId = randomToken();
    this.#from = withTag(setting.from, randomToken());
  }

  get callId(): string {
    return this.#callId;
  }

  start(): void {
    this.#send([], 0);
  }

  /** Gives up. Idempotent; `failed` comes once the other side has been told, or there is nobody to tell. */
  cancel(): void {
    if (this.#isCancelled || this.#isDecided) return;
    this.#isCancelled = true;
    this.#sendCancel();
  }

  #send(extra: readonly Header[], targetIndex: number): void {
    const target = this.#setting.targets[targetIndex];
    if (target === undefined || ++this.#tries > MAX_TRIES) return this.#fail(0, 'nobody can be reached');
    this.#invite(extra, target, targetIndex).catch(() => this.#send(extra, targetIndex + 1));
  }

  async #invite(extra: readonly Header[], target: Target, targetIndex: number): Promise<void> {
    const { ways, uri, user, negotiation, headers = [] } = this.#setting;
    const contact = await ways.contactTowards(target, user);
    const request: SipRequest = {
      kind: 'request',
      method: 'INVITE',
      uri,
      via: [],
      from: this.#from,
      to: { uri, parameters: new Map() },
      callId: this.#callId,
      cSeq: { number: ++this.#number, method: 'INVITE' },
      maxForwards: 70,
      contacts: [contact],
      routes: [],
      recordRoutes: [],
      others: [
        ALLOW,
        SUPPORTED,
        USER_AGENT,
        ...askForTimer(undefined, this.#minimumSeconds),
        ...headers,
        ...extra,
        SDP_TYPE,
      ],
      body: negotiation.offer(),
    };
    this.#isProvisional = false;
    const transaction = await ways.request(request, target, {
      onResponse: (response) => this.#onResponse(response, request, targetIndex, contact),
      onFailure: (reason) => {
        if (this.#isDecided) return;
        if (this.#isCancelled) this.#fail(487, 'given up');
        else if (targetIndex + 1 < this.#setting.targets.length) this.#send([], targetIndex + 1);
        else this.#fail(reason === 'timeout' ? 408 : 0, reason);
      },
    });
    if (transaction === undefined) return this.#fail(0, 'closed');
    this.#transaction = transaction;
    this.#sendCancel();
  }

  #onResponse(response: SipResponse, request: SipRequest, targetIndex: number, contact: NameAddress): void {
    const { status } = response;
    if (status < 200) {
      this.#isProvisional = true;
      this.#sendCancel();
      if (status === 180 || status === 183) this.emit('ringing');
    } else if (status < 300) this.#onAccepted(response, request, contact);
    else if (!this.#isDecided) this.#onRefused(response, request, targetIndex);
  }

  #onRefused(response: SipResponse, request: SipRequest, targetIndex: number): void {
    const { status, reason } = response;
    if (this.#isCancelled) return this.#fail(487, 'given up');
    const { credentials, ways, targets } = this.#setting;
    if (isChallenge(response) && credentials !== undefined) {
      const answer = answerChallenges(response, credentials, challengedPart(request), this.#digest, ways.randomToken());
      if (answer.kind === 'answer') {
        this.#digest = answer.state;
        return this.#send([answer.header], targetIndex);
      }
    }
    if (status === 422) {
      this.#minimumSeconds = minSeconds(response);
      if (this.#minimumSeconds !== undefined) return this.#send([], targetIndex);
    }
    if (status === 503 && targetIndex + 1 < targets.length) return this.#send([], targetIndex + 1);
    this.#fail(status, reason);
  }

  #onAccepted(response: SipResponse, request: SipRequest, contact: NameAddress): void {
    const known = this.#acks.get(tagOf(response.to) ?? '');
    if (known !== undefined) {
      // The ACK was lost.
      this.#setting.ways.sendAck(known.ack, known.target).catch(() => undefined);
      return;
    }
    this.#onNewDialog(response, request, contact).catch(() => this.#fail(0, 'its answer leads nowhere'));
  }

  async #onNewDialog(response: SipResponse, request: SipRequest, contact: NameAddress): Promise<void> {
    const { ways, negotiation, credentials, onSession, onSessionEnd } = this.#setting;
    const dialog = dialogOfResponse(request, response);
    if (dialog === undefined) return this.#fail(0, 'its answer names nobody');
    // Of several that answer at once the first is spoken to (RFC 3261 §13.2.2.4).
    const isWanted = !this.#isCancelled && !this.#isDecided;
    if (isWanted) this.#isDecided = true;
    const ack = acknowledge(dialog, request.cSeq.number);
    const targets = await ways.targetsOf(nextHop(dialog));
    const [target] = targets;
    if (target === undefined) throw new Error('the answer names no address');
    this.#acks.set(tagOf(response.to) ?? '', { ack, target });
    await ways.sendAck(ack, target);
    const hasMedia = isWanted && negotiation.accept(response.body);
    if (!hasMedia) {
      const { request: bye } = requestInDialog(dialog, 'BYE', { others: [USER_AGENT] });
      if (isWanted) this.emit('failed', { status: 488, reason: 'no media in common' });
      else if (this.#isCancelled) this.#fail(487, 'given up');
      await ways.exchange(() => bye, targets);
      return;
    }
    const session = new Session({
      ways,
      dialog,
      contact,
      negotiation,
      timer: timerOfResponse(response),
      isUpdateAllowed: headerTokens(response, 'allow').includes('UPDATE'),
      ...(credentials === undefined ? {} : { credentials }),
      onEnd: onSessionEnd,
    });
    onSession(session);
    this.emit('answered', session);
  }

  /** Only what has been heard of can be cancelled (RFC 3261 §9.1). */
  #sendCancel(): void {
    const transaction = this.#transaction;
    if (!this.#isCancelled || !this.#isProvisional || this.#isCancelSent || transaction === undefined) return;
    this.#isCancelSent = true;
    const { ways } = this.#setting;
    ways.cancel(transaction, { onResponse: () => undefined, onFailure: () => this.#fail(487, 'given up') });
    // Some never say the last word; they are not waited for longer than any answer (RFC 3261 §9.1).
    const patience = new Wake(ways.now, () => {
      if (this.#isDecided) return;
      transaction.abandon();
      this.#fail(487, 'given up');
    });
    patience.at(ways.now() + GIVE_UP_AFTER_T1 * ways.timers.t1Ms);
    this.once('failed', () => patience.at(undefined));
    this.once('answered', () => patience.at(undefined));
  }

  #fail(status: number, reason: string): void {
    if (this.#isDecided) return;
    this.#isDecided = true;
    this.emit('failed', { status, reason });
  }
}
