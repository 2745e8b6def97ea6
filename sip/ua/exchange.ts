import { answerChallenges, type ChallengedRequest, type DigestState, reuseCredentials } from '../message/digest.ts';
import type { Header, SipRequest, SipResponse } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { Target } from '../transport/source.ts';
import type { CallWays, Credentials, ExchangeOptions, MetChallenge, Outcome } from './call-ways.ts';

/** Sends requests and waits for what becomes of them. */
type Sender = Pick<CallWays, 'request' | 'randomToken'>;

/** A challenge, and one more when the nonce had gone stale meanwhile; more is a quarrel. */
const MAX_CHALLENGES = 2;

/**
 * Sends a request to the first target that answers, and meets a challenge with the credentials.
 * @param build makes the request with some headers more; called again for every try, with a new CSeq
 */
export async function exchange(
  sender: Sender,
  build: (extra: readonly Header[]) => SipRequest,
  targets: readonly Target[],
  options: ExchangeOptions = {},
): Promise<Outcome> {
  let outcome: Outcome = { kind: 'failed', reason: 'unreachable' };
  for (const target of targets) {
    outcome = await exchangeWith(sender, build, target, options);
    // RFC 3263 §4.3: the next one is tried when this one cannot now.
    const isUnavailable = outcome.kind === 'failed' || outcome.response.status === 503;
    if (!isUnavailable) break;
  }
  return outcome;
}

async function exchangeWith(
  sender: Sender,
  build: (extra: readonly Header[]) => SipRequest,
  target: Target,
  { credentials, met, onRepeated }: ExchangeOptions,
): Promise<Outcome> {
  let outcome = await once(sender, firstRequest(sender, build, credentials, met), target, onRepeated);
  // A nonce that was good before may have run out without being called stale: its refusal is a challenge like any other.
  let state: DigestState | undefined;
  if (credentials === undefined) return outcome;
  for (let answered = 0; answered < MAX_CHALLENGES; answered++) {
    if (outcome.kind === 'failed' || !isChallenge(outcome.response)) break;
    const answer = answerChallenges(
      outcome.response,
      credentials,
      challengedPart(outcome.request),
      state,
      sender.randomToken(),
    );
    if (answer.kind === 'give-up') break;
    state = answer.state;
    outcome = await once(sender, build([answer.header]), target, onRepeated);
  }
  const isRefused = outcome.kind === 'answered' && isChallenge(outcome.response);
  if (met !== undefined) met.state = isRefused ? undefined : (state ?? met.state);
  return outcome;
}

/** With the answer to the challenge that was met last, if there was one. */
function firstRequest(
  { randomToken }: Sender,
  build: (extra: readonly Header[]) => SipRequest,
  credentials: Credentials | undefined,
  met: MetChallenge | undefined,
): SipRequest {
  const request = build([]);
  if (credentials === undefined || met?.state === undefined) return request;
  const { header, state } = reuseCredentials(met.state, credentials, challengedPart(request), randomToken());
  met.state = state;
  return { ...request, others: [...request.others, header] };
}

/** What a digest is computed over. */
export function challengedPart(request: SipRequest): ChallengedRequest {
  return { method: request.method, uri: formatUri(request.uri) };
}

export function isChallenge({ status }: SipResponse): boolean {
  return status === 401 || status === 407;
}

function once(
  sender: Sender,
  request: SipRequest,
  target: Target,
  onRepeated: (() => void) | undefined,
): Promise<Outcome> {
  let isAnswered = false;
  return new Promise((resolve) => {
    sender
      .request(request, target, {
        onResponse: (response) => {
          if (response.status < 200) return;
          if (isAnswered) onRepeated?.();
          isAnswered = true;
          resolve({ kind: 'answered', response, request });
        },
        onFailure: (reason) => resolve({ kind: 'failed', reason }),
      })
      .then(
        (transaction) => {
          if (transaction === undefined) resolve({ kind: 'failed', reason: 'unreachable' });
        },
        () => resolve({ kind: 'failed', reason: 'unreachable' }),
      );
  });
}
