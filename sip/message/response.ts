import type { Header, NameAddress, SipRequest, SipResponse } from './message.ts';
import { tagOf, withTag } from './name-address.ts';

/** RFC 3261 §21 and later additions that we send or report. */
const REASONS = new Map([
  [100, 'Trying'],
  [180, 'Ringing'],
  [181, 'Call Is Being Forwarded'],
  [182, 'Queued'],
  [183, 'Session Progress'],
  [200, 'OK'],
  [202, 'Accepted'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [410, 'Gone'],
  [413, 'Request Entity Too Large'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [420, 'Bad Extension'],
  [421, 'Extension Required'],
  [422, 'Session Interval Too Small'],
  [423, 'Interval Too Brief'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [484, 'Address Incomplete'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [489, 'Bad Event'],
  [491, 'Request Pending'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
  [504, 'Server Time-out'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
  [600, 'Busy Everywhere'],
  [603, 'Decline'],
  [604, 'Does Not Exist Anywhere'],
  [606, 'Not Acceptable'],
]);

/** The usual words for a status; the empty string, which is allowed, where there are none. */
export function reasonPhrase(status: number): string {
  return REASONS.get(status) ?? '';
}

export interface ResponseOptions {
  readonly reason?: string;
  /** Ours; added to To unless it has one, never in a 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  readonly contacts?: readonly NameAddress[];
  readonly others?: readonly Header[];
  readonly body?: Uint8Array;
  /** For answers that begin a dialog (RFC 3261 §12.1.1). */
  readonly copiesRecordRoute?: boolean;
}

/** The answer to a request, with everything that an answer repeats (RFC 3261 §8.2.6). */
export function createResponse(request: SipRequest, status: number, options: ResponseOptions = {}): SipResponse {
  const { reason = reasonPhrase(status), toTag, contacts = [], others = [], body = new Uint8Array(0) } = options;
  const { via, from, to, callId, cSeq } = request;
  const needsTag = toTag !== undefined && status > 100 && tagOf(to) === undefined;
  return {
    kind: 'response',
    status,
    reason,
    via,
    from,
    to: needsTag ? withTag(to, toTag) : to,
    callId,
    cSeq,
    contacts,
    routes: [],
    recordRoutes: options.copiesRecordRoute === true ? request.recordRoutes : [],
    others,
    body,
  };
}
