import { hash } from 'node:crypto';
import type { Source } from './request.ts';

/** RFC 8489 §6.3.1: a server remembers answers for 40 seconds, as long as a client may retransmit. */
const REMEMBERED_MS = 40_000;
const MAX_ANSWERS = 4096;

interface Answer {
  bytes: Uint8Array;
  expiresAtMs: number;
}

/**
 * Answers to authenticated requests over UDP. A retransmission is the same bytes from the same client and gets the same
 * answer; anything that differs in a bit is another request and has to prove itself.
 */
export class RecentAnswers {
  readonly #answers = new Map<string, Answer>();

  find(key: string, nowMs: number): Uint8Array | undefined {
    const answer = this.#answers.get(key);
    return answer === undefined || answer.expiresAtMs <= nowMs ? undefined : answer.bytes;
  }

  /** Remembers a copy; the oldest answer gives way when there are too many. */
  remember(key: string, answer: Uint8Array, nowMs: number): void {
    this.#answers.set(key, { bytes: new Uint8Array(answer), expiresAtMs: nowMs + REMEMBERED_MS });
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > MAX_ANSWERS && oldest.done !== true) this.#answers.delete(oldest.value);
  }

  sweep(nowMs: number): void {
    for (const [key, answer] of this.#answers) {
      if (answer.expiresAtMs > nowMs) return;
      this.#answers.delete(key);
    }
  }
}

/** What makes two requests the same: client and every byte. */
export function requestKey(request: Uint8Array, { listener, client }: Source): string {
  return `${hash('sha256', request, 'base64')} ${listener} ${client.w0} ${client.w1} ${client.w2} ${client.w3} ${client.port}`;
}
