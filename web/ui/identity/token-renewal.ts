import type { TokenAnswer } from './provider-login.ts';

/** A token is renewed when so much of its life is over. */
const RENEWED_AT = 0.8;
/** Not more often, however soon the login ends. */
const MIN_RENEWAL_MS = 30_000;
/** Until the server is asked again that did not answer. */
const RETRY_MS = 30_000;
/** Joining waits for a server that is too busy, but not for ever. */
const MAX_FIRST_TRIES = 3;
const MAX_FIRST_WAIT_MS = 5_000;

/** When to ask for the next token; undefined: not any more. */
function renewalDelayMs(answer: TokenAnswer): number | undefined {
  switch (answer.kind) {
    case 'member':
      return Math.max(MIN_RENEWAL_MS, answer.expiresInMs * RENEWED_AT);
    case 'later':
      return answer.afterMs ?? RETRY_MS;
    case 'nobody':
      return undefined;
  }
}

/** Keeps the room token of somebody who has logged in young, for as long as the login lasts. */
export class TokenRenewal {
  private readonly ask: () => Promise<TokenAnswer>;
  private readonly onToken: (token: string) => void;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isClosed = false;
  /** Unix ms; of the last token. */
  private expiresAtMs = Infinity;

  /** @param onToken called with each token after the first */
  constructor(ask: () => Promise<TokenAnswer>, onToken: (token: string) => void) {
    this.ask = ask;
    this.onToken = onToken;
  }

  /** @returns the first token, undefined if nobody has logged in. Never rejects. */
  async begin(): Promise<string | undefined> {
    for (let tries = 1; ; tries++) {
      const answer = await this.ask();
      if (answer.kind === 'member') {
        this.plan(answer);
        return answer.token;
      }
      if (answer.kind === 'nobody' || answer.afterMs === undefined || tries === MAX_FIRST_TRIES) return undefined;
      const waitMs = Math.min(answer.afterMs, MAX_FIRST_WAIT_MS);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      if (this.isClosed) return undefined;
    }
  }

  /** The last token has run out, as when the device slept. */
  get hasRunOut(): boolean {
    return Date.now() >= this.expiresAtMs;
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private plan(answer: TokenAnswer): void {
    if (this.isClosed) return;
    if (answer.kind === 'member') this.expiresAtMs = Date.now() + answer.expiresInMs;
    const delayMs = renewalDelayMs(answer);
    if (delayMs !== undefined) this.timer = setTimeout(() => void this.renew(), delayMs);
  }

  private async renew(): Promise<void> {
    const answer = await this.ask();
    if (answer.kind === 'member' && !this.isClosed) this.onToken(answer.token);
    this.plan(answer);
  }
}
