import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { LoginAttempt } from './provider.ts';

/** How long people may take at the provider. */
export const LOGIN_SECONDS = 900;
/** Keeps these apart from room tokens, which the same secret signs. */
const AUDIENCE = 'parley-login';

const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  codeVerifier: z.string(),
  path: z.string(),
});

/** A login under way, and the path of the meeting that the person wants. */
export type PendingLogin = z.infer<typeof attemptSchema> & LoginAttempt;

/**
 * What the browser keeps while somebody is at the provider. Signed, so that a return finds what we asked for; kept there
 * and not here, so that nobody fills our memory with logins that never end.
 */
export function sealLogin(login: PendingLogin, key: string): string {
  return jwt.sign({ ...login }, key, { algorithm: 'HS256', audience: AUDIENCE, expiresIn: LOGIN_SECONDS });
}

/** @returns undefined for what is not ours, or has taken too long. */
export function openLogin(sealed: string, key: string): PendingLogin | undefined {
  try {
    return attemptSchema.parse(jwt.verify(sealed, key, { algorithms: ['HS256'], audience: AUDIENCE }));
  } catch (error) {
    if (error instanceof jwt.JsonWebTokenError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}
