import type { AccessPolicy } from './access-rules.ts';
import { GUEST } from './identity.ts';
import type { TokenJudge, TokenOccasion } from './jwt/token-judge.ts';
import type { LoginMechanism, LoginStep } from './login-mechanism.ts';

export interface AnonymousLoginOptions {
  readonly hosts: readonly string[];
  readonly policy: AccessPolicy;
  /** Undefined: tokens mean nothing here, and those who bring one are guests. */
  readonly tokens: TokenJudge | undefined;
}

/**
 * SASL ANONYMOUS (RFC 4505, XEP-0175): guests, and people with a token in their URL (wire note §1.3). The trace
 * information a client may send is not looked at. It is offered where guests are refused, too: only then Jitsi's client
 * asks for a name and password (wire note §1.6).
 */
export function anonymousLogin({ hosts, policy, tokens }: AnonymousLoginOptions): LoginMechanism {
  return {
    name: 'ANONYMOUS',
    isOfferedOn: (host) => hosts.includes(host),
    begin: ({ query, addressGroup }) => ({
      next: () => {
        const room = query.get('room') ?? undefined;
        return judgeGuest(query.get('token') ?? '', { room, addressGroup }, policy, tokens);
      },
    }),
  };
}

/** Who somebody is that shows a token or nothing. @param token empty: nothing. */
export async function judgeGuest(
  token: string,
  occasion: TokenOccasion,
  policy: AccessPolicy,
  tokens: TokenJudge | undefined,
): Promise<LoginStep> {
  if (token === '' || tokens === undefined) {
    if (policy !== 'members') return { kind: 'accepted', identity: GUEST };
    return refused(tokens === undefined ? 'login required' : 'token required');
  }
  const outcome = await tokens.verify(token, occasion);
  if (!outcome.isValid) return refused(outcome.reason, outcome.isTemporary);
  const { token: roomToken, sessionToken } = outcome;
  return {
    kind: 'accepted',
    identity: { kind: 'token', token: roomToken },
    // RFC 6120 §6.4.6 has a place for what a server has to say with its yes; clients that expect nothing look at nothing.
    ...(sessionToken !== undefined && { additionalData: sessionToken }),
  };
}

function refused(text: string, isTemporary = false): LoginStep {
  return { kind: 'refused', condition: isTemporary ? 'temporary-auth-failure' : 'not-allowed', text };
}
