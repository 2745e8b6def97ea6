import { expect, test } from 'vitest';
import { callStatus } from './call-status.ts';

// Without a language loaded, texts are their keys.
const phone = (status: string | undefined, isOnHold = false) => callStatus({ phone: { status, isOnHold } });

test.each([
  ['Initializing Call', 'phone.calling'],
  ['Initializing Call...', 'phone.calling'],
  ['Ringing…', 'phone.ringing'],
  ['Busy', 'phone.busy'],
  ['Rejected', 'phone.rejected'],
  ['No Answer', 'phone.no-answer'],
  ['Connected', undefined],
  [undefined, undefined],
  ['Number changed', 'Number changed'],
  ['constructor', 'constructor'],
])('a call that is “%s” is shown as %s', (status, text) => {
  expect(phone(status)).toBe(text);
});

test('a call on hold is shown so, whatever else it is', () => {
  expect(phone('Connected', true)).toBe('phone.on-hold');
});

test('who has no telephone has no call', () => {
  expect(callStatus({ phone: undefined })).toBeUndefined();
});
