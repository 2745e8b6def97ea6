import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  conferenceOf,
  decodeConferenceAnswer,
  decodeConferenceRequest,
  encodeConferenceAnswer,
  encodeConferenceRequest,
  NS_REQUESTER,
  withRequester,
} from './conference-request.ts';
import { DecodeError } from './decode-error.ts';
import { xml } from './element.ts';

const printable = fc.string({ unit: 'grapheme-ascii', maxLength: 20 });
const token = fc.string({ unit: fc.constantFrom('a', 'B', '0', '-', '_', '.'), maxLength: 40 });
const room = fc.constantFrom('standup@muc.meet.example', "ann's%20room@muc.meet.example", '%ce%b5@muc.x');
const properties = fc.dictionary(printable, printable, { maxKeys: 5, noNullPrototype: true });

test('decoding what was encoded gives the same request and the same answer', () => {
  const request = fc.record(
    { room, machineUid: printable, sessionId: printable, token, properties },
    { requiredKeys: ['room', 'properties'], noNullPrototype: true },
  );
  const answer = fc.record({
    room,
    isReady: fc.boolean(),
    focusJid: fc.constant('focus@auth.meet.example'),
    identity: printable,
    sessionId: printable,
    properties,
  });
  fc.assert(
    fc.property(request, answer, (asked, answered) => {
      expect(decodeConferenceRequest(encodeConferenceRequest(asked))).toEqual(asked);
      expect(decodeConferenceAnswer(encodeConferenceAnswer(answered))).toEqual({ ...answered });
    }),
  );
});

test.each([
  ['no room', {}],
  ['a host instead of a room', { room: 'muc.meet.example' }],
  ['an occupant instead of a room', { room: 'standup@muc.meet.example/ann' }],
  ['an empty name', { room: '@muc.meet.example' }],
  ['a token with white space', { room: 'a@m', token: 'a b' }],
])('a request with %s is refused', (_what, attributes) => {
  expect(() => decodeConferenceRequest(xml('conference', attributes))).toThrow(DecodeError);
});

test('what signalling says of the requester replaces whatever the client wrote', () => {
  const forged = xml('requester', { xmlns: NS_REQUESTER, authentication: 'true', identity: 'root' });
  const inherited = xml('conference', { xmlns: NS_REQUESTER, room: 'a@m' }, xml('requester', { identity: 'root' }));
  for (const element of [xml('conference', { room: 'a@m' }, forged, forged), inherited]) {
    const marked = withRequester(element, { isAuthenticationEnabled: false, sessionId: 's' });
    expect(decodeConferenceRequest(marked).requester).toEqual({ isAuthenticationEnabled: false, sessionId: 's' });
    expect(JSON.stringify(marked)).not.toContain('root');
  }
});

test('a request is found by name and namespace', () => {
  const request = encodeConferenceRequest({ room: 'a@m', properties: {} });
  expect(conferenceOf(xml('iq', {}, request))).toBe(request);
  expect(conferenceOf(xml('iq', {}, xml('conference', { xmlns: 'x' })))).toBeUndefined();
});
