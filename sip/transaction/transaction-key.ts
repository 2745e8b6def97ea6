import type { SipMessage, SipRequest } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import { branchOf } from '../message/via.ts';

/** RFC 3261 §8.1.1.7: what a branch begins with that is unique by itself. */
export const BRANCH_COOKIE = 'z9hG4bK';

/** Which of our own requests a response answers (RFC 3261 §17.1.3). */
export function clientKey(message: SipMessage): string {
  return `${branchOf(message) ?? ''} ${message.cSeq.method}`;
}

/** Which request is the same again, or belongs to it: an ACK to its INVITE (RFC 3261 §17.2.3). */
export function serverKey(request: SipRequest, method = request.method): string {
  const branch = branchOf(request);
  const kind = method === 'ACK' ? 'INVITE' : method;
  const top = request.via[0];
  const sentBy = `${top?.host ?? ''} ${top?.port ?? ''}`;
  if (branch?.startsWith(BRANCH_COOKIE) === true) return `${branch} ${sentBy} ${kind}`;
  // RFC 2543's rules, without the To tag: its ACK bears the one we gave, its INVITE none.
  return `${request.callId} ${tagOf(request.from) ?? ''} ${request.cSeq.number} ${sentBy} ${branch ?? ''} ${kind}`;
}

/** The same for copies of one request that came by different ways (RFC 3261 §8.2.2.2). */
export function mergeKey({ callId, from, cSeq }: SipRequest): string {
  return `${callId} ${tagOf(from) ?? ''} ${cSeq.number} ${cSeq.method}`;
}
