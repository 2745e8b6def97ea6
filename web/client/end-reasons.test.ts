import { describe, expect, test } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from '#protocol/xmpp-client/pending-requests.ts';
import {
  commandError,
  endOfConferenceRequest,
  endOfConnection,
  phaseOfRefusal,
  isSessionInvalid,
  isWaitForHost,
} from './end-reasons.ts';

describe('a refused join', () => {
  test('for want of a password asks for one, and says when it was wrong', () => {
    const error = stanzaError('auth', 'not-authorized');
    expect(phaseOfRefusal(error, false, false)).toEqual({ name: 'password-required', wasWrong: false });
    expect(phaseOfRefusal(error, true, false)).toEqual({ name: 'password-required', wasWrong: true });
  });

  test.each([
    [stanzaError('auth', 'registration-required'), { code: 'members-only' }],
    [stanzaError('wait', 'service-unavailable', 'This meeting is full (50 people)'), { code: 'room-full', max: 50 }],
    [stanzaError('wait', 'service-unavailable'), { code: 'room-full', max: undefined }],
    [stanzaError('cancel', 'not-allowed', 'closed'), { code: 'not-allowed', text: 'closed' }],
    [stanzaError('auth', 'forbidden'), { code: 'banned', by: undefined }],
    [stanzaError('cancel', 'conflict'), { code: 'protocol-error', text: 'conflict' }],
  ])('%j ends the meeting', (error, reason) => {
    expect(phaseOfRefusal(error, false, false)).toEqual({ name: 'ended', reason });
  });
});

test.each([
  ['Not acceptable by exp (61 sec since expired)', 'expired'],
  ['Not acceptable by nbf', 'not-yet-valid'],
  ['Room and token mismatched', 'other-room'],
  ['Invalid signature', 'invalid'],
  [undefined, 'invalid'],
  ['not-in-room', 'not-in-matrix-room'],
  ['server-not-allowed', 'homeserver-not-allowed'],
  ['token-rejected', 'matrix-token-used'],
  ['room-mismatch', 'other-room'],
  ['rate-limited', 'too-many-tries'],
  ['bad-token', 'invalid'],
])('a token refused with “%s” is %s', (text, problem) => {
  const error = stanzaError('cancel', 'not-allowed', text);
  expect(phaseOfRefusal(error, false, true)).toMatchObject({ reason: { code: 'token-refused', problem } });
});

test('a room that wants people to log in says so', () => {
  const required = xml('authentication-required', { xmlns: 'http://jitsi.org/jitmeet' });
  const error = stanzaError('cancel', 'not-allowed', undefined, required);
  expect(phaseOfRefusal(error, false, false)).toEqual({ name: 'ended', reason: { code: 'login-required' } });
});

const refused = (reason: 'sasl' | 'stream', condition: string) =>
  ({ code: 'refused', reason, condition, text: 'why' }) as const;

describe('a connection that is over', () => {
  test.each([
    [{ code: 'unreachable', condition: undefined } as const, true, { code: 'unreachable', host: 'meet.example' }],
    [refused('sasl', 'not-allowed'), true, { code: 'token-refused', problem: 'invalid', text: 'why' }],
    [{ ...refused('sasl', 'not-allowed'), text: 'token required' }, false, { code: 'login-required' }],
    [refused('sasl', 'not-allowed'), false, { code: 'not-allowed', text: 'why' }],
    [refused('sasl', 'not-authorized'), false, { code: 'login-required' }],
    [refused('stream', 'conflict'), false, { code: 'replaced' }],
    [refused('stream', 'host-unknown'), false, { code: 'protocol-error', text: 'why' }],
  ])('%j', (failure, hadToken, reason) => {
    expect(endOfConnection(failure, 'meet.example', hadToken)).toEqual(reason);
  });
});

function refusal(...error: Parameters<typeof stanzaError>): RequestError {
  return new RequestError('refused', 'no', stanzaError(...error));
}

describe('a conference that does not come', () => {
  test('is asked for again while the reason may pass', () => {
    expect(endOfConferenceRequest(new RequestError('timeout', 'late'), false)).toBeUndefined();
    expect(endOfConferenceRequest(refusal('wait', 'resource-constraint'), false)).toBeUndefined();
    expect(endOfConferenceRequest(refusal('cancel', 'internal-server-error'), false)).toBeUndefined();
  });

  test('ends the attempt when it may not be', () => {
    expect(endOfConferenceRequest(refusal('cancel', 'not-allowed', 'expired'), true)).toEqual({
      code: 'token-refused',
      problem: 'expired',
      text: 'expired',
    });
    expect(endOfConferenceRequest(refusal('modify', 'bad-request'), false)).toMatchObject({ code: 'protocol-error' });
  });
});

test('one waits for a host only where the server says so, and a forgotten log-in is no reason to', () => {
  expect(isWaitForHost(refusal('auth', 'not-authorized'))).toBe(true);
  expect(isWaitForHost(refusal('cancel', 'not-acceptable'))).toBe(false);
  expect(isWaitForHost(undefined)).toBe(false);
  expect(isSessionInvalid(refusal('cancel', 'not-acceptable'))).toBe(true);
  expect(isSessionInvalid(new RequestError('timeout', 'late'))).toBe(false);
});

describe('a refused command', () => {
  test.each([
    [stanzaError('auth', 'forbidden'), 'not-allowed'],
    [stanzaError('cancel', 'item-not-found'), 'gone'],
    [stanzaError('cancel', 'conflict'), 'failed'],
  ])('%j is %s', (error, code) => {
    expect(commandError(new RequestError('refused', 'no', error)).code).toBe(code);
  });

  test('keeps a time-out as what it is', () => {
    expect(commandError(new RequestError('timeout', 'late')).code).toBe('timeout');
  });
});
