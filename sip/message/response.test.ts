import { expect, it } from 'vitest';
import { headerTokens, headerValues, parseParameterised } from './headers.ts';
import type { SipRequest } from './message.ts';
import { tagOf } from './name-address.ts';
import { parseMessage } from './parse.ts';
import { createResponse } from './response.ts';

function request(toParameters: string): SipRequest {
  const lines = [
    'INVITE sip:a@b SIP/2.0',
    'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
    'Record-Route: <sip:p1;lr>, <sip:p2;lr>',
    `To: <sip:a@b>${toParameters}`,
    'From: <sip:c@d>;tag=theirs',
    'Call-ID: 1',
    'CSeq: 7 INVITE',
    'Supported: timer,100rel',
    'k: replaces ,, path',
    'Session-Expires: 1800 ; refresher=uac',
  ];
  const result = parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`));
  if (!result.ok || result.message.kind !== 'request') throw new Error('not read');
  return result.message;
}

it('an answer repeats what names its transaction, and tags To', () => {
  const invite = request('');
  const { via, from, callId, cSeq } = invite;
  expect(createResponse(invite, 180, { toTag: 'ours' })).toMatchObject({
    status: 180,
    reason: 'Ringing',
    via,
    from,
    callId,
    cSeq,
  });
  expect(tagOf(createResponse(invite, 180, { toTag: 'ours' }).to)).toBe('ours');
});

it('a 100 has no tag of ours, and a tag that is there stays', () => {
  expect(tagOf(createResponse(request(''), 100, { toTag: 'ours' }).to)).toBeUndefined();
  expect(tagOf(createResponse(request(';tag=old'), 200, { toTag: 'ours' }).to)).toBe('old');
});

it('the recorded route is repeated only where a dialog begins', () => {
  expect(createResponse(request(''), 200, { copiesRecordRoute: true }).recordRoutes).toHaveLength(2);
  expect(createResponse(request(''), 404).recordRoutes).toEqual([]);
});

it('lists are read over all their headers, compact names too', () => {
  expect(headerTokens(request(''), 'supported')).toEqual(['timer', '100rel', 'replaces', 'path']);
});

it('a value with parameters is told from them', () => {
  const [text = ''] = headerValues(request(''), 'session-expires');
  expect(parseParameterised(text)).toEqual({ value: '1800', parameters: new Map([['refresher', 'uac']]) });
  expect(parseParameterised('1800;;x')).toBeUndefined();
});
