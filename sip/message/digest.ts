import { type DigestFields, formatDigestHeader, parseDigestHeader } from './digest-header.ts';
import { type DigestAlgorithm, digestAlgorithm, digestResponse } from './digest-hash.ts';
import { headerValues } from './headers.ts';
import type { Header, SipResponse } from './message.ts';

// Digest authentication on the client's side (RFC 3261 §22, RFC 7616, RFC 8760): MD5 and SHA-256, `qop=auth`.

export interface DigestCredentials {
  readonly username: string;
  readonly password: string;
}

/** What of a request is vouched for. */
export interface ChallengedRequest {
  readonly method: string;
  /** The Request-URI as it is sent. */
  readonly uri: string;
}

/** The challenge we last met, to meet the same one again with the next nonce count. */
export interface DigestState {
  readonly headerName: 'authorization' | 'proxy-authorization';
  readonly algorithm: DigestAlgorithm;
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  readonly hasQop: boolean;
  /** How often this nonce was used. */
  readonly count: number;
}

export interface DigestAnswer {
  readonly kind: 'answer';
  readonly header: Header;
  readonly state: DigestState;
}

export interface DigestGiveUp {
  readonly kind: 'give-up';
  /** `unsupported`: no challenge has a scheme, algorithm and qop of ours. `rejected`: user name or password are wrong. */
  readonly reason: 'no-challenge' | 'unsupported' | 'rejected';
}

/**
 * Answers a 401 or 407: the first challenge that we can meet, for the server named the one it likes best first (RFC 8760 §2.4).
 * @param state of the answer that was refused, if this request carried one: the same server asks again only for a stale nonce.
 * @param cnonce random.
 */
export function answerChallenges(
  response: SipResponse,
  credentials: DigestCredentials,
  request: ChallengedRequest,
  state: DigestState | undefined,
  cnonce: string,
): DigestAnswer | DigestGiveUp {
  const isProxy = response.status === 407;
  const values = headerValues(response, isProxy ? 'proxy-authenticate' : 'www-authenticate');
  if (values.length === 0) return { kind: 'give-up', reason: 'no-challenge' };
  const headerName = isProxy ? 'proxy-authorization' : 'authorization';
  for (const value of values) {
    const fields = parseDigestHeader(value);
    const challenge = fields && readChallenge(fields, headerName);
    if (fields === undefined || challenge === undefined) continue;
    const isSame = state?.headerName === headerName && state.realm === challenge.realm;
    if (isSame && fields.get('stale')?.toLowerCase() !== 'true') return { kind: 'give-up', reason: 'rejected' };
    return reuseCredentials(challenge, credentials, request, cnonce);
  }
  return { kind: 'give-up', reason: 'unsupported' };
}

/** Undefined for a challenge that we cannot meet. */
function readChallenge(fields: DigestFields, headerName: DigestState['headerName']): DigestState | undefined {
  const [realm, nonce, opaque, qop] = ['realm', 'nonce', 'opaque', 'qop'].map((name) => fields.get(name));
  const algorithm = digestAlgorithm(fields.get('algorithm'));
  if (realm === undefined || nonce === undefined || algorithm === undefined) return undefined;
  const hasQop = qop !== undefined;
  if (hasQop && !qop.toLowerCase().split(/[, ]+/).includes('auth')) return undefined;
  return { headerName, algorithm, realm, nonce, ...(opaque !== undefined && { opaque }), hasQop, count: 0 };
}

/** The header for one more request under a challenge already met, which saves the round trip. */
export function reuseCredentials(
  state: DigestState,
  { username, password }: DigestCredentials,
  { method, uri }: ChallengedRequest,
  cnonce: string,
): DigestAnswer {
  const { headerName, algorithm, realm, nonce, opaque, hasQop } = state;
  const count = state.count + 1;
  const auth = { cnonce, nonceCount: count.toString(16).padStart(8, '0') };
  const input = { algorithm, username, realm, password, nonce, method, uri, ...(hasQop && { auth }) };
  const fields = new Map([
    ['username', username],
    ['realm', realm],
    ['nonce', nonce],
    ['uri', uri],
    ['response', digestResponse(input)],
    ['algorithm', algorithm],
  ]);
  if (opaque !== undefined) fields.set('opaque', opaque);
  if (hasQop) fields.set('qop', 'auth').set('nc', auth.nonceCount).set('cnonce', auth.cnonce);
  const value = formatDigestHeader(fields, 'credentials');
  return { kind: 'answer', header: { name: headerName, value }, state: { ...state, count } };
}
