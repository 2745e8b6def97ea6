import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { isReliable, type Target } from '../transport/source.ts';
import {
  type ClientSetting,
  type InviteClientInput,
  type InviteClientState,
  inviteClientWakeAt,
  startInviteClient,
  stepInviteClient,
} from './invite-client.ts';
import {
  type RequestClientState,
  requestClientWakeAt,
  startRequestClient,
  stepRequestClient,
} from './request-client.ts';
import { type Step, TERMINATED, type TransactionFailure } from './step.ts';
import type { TransactionSurroundings } from './transaction-surroundings.ts';
import { Wake } from './wake.ts';

/** What the sender of a request learns. */
export interface ClientEvents {
  /** Provisional ones too; for an INVITE also every 2xx that comes later. */
  readonly onResponse: (response: SipResponse) => void;
  /** Nothing more will come, and nothing final has. */
  readonly onFailure: (reason: TransactionFailure) => void;
}

/** One request of ours, from sending to its last possible answer: the shell around the two client machines. */
export class ClientTransaction {
  /** With the Via it was sent with. */
  readonly request: SipRequest;
  readonly target: Target;
  readonly #surroundings: TransactionSurroundings;
  readonly #events: ClientEvents;
  readonly #setting: ClientSetting;
  readonly #wake: Wake;
  readonly #onEnd: () => void;
  #state: InviteClientState | RequestClientState | undefined;

  constructor(
    request: SipRequest,
    target: Target,
    surroundings: TransactionSurroundings,
    events: ClientEvents,
    onEnd: () => void,
  ) {
    this.request = request;
    this.target = target;
    this.#surroundings = surroundings;
    this.#events = events;
    this.#onEnd = onEnd;
    this.#setting = { request, timers: surroundings.timers, isReliable: isReliable(target.protocol) };
    this.#wake = new Wake(surroundings.now, () => this.#input({ kind: 'time' }));
  }

  start(): void {
    const nowMs = this.#surroundings.now();
    const start = this.request.method === 'INVITE' ? startInviteClient : startRequestClient;
    this.#carryOut(start(this.#setting, nowMs));
  }

  receive(response: SipResponse): void {
    this.#input({ kind: 'response', response });
  }

  /** Nothing more is waited for, and nothing told. */
  abandon(): void {
    this.#state = TERMINATED;
    this.#wake.at(undefined);
    this.#onEnd();
  }

  /** Ends without telling anybody. */
  close(): void {
    this.#wake.at(undefined);
  }

  #input(input: InviteClientInput): void {
    const state = this.#state;
    if (state === undefined) return;
    const nowMs = this.#surroundings.now();
    // The two machines share their inputs; which one it is follows from the method.
    const step =
      this.request.method === 'INVITE'
        ? stepInviteClient(state as InviteClientState, input, this.#setting, nowMs)
        : stepRequestClient(state as RequestClientState, input, this.#setting, nowMs);
    this.#carryOut(step);
  }

  #carryOut({ state, outputs }: Step<InviteClientState | RequestClientState>): void {
    this.#state = state;
    this.#wake.at(
      this.request.method === 'INVITE'
        ? inviteClientWakeAt(state as InviteClientState)
        : requestClientWakeAt(state as RequestClientState),
    );
    if (state.phase === 'terminated') this.#onEnd();
    for (const output of outputs) {
      if (output.kind === 'send') this.#send(output.message);
      else if (output.kind === 'failed') this.#events.onFailure(output.reason);
      else if (output.message.kind === 'response') this.#events.onResponse(output.message);
    }
  }

  #send(message: SipMessage): void {
    this.#surroundings.send(message, this.target).catch(() => this.#input({ kind: 'transport-error' }));
  }
}
