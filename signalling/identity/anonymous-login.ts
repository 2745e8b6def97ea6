import type { AccessPolicy } from './access-rules.ts';
import { GUEST } from './identity.ts';
import type { TokenJudge } from './jwt/token-judge.ts';
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
    begin: ({ query }) => ({
      next: () => judgeGuest(query.get('token') ?? '', policy, tokens),
    }),
  };
}

/** Who somebody is that shows a token or nothing. @param token empty: nothing. */
export async function judgeGuest(
  token: string,
  policy: AccessPolicy,
  tokens: TokenJudge | undefined,
): Promise<LoginStep> {
  if (token === '' || tokens === undefined) {
    if (policy !== 'members') return { kind: 'accepted', identity: GUEST };
    return refused(tokens === undefined ? 'login required' : 'token required');
  }
  const outcome = await tokens.verify(token);
  if (!outcome.isValid) return refused(outcome.reason);
  return { kind: 'accepted', identity: { kind: 'token', token: outcome.token } };
}

function refused(text: string): LoginStep {
  return { kind: 'refused', condition: 'not-allowed', text };
}
