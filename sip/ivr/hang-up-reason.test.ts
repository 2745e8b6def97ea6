import { expect, test } from 'vitest';
import { reasonHeader } from './hang-up-reason.ts';

test('a BYE says why the call ends, as RFC 3326 has it', () => {
  expect(reasonHeader('wrong-pin')).toBe('SIP ;cause=403 ;text="Wrong meeting number"');
});
