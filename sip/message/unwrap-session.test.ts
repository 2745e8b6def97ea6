import { expect, it } from 'vitest';
import { headerValue } from './headers.ts';
import type { SipMessage } from './message.ts';
import { parseMessage } from './parse.ts';
import { unwrapSession } from './unwrap-session.ts';

const SDP = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n';
const ISUP = ['--x', 'Content-Type: application/ISUP;version=itu-t92+', '', '\x01\x00\r\n\r\n\xff'];
const SESSION = ['--x', 'content-type : application/SDP', 'Content-Disposition: session', '', SDP];

function invite(type: string, lines: readonly string[]): SipMessage {
  const body = lines.join('\r\n');
  const head = [
    'INVITE sip:a@b SIP/2.0',
    'v: SIP/2.0/UDP a',
    'f: <sip:c@d>;tag=1',
    't: <sip:a@b>',
    'i: 1',
    'CSeq: 1 INVITE',
  ];
  const text = [...head, `Content-Type: ${type}`, `l: ${body.length}`, '', body].join('\r\n');
  const result = parseMessage(Buffer.from(text, 'latin1'));
  if (!result.ok) throw new Error(result.reason);
  return result.message;
}

it.each([
  ['the second part', [...ISUP, ...SESSION, '--x--', '']],
  ['the first part', [...SESSION, ...ISUP, '--x--']],
  ['after a preamble', ['To be ignored', ...SESSION, '--x--']],
])('the session description is taken out of a multipart body: %s', (_, lines) => {
  const unwrapped = unwrapSession(invite('multipart/mixed;boundary="x"', lines));
  expect(Buffer.from(unwrapped.body).toString()).toBe(SDP);
  expect(headerValue(unwrapped, 'content-type')).toBe('application/sdp');
});

it.each([
  ['no session description in it', 'multipart/mixed;boundary=x', [...ISUP, '--x--']],
  ['no end', 'multipart/mixed;boundary=x', SESSION],
  ['no boundary', 'multipart/mixed', [...SESSION, '--x--']],
  ['another boundary', 'multipart/mixed;boundary=y', [...SESSION, '--x--']],
  ['nothing in it', 'multipart/mixed;boundary=x', []],
  ['another type', 'application/sdp', [SDP]],
])('a body with %s stays as it is', (_, type, lines) => {
  const message = invite(type, lines);
  expect(unwrapSession(message)).toBe(message);
});
