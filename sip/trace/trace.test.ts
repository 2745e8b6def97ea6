import { expect, test } from 'vitest';
import { sipRequest, sipResponse, uriOf } from '../../test/support/sip/messages.ts';
import { messageText } from './message-text.ts';
import { SipTrace } from './sip-trace.ts';

const THERE = { protocol: 'UDP', address: '192.0.2.7', port: 5060 } as const;
const header = (name: string, value: string) => ({ name, value });

test('a message is shown as it is, with its description', () => {
  const text = messageText(
    sipRequest('INVITE', {
      others: [header('content-type', 'application/sdp')],
      body: Buffer.from('v=0\r\nm=audio 4000 RTP/AVP 0\r\n'),
    }),
  );
  expect(text).toContain('INVITE sip:5551000@gateway.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.7:5090');
  expect(text).toContain('Content-Length: 29\n');
  expect(text).toContain('\n\nv=0\nm=audio 4000 RTP/AVP 0\n');
});

test.each([
  [
    'a proof',
    sipRequest('REGISTER', {
      others: [
        header('authorization', 'Digest username="us", realm="r", response="0123abcd", cnonce=secret1, nc=00000001'),
      ],
    }),
    ['0123abcd', 'secret1'],
  ],
  [
    'a password in the clear',
    sipRequest('REGISTER', { others: [header('proxy-authorization', 'Basic c2VjcmV0')] }),
    ['c2VjcmV0'],
  ],
  [
    'the password of a room',
    sipRequest('INVITE', { others: [header('jitsi-conference-room-pass', '2468')] }),
    ['2468'],
  ],
  ['the token of a person', sipRequest('INVITE', { others: [header('jitsi-auth-token', 'eyJ')] }), ['eyJ']],
  [
    'a password in an address',
    sipRequest('INVITE', {
      uri: { ...uriOf('5551000', 'gateway.example'), password: 'pass1' },
      from: { uri: { ...uriOf('caller', 'phone.example'), password: 'pass2' }, parameters: new Map() },
    }),
    ['pass1', 'pass2'],
  ],
  [
    'keys of encrypted sound',
    sipRequest('INVITE', {
      others: [header('content-type', 'application/sdp')],
      body: Buffer.from(
        'v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20\r\nk=clear:secret2\r\na=sendrecv\r\n',
      ),
    }),
    ['c2VjcmV0', 'secret2'],
  ],
  [
    'a key that was pressed',
    sipRequest('INFO', {
      others: [header('content-type', 'application/dtmf-relay')],
      body: Buffer.from('Signal=7\r\nDuration=160\r\n'),
    }),
    ['Signal', '7\n'],
  ],
])('%s is not shown', (_, message, secrets) => {
  const text = messageText(message);
  for (const secret of secrets) expect(text.slice(text.indexOf('CSeq'))).not.toContain(secret);
  expect(text).toMatch(/\[removed\]|\[\d+ bytes of/u);
});

test('who asks for a call gets its beginning and its end, however long it was', () => {
  let nowMs = 1_000;
  const trace = new SipTrace(5, () => nowMs++);
  const request = sipRequest('INVITE', { callId: 'long' });
  trace.add('in', THERE, request);
  for (let i = 0; i < 100; i++) trace.add('out', THERE, sipResponse(request, 100 + i));
  const { parts = [], messages, method, beganAtMs } = trace.trace('long') ?? {};
  expect({ messages, method, beganAtMs }).toEqual({ messages: 101, method: 'INVITE', beganAtMs: 1_000 });
  expect(parts).toHaveLength(40);
  expect(parts[0]).toMatchObject({ direction: 'in', ...THERE });
  expect(parts.at(-1)?.text).toContain('SIP/2.0 199');
});

test('the last calls are kept, and questions do not push them out', () => {
  let nowMs = 0;
  const trace = new SipTrace(2, () => nowMs++);
  for (const callId of ['a', 'b', 'c']) trace.add('in', THERE, sipRequest('INVITE', { callId }));
  for (let i = 0; i < 1_000; i++) trace.add('in', THERE, sipRequest('OPTIONS', { callId: `ping-${i}` }));
  const calls = trace.summaries.filter(({ method }) => method === 'INVITE').map(({ callId }) => callId);
  expect(calls).toEqual(['c', 'b']);
  expect(trace.summaries).toHaveLength(32);
  expect(trace.trace('a')).toBeUndefined();
});

test('where nothing is to be kept nothing is', () => {
  const trace = new SipTrace(0, () => 0);
  trace.add('in', THERE, sipRequest('INVITE'));
  trace.add('in', THERE, sipRequest('OPTIONS'));
  expect(trace.summaries).toEqual([]);
});
