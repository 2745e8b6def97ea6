import type { Participant } from '../../client/meeting-types.ts';
import { type MessageKey, t } from '../i18n/messages.ts';

/** What gateways say of a call (Jigasi's words), in lower case without dots. Connected is what one expects. */
const STATUSES: Readonly<Record<string, MessageKey | undefined>> = {
  'initializing call': 'phone.calling',
  calling: 'phone.calling',
  connecting: 'phone.calling',
  ringing: 'phone.ringing',
  connected: undefined,
  busy: 'phone.busy',
  rejected: 'phone.rejected',
  'number not found': 'phone.not-found',
  'no answer': 'phone.no-answer',
  timeout: 'phone.no-answer',
  expired: 'phone.no-answer',
  failed: 'phone.failed',
  error: 'phone.failed',
  disconnected: 'phone.ended',
  'hung up': 'phone.ended',
};

/** What is unusual about a telephone's call, for people; a gateway's own words where we know no others. */
export function callStatus({ phone }: Pick<Participant, 'phone'>): string | undefined {
  if (phone === undefined) return undefined;
  if (phone.isOnHold) return t('phone.on-hold');
  const status = phone.status?.replace(/[.…\s]+$/u, '') ?? '';
  const known = status.toLowerCase();
  if (!Object.hasOwn(STATUSES, known)) return status || undefined;
  const key = STATUSES[known];
  return key === undefined ? undefined : t(key);
}
