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

  it('are those that Synapse makes for a user whose server has a port', () => {
    // Seen from Synapse 1.160 (matrix note §6).
    const username = '1795235653:@alice:localhost:18448';
    expect(restPassword(username, 'testsecret')).toBe('kGJ/jdk9MXMtc4/q9f76018NTKo=');
    expect(parseRestUsername(username)).toEqual({ expirySeconds: 1_795_235_653, subject: '@alice:localhost:18448' });
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
