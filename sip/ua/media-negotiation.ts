/** The session descriptions of one call, as its user agent sees them: bytes in, bytes out (RFC 3264). */
export interface MediaNegotiation {
  /** Ours: for an INVITE without a description, for a call out, and again unchanged to refresh a session. */
  offer(): Uint8Array;
  /** The answer to theirs; from then on it holds. */
  answer(offer: Uint8Array): MediaAnswer;
  /** Their answer to our last offer; false when nothing can be made of it. */
  accept(answer: Uint8Array): boolean;
}

export type MediaAnswer =
  | { readonly ok: true; readonly body: Uint8Array }
  /** Value of a Warning header (RFC 3261 §20.43), and the same for our log. */
  | { readonly ok: false; readonly warning: string; readonly reason: string };
