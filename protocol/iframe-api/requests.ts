import type { Answer, IframeMessage } from './message.ts';

/** Requests to the other side, each answered once or given up with the channel. */
export class Requests {
  readonly #send: (message: IframeMessage) => boolean;
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>();
  #lastId = 0;

  constructor(send: (message: IframeMessage) => boolean) {
    this.#send = send;
  }

  /** Rejects with what the other side gives as its error. */
  ask(name: string, fields: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const id = this.#lastId++;
    const answer = Promise.withResolvers<unknown>();
    this.#pending.set(id, answer);
    if (!this.#send({ type: 'request', id, name, fields })) this.settle(id, { error: 'the meeting does not listen' });
    return answer.promise;
  }

  settle(id: number, answer: Answer): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    if ('result' in answer) pending.resolve(answer.result);
    else pending.reject(asError(answer.error));
  }

  close(): void {
    for (const id of Array.from(this.#pending.keys())) this.settle(id, { error: 'the meeting is gone' });
  }
}

function asError(error: unknown): unknown {
  return typeof error === 'string' ? new Error(error) : error;
}
