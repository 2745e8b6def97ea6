import type { TokenOutcome } from './token-verifier.ts';

/** Whoever can say what a token is worth. */
export interface TokenJudge {
  verify(token: string): Promise<TokenOutcome>;
}

/** Said of tokens that somebody else has signed. */
const NOT_MINE: ReadonlySet<string> = new Set(['Invalid signature', 'Invalid or incorrect alg']);

/** Asks one after the other: a token is judged by who has its key. */
export function firstOf(judges: readonly TokenJudge[]): TokenJudge | undefined {
  const [first, ...others] = judges;
  const next = first === undefined ? undefined : firstOf(others);
  if (first === undefined || next === undefined) return first;
  return {
    async verify(token) {
      const outcome = await first.verify(token);
      return !outcome.isValid && NOT_MINE.has(outcome.reason) ? next.verify(token) : outcome;
    },
  };
}
