import { answerChallenges, type ChallengedRequest, type DigestState } from '../message/digest.ts';
import type { Header, SipRequest, SipResponse } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { Target } from '../transport/source.ts';
import type { CallWays, Credentials, Outcome } from './call-ways.ts';

/** Sends requests and waits for what becomes of them. */
type Sender = Pick<CallWays, 'request' | 'randomToken'>;

/** A challenge, and one more when the nonce had gone stale meanwhile; more is a quarrel. */
const MAX_CHALLENGES = 2;

/**
 * Sends a request to the first target that answers, and meets a challenge with the credentials.
 * @param build makes the request with some headers more; called again for every try, with a new CSeq
 * @param onRepeated a 2xx to an INVITE came again: its ACK was lost
 */
export async function exchange(
  sender: Sender,
  build: (extra: readonly Header[]) => SipRequest,
  targets: readonly Target[],
  credentials?: Credentials,
  onRepeated?: () => void,
): Promise<Outcome> {
  let outcome: Outcome = { kind: 'failed', reason: 'unreachable' };
  for (const target of targets) {
    outcome = await exchangeWith(sender, build, target, credentials, onRepeated);
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
  credentials: Credentials | undefined,
  onRepeated: (() => void) | undefined,
): Promise<Outcome> {
  let outcome = await once(sender, build([]), target, onRepeated);
  let state: DigestState | undefined;
  if (credentials === undefined) return outcome;
  for (let met = 0; met < MAX_CHALLENGES; met++) {
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
  return outcome;
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
