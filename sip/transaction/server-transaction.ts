import type { SipRequest, SipResponse } from '../message/message.ts';
import { isReliable, type Source, type Target } from '../transport/source.ts';
import {
  INVITE_SERVER_START,
  type InviteServerInput,
  type InviteServerState,
  inviteServerWakeAt,
  type ServerSetting,
  stepInviteServer,
} from './invite-server.ts';
import {
  REQUEST_SERVER_START,
  type RequestServerState,
  requestServerWakeAt,
  stepRequestServer,
} from './request-server.ts';
import type { Step, TransactionFailure } from './step.ts';
import type { TransactionSurroundings } from './transaction-surroundings.ts';
import { Wake } from './wake.ts';

export interface ServerEvents {
  /** An ACK that belongs to a 2xx. */
  readonly onAck: (ack: SipRequest) => void;
  /** A refusal that nobody has acknowledged. */
  readonly onFailure: (reason: TransactionFailure) => void;
  readonly onEnd: () => void;
}

/** One request of somebody else, until its last possible repetition: the shell around the two server machines. */
export class ServerTransaction {
  readonly request: SipRequest;
  readonly source: Source;
  readonly #surroundings: TransactionSurroundings;
  readonly #events: ServerEvents;
  readonly #setting: ServerSetting;
  readonly #wake: Wake;
  readonly #answerTo: Target;
  #invite: InviteServerState = INVITE_SERVER_START;
  #other: RequestServerState = REQUEST_SERVER_START;
  #finalStatus: number | undefined;

  constructor(
    request: SipRequest,
    source: Source,
    answerTo: Target,
    surroundings: TransactionSurroundings,
    events: ServerEvents,
  ) {
    this.request = request;
    this.source = source;
    this.#answerTo = answerTo;
    this.#surroundings = surroundings;
    this.#events = events;
    this.#setting = { timers: surroundings.timers, isReliable: isReliable(source.protocol) };
    this.#wake = new Wake(surroundings.now, () => this.#input({ kind: 'time' }));
  }

  /** Of the final response, once there is one. */
  get finalStatus(): number | undefined {
    return this.#finalStatus;
  }

  /** A response after the final one is not sent, but for a 2xx sent again. */
  respond(response: SipResponse): void {
    if (response.status >= 200) this.#finalStatus ??= response.status;
    this.#input({ kind: 'respond', response });
  }

  /** The request came again, or its ACK. */
  receive(request: SipRequest): void {
    this.#input({ kind: 'request', request });
  }

  /** Ends without telling anybody. */
  close(): void {
    this.#wake.at(undefined);
  }

  #input(input: InviteServerInput): void {
    const nowMs = this.#surroundings.now();
    if (this.request.method === 'INVITE') {
      const step = stepInviteServer(this.#invite, input, this.#setting, nowMs);
      this.#invite = step.state;
      this.#wake.at(inviteServerWakeAt(step.state));
      this.#carryOut(step);
    } else if (input.kind !== 'transport-error') {
      const step = stepRequestServer(this.#other, input, this.#setting, nowMs);
      this.#other = step.state;
      this.#wake.at(requestServerWakeAt(step.state));
      this.#carryOut(step);
    }
  }

  #carryOut({ state, outputs }: Step<InviteServerState | RequestServerState>): void {
    if (state.phase === 'terminated') this.#events.onEnd();
    for (const output of outputs) {
      if (output.kind === 'send') {
        this.#surroundings.send(output.message, this.#answerTo).catch(() => this.#input({ kind: 'transport-error' }));
      } else if (output.kind === 'failed') this.#events.onFailure(output.reason);
      else if (output.message.kind === 'request') this.#events.onAck(output.message);
    }
  }
}
