import { createHmac } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';

/** Who has logged in, for which room; what a session token says. */
export interface MatrixSession {
  readonly userId: string;
  readonly roomId: string;
  readonly name: string | undefined;
  readonly avatar: string | undefined;
  readonly expiresAtSeconds: number;
}

export interface SessionTokenOptions {
  /** The generated secret; tokens are signed with one derived from it, so that they are tokens of nothing else. */
  readonly key: string;
  readonly domain: string;
  readonly lifetimeSeconds: number;
  nowSeconds(): number;
}

const ISSUER = 'parley-matrix';
const claims = z.object({
  sub: z.string(),
  room: z.string(),
  name: z.string().optional(),
  avatar: z.string().optional(),
  exp: z.number(),
});

/**
 * Tokens of our own for who has logged in by Matrix: they get one back into the same conference for hours, where the
 * homeserver's lasts one and is used up. They say who one is, not that one may enter: that is asked each time.
 */
export class SessionTokens {
  readonly #key: string;
  readonly #options: SessionTokenOptions;

  constructor(options: SessionTokenOptions) {
    this.#options = options;
    this.#key = createHmac('sha256', options.key).update('matrix session').digest('base64url');
  }

  issue(session: Omit<MatrixSession, 'expiresAtSeconds'>): { readonly token: string; readonly session: MatrixSession } {
    const { domain, lifetimeSeconds } = this.#options;
    const { userId, roomId, name, avatar } = session;
    const expiresAtSeconds = this.#options.nowSeconds() + lifetimeSeconds;
    const said = { iss: ISSUER, aud: domain, sub: userId, room: roomId, name, avatar, exp: expiresAtSeconds };
    const token = jwt.sign(said, this.#key, { algorithm: 'HS256', noTimestamp: true });
    return { token, session: { ...session, expiresAtSeconds } };
  }

  /** @returns `other` for a token that is none of ours. */
  read(token: string): MatrixSession | 'other' | 'expired' {
    try {
      const verified = jwt.verify(token, this.#key, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: this.#options.domain,
        clockTimestamp: this.#options.nowSeconds(),
      });
      const { sub: userId, room: roomId, name, avatar, exp: expiresAtSeconds } = claims.parse(verified);
      return { userId, roomId, name, avatar, expiresAtSeconds };
    } catch (error) {
      if (error instanceof jwt.TokenExpiredError) return 'expired';
      // It also throws errors of other kinds, e.g. for a payload that is no JSON.
      return 'other';
    }
  }
}
