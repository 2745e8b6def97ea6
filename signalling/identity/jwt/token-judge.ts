import type { TokenOutcome } from './token-verifier.ts';

/** Where a token is shown. */
export interface TokenOccasion {
  /** Node of the room that its holder asks for, where it says so; nobody has checked it. */
  readonly room: string | undefined;
  /** Key of the client's address, for limits. */
  readonly addressGroup: string;
}

/** Whoever can say what a token is worth. */
export interface TokenJudge {
  verify(token: string, occasion: TokenOccasion): Promise<TokenOutcome>;
}

/** Said of tokens that somebody else has signed. */
const NOT_MINE: ReadonlySet<string> = new Set(['Invalid signature', 'Invalid or incorrect alg']);

/** Asks one after the other: a token is judged by who has its key. */
export function firstOf(judges: readonly TokenJudge[]): TokenJudge | undefined {
  const [first, ...others] = judges;
  const next = first === undefined ? undefined : firstOf(others);
  if (first === undefined || next === undefined) return first;
  return {
    async verify(token, occasion) {
      const outcome = await first.verify(token, occasion);
      return !outcome.isValid && NOT_MINE.has(outcome.reason) ? next.verify(token, occasion) : outcome;
    },
  };
}
