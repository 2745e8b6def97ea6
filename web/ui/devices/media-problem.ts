/**
 * Why a camera or microphone cannot be used, as the page tells it (design §8).
 *
 * - `blocked`: the person or an earlier choice said no in the browser
 * - `dismissed`: the prompt was closed without an answer
 * - `blocked-by-system`: the operating system's privacy settings say no
 * - `not-found`: there is no such device
 * - `busy`: another program holds it, or it fails to start
 * - `insecure`: the page is not https
 * - `not-permitted`: an iframe without `allow`, or a permissions policy
 */
export type MediaProblem =
  'blocked' | 'dismissed' | 'blocked-by-system' | 'not-found' | 'busy' | 'insecure' | 'not-permitted';

/** Turns what `getUserMedia` rejects with into a reason. Names differ by browser; messages are only hints. */
export function mediaProblem(error: unknown, isPermittedHere: boolean): MediaProblem {
  if (!(error instanceof Error)) return 'busy';
  switch (error.name) {
    case 'NotAllowedError':
      if (!isPermittedHere) return 'not-permitted';
      if (/system/iu.test(error.message)) return 'blocked-by-system';
      return /dismiss/iu.test(error.message) ? 'dismissed' : 'blocked';
    case 'SecurityError':
      return 'not-permitted';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'not-found';
    case 'TypeError':
      return 'insecure';
    default:
      // NotReadableError and AbortError: Windows and Linux give them when another program holds the device.
      return 'busy';
  }
}
