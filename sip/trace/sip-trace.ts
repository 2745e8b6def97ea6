import type { SipMessage } from '../message/message.ts';
import type { Protocol } from '../transport/source.ts';
import { messageText } from './message-text.ts';

/** The other end of one message. */
export interface TraceAddress {
  readonly protocol: Protocol;
  readonly address: string;
  readonly port: number;
}

export interface TracedMessage extends TraceAddress {
  readonly direction: 'in' | 'out';
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly text: string;
}

/** All that was said under one Call-ID: a call, a registration, or a question whether somebody is there. */
export interface TraceSummary {
  readonly callId: string;
  /** What it began with. */
  readonly method: string;
  readonly beganAtMs: number;
  readonly messages: number;
}

export interface Trace extends TraceSummary {
  readonly parts: readonly TracedMessage[];
}

interface Kept {
  readonly method: string;
  readonly beganAtMs: number;
  count: number;
  /** How it began. */
  readonly first: TracedMessage[];
  /** How it went on; of a long one the newest. */
  readonly last: TracedMessage[];
}

/** Of one Call-ID: at its beginning, and at its end. A registration goes on for months. */
const KEPT_AT_EACH_END = 20;
/** Questions and registrations; they come every few seconds, and must not push calls out. */
const KEPT_OTHERS = 30;

/** The messages of the last calls, in memory and without secrets, for whoever finds out why one went wrong. */
export class SipTrace {
  readonly #keptCalls: number;
  readonly #calls = new Map<string, Kept>();
  readonly #others = new Map<string, Kept>();
  readonly #now: () => number;

  /** @param keptCalls 0: nothing is kept at all @param now milliseconds since 1970 */
  constructor(keptCalls: number, now: () => number) {
    this.#keptCalls = keptCalls;
    this.#now = now;
  }

  add(direction: 'in' | 'out', { protocol, address, port }: TraceAddress, message: SipMessage): void {
    if (this.#keptCalls === 0) return;
    const kept = this.#keptOf(message);
    kept.count++;
    const entry = { direction, protocol, address, port, atMs: this.#now(), text: messageText(message) };
    if (kept.first.length < KEPT_AT_EACH_END) kept.first.push(entry);
    else kept.last.push(entry);
    if (kept.last.length > KEPT_AT_EACH_END) kept.last.shift();
  }

  /** The newest first. */
  get summaries(): readonly TraceSummary[] {
    return [...this.#calls, ...this.#others]
      .map(([callId, kept]) => summaryOf(callId, kept))
      .toSorted((a, b) => b.beganAtMs - a.beganAtMs);
  }

  trace(callId: string): Trace | undefined {
    const kept = this.#calls.get(callId) ?? this.#others.get(callId);
    return kept && { ...summaryOf(callId, kept), parts: [...kept.first, ...kept.last] };
  }

  #keptOf({ callId, cSeq }: SipMessage): Kept {
    const known = this.#calls.get(callId) ?? this.#others.get(callId);
    if (known !== undefined) return known;
    const kept = { method: cSeq.method, beganAtMs: this.#now(), count: 0, first: [], last: [] };
    const isCall = cSeq.method === 'INVITE';
    const map = isCall ? this.#calls : this.#others;
    map.set(callId, kept);
    const oldest = map.keys().next();
    if (map.size > (isCall ? this.#keptCalls : KEPT_OTHERS) && oldest.done !== true) map.delete(oldest.value);
    return kept;
  }
}

function summaryOf(callId: string, { method, beganAtMs, count }: Kept): TraceSummary {
  return { callId, method, beganAtMs, messages: count };
}
