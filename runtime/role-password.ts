import { createHmac } from 'node:crypto';

/** Roles that log in to signalling as clients (decisions.md, "Who logs in how"). */
export type ClientRole = 'sip';

/** The password of a role's account, which every process of one installation can derive. @param internalKey of the secrets. */
export function rolePassword(internalKey: string, role: ClientRole): string {
  return createHmac('sha256', internalKey).update(role).digest('base64url');
}
