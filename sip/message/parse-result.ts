import type { Header, SipMessage, Via } from './message.ts';

/** What reading some bytes came to: never an exception. */
export type ParseResult = { readonly ok: true; readonly message: SipMessage } | ParseFailure;

export interface ParseFailure {
  readonly ok: false;
  /** What is wrong, for the log and the reason phrase: our own words, nothing of the peer's. */
  readonly reason: string;
  /** What to answer with where an answer is possible: 505 for another version of SIP, 513 for one of the limits. */
  readonly status: 400 | 505 | 513;
  /** What the answer is made of. Absent when there is nobody to answer: no readable Via, a response, an ACK, no SIP at all. */
  readonly canReply?: ReplyFields;
}

/** As much of a refused request as its answer repeats (RFC 3261 §8.2.6). */
export interface ReplyFields {
  readonly via: readonly Via[];
  /** From, To, Call-ID and CSeq as they came, as far as they came. */
  readonly copied: readonly Header[];
}
