import { EventEmitter } from 'node:events';
import { dialogId, dialogOfRequest } from '../dialog/dialog.ts';
import { headerTokens } from '../message/headers.ts';
import type { Header, NameAddress, SipRequest } from '../message/message.ts';
import { tagOf, withTag } from '../message/name-address.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/server-transaction.ts';
import type { Source } from '../transport/source.ts';
import type { CallWays } from './call-ways.ts';
import { ALLOW, RELIABLE_PROVISIONAL, SDP_TYPE, SUPPORTED, USER_AGENT } from './capabilities.ts';
import type { MediaNegotiation } from './media-negotiation.ts';
import { Session } from './session.ts';
import { answerTimer } from './session-timer.ts';

export interface IncomingInviteEvents {
  /** The caller hung up before we answered; it has been told. */
  cancelled: [];
}

interface InviteSurroundings {
  readonly ways: CallWays;
  readonly contact: NameAddress;
  readonly onSession: (session: Session) => void;
  readonly onSessionEnd: (session: Session) => void;
  /** Accepted, refused or cancelled. */
  readonly onDecided: (invite: IncomingInvite) => void;
}

/** Someone calls: until we accept or refuse, or they give up. */
export class IncomingInvite extends EventEmitter<IncomingInviteEvents> {
  readonly #transaction: ServerTransaction;
  readonly #surroundings: InviteSurroundings;
  readonly #local: NameAddress;
  readonly #toTag: string;
  #isDecided = false;
  #isAccepted = false;
  #session: Session | undefined;

  constructor(transaction: ServerTransaction, surroundings: InviteSurroundings) {
    super();
    this.#transaction = transaction;
    this.#surroundings = surroundings;
    this.#toTag = surroundings.ways.randomToken();
    this.#local = withTag(transaction.request.to, this.#toTag);
  }

  get request(): SipRequest {
    return this.#transaction.request;
  }

  get source(): Source {
    return this.#transaction.source;
  }

  get isDecided(): boolean {
    return this.#isDecided;
  }

  get isAccepted(): boolean {
    return this.#isAccepted;
  }

  /** Of the dialog that will be. */
  get dialogId(): string {
    return dialogId(this.request.callId, this.#toTag, tagOf(this.request.from) ?? '');
  }

  /** Says that it rings, unless that would have to be acknowledged. */
  ring(): void {
    if (this.#isDecided || headerTokens(this.request, 'require').includes(RELIABLE_PROVISIONAL)) return;
    this.#transaction.respond(
      createResponse(this.request, 180, {
        toTag: this.#toTag,
        contacts: [this.#surroundings.contact],
        copiesRecordRoute: true,
        others: [ALLOW, USER_AGENT],
      }),
    );
  }

  /**
   * Answers with 200, or with 488 where the description does not allow it, or 422 where the refreshes would come too often.
   * @returns undefined when there is no call after all
   */
  accept(negotiation: MediaNegotiation): Session | undefined {
    if (this.#isDecided) return undefined;
    const { request } = this;
    const dialog = dialogOfRequest(request, this.#local);
    if (dialog === undefined) return this.reject(400, [], 'No Contact');
    const timer = answerTimer(request);
    if (timer.kind === 'too-small') return this.reject(422, [timer.header]);
    const isOffer = request.body.length === 0;
    let body: Uint8Array;
    if (isOffer) body = negotiation.offer();
    else {
      const answer = negotiation.answer(request.body);
      if (!answer.ok) return this.reject(488, [{ name: 'warning', value: answer.warning }]);
      body = answer.body;
    }
    this.#isAccepted = true;
    this.#decide();
    const { ways, contact, onSession, onSessionEnd } = this.#surroundings;
    const { protocol, address, port, connection } = this.source;
    const session = new Session({
      ways,
      dialog,
      contact,
      negotiation,
      timer: timer.timer,
      isUpdateAllowed: headerTokens(request, 'allow').includes('UPDATE'),
      ...(connection === undefined ? {} : { connection: { protocol, address, port, connection } }),
      onEnd: onSessionEnd,
    });
    this.#session = session;
    onSession(session);
    const response = createResponse(request, 200, {
      toTag: this.#toTag,
      contacts: [contact],
      copiesRecordRoute: true,
      others: [ALLOW, SUPPORTED, USER_AGENT, ...timer.headers, SDP_TYPE],
      body,
    });
    session.sendAccept(this.#transaction, response, isOffer);
    return session;
  }

  /** Idempotent, and without effect once decided. */
  reject(status: number, headers: readonly Header[] = [], reason?: string): undefined {
    if (this.#isDecided) return undefined;
    this.#decide();
    this.#transaction.respond(
      createResponse(this.request, status, {
        toTag: this.#toTag,
        others: [...headers, USER_AGENT],
        ...(reason === undefined ? {} : { reason }),
      }),
    );
    return undefined;
  }

  /** A CANCEL, or a BYE inside the dialog that was not to be. */
  onCancel(): void {
    if (this.#session !== undefined) {
      this.#session.onLateCancel();
      return;
    }
    if (this.#isDecided) return;
    this.reject(487);
    this.emit('cancelled');
  }

  #decide(): void {
    this.#isDecided = true;
    this.#surroundings.onDecided(this);
  }
}
