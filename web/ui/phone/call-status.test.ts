import { expect, test } from 'vitest';
import { callStatus } from './call-status.ts';

const phone = (status: string | undefined, isOnHold = false) => callStatus({ phone: { status, isOnHold } });

test.each([
  ['Initializing Call', 'calling'],
  ['Initializing Call...', 'calling'],
  ['Ringing…', 'ringing'],
  ['Busy', 'busy'],
  ['Rejected', 'call declined'],
  ['No Answer', 'no answer'],
  ['Connected', undefined],
  [undefined, undefined],
  ['Number changed', 'Number changed'],
  ['constructor', 'constructor'],
])('a call that is “%s” is shown as %s', (status, text) => {
  expect(phone(status)).toBe(text);
});

test('a call on hold is shown so, whatever else it is', () => {
  expect(phone('Connected', true)).toBe('on hold');
});

test('who has no telephone has no call', () => {
  expect(callStatus({ phone: undefined })).toBeUndefined();
});
