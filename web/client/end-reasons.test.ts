import { describe, expect, test } from 'vitest';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import { RequestError } from './connection/pending-requests.ts';
import { commandError, endOfConferenceRequest, endOfConnection, phaseOfRefusal } from './end-reasons.ts';

describe('a refused join', () => {
  test('for want of a password asks for one, and says when it was wrong', () => {
    const error = stanzaError('auth', 'not-authorized');
    expect(phaseOfRefusal(error, false)).toEqual({ name: 'password-required', wasWrong: false });
    expect(phaseOfRefusal(error, true)).toEqual({ name: 'password-required', wasWrong: true });
  });

  test.each([
    [stanzaError('auth', 'registration-required'), { code: 'members-only' }],
    [stanzaError('wait', 'service-unavailable', 'This meeting is full (50 people)'), { code: 'room-full', max: 50 }],
    [stanzaError('wait', 'service-unavailable'), { code: 'room-full', max: undefined }],
    [stanzaError('cancel', 'not-allowed', 'closed'), { code: 'not-allowed', text: 'closed' }],
    [stanzaError('cancel', 'conflict'), { code: 'protocol-error', text: 'conflict' }],
  ])('%j ends the meeting', (error, reason) => {
    expect(phaseOfRefusal(error, false)).toEqual({ name: 'ended', reason });
  });
});

const refused = (reason: 'sasl' | 'stream', condition: string) =>
  ({ code: 'refused', reason, condition, text: 'why' }) as const;

describe('a connection that is over', () => {
  test.each([
    [{ code: 'unreachable' } as const, true, { code: 'unreachable', host: 'meet.example' }],
    [refused('sasl', 'not-allowed'), true, { code: 'token-refused', text: 'why' }],
    [refused('sasl', 'not-allowed'), false, { code: 'not-allowed', text: 'why' }],
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
    expect(endOfConferenceRequest(refusal('auth', 'not-authorized', 'expired'), true)).toEqual({
      code: 'token-refused',
      text: 'expired',
    });
    expect(endOfConferenceRequest(refusal('modify', 'bad-request'), false)).toMatchObject({ code: 'protocol-error' });
  });
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
