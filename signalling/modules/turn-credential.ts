import { createHmac } from 'node:crypto';

export interface TurnCredential {
  readonly username: string;
  readonly password: string;
  readonly expiresAtMs: number;
}

/**
 * A time-limited credential from the secret shared with the relay: user `<expiry>:<subject>`, password
 * base64(HMAC-SHA1(secret, user)) (wire note §2.3). Relays count quotas by what stands after the colon, so the subject
 * differs from person to person.
 */
export function turnCredential(
  secret: string,
  subject: string,
  options: { readonly nowMs: number; readonly lifetimeSeconds: number },
): TurnCredential {
  const expirySeconds = Math.floor(options.nowMs / 1000) + options.lifetimeSeconds;
  const username = `${expirySeconds}:${subject}`;
  const password = createHmac('sha1', secret).update(username).digest('base64');
  return { username, password, expiresAtMs: expirySeconds * 1000 };
}
