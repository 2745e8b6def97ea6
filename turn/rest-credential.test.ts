import { describe, expect, it } from 'vitest';
import fixture from '../test/fixtures/turn-rest-credential.json' with { type: 'json' };
import { parseRestUsername, restPassword } from './rest-credential.ts';

describe('time-limited credentials', () => {
  it('have the password that signalling makes', () => {
    expect(restPassword(fixture.username, fixture.secret)).toBe(fixture.password);
    expect(parseRestUsername(fixture.username)).toEqual({
      expirySeconds: fixture.expirySeconds,
      subject: fixture.subject,
    });
  });

  it('may have an expiry alone, or anything behind the colon', () => {
    expect(parseRestUsername('1800003600')).toEqual({ expirySeconds: 1_800_003_600, subject: '1800003600' });
    expect(parseRestUsername('1800003600:@a:b c')).toEqual({ expirySeconds: 1_800_003_600, subject: '@a:b c' });
  });

  it.each([
    '',
    ':',
    'alice',
    '1800003600x',
    '-1:a',
    '+1:a',
    ' 1:a',
    '01:a',
    '0:a',
    '1800003600:',
    '1e9:a',
    '0x10:a',
    '9007199254740992:a',
    '1.5:a',
  ])('refuse the user name %j', (username) => {
    expect(parseRestUsername(username)).toBeUndefined();
  });
});
