import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MESSAGE_LIMITS } from './limits.ts';
import type { SipRequest } from './message.ts';
import { parseMessage } from './parse.ts';
import type { ParseFailure } from './parse-result.ts';
import { serialiseMessage, serialiseRefusal } from './serialise.ts';

const INVITE = [
  'INVITE sip:+4930123@gateway.example;user=phone SIP/2.0',
  'Via: SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKabc;rport',
  'Max-Forwards: 70',
  'From: "Ελένη" <sip:eleni@trunk.example>;tag=1',
  'To: <sip:+4930123@gateway.example>',
  'Call-ID: 1@trunk.example',
  'CSeq: 1 INVITE',
  'Contact: <sip:eleni@192.0.2.1:5070;transport=udp>',
  'Content-Type: application/sdp',
];

/** A message of these lines; lines given as `name: value` replace or append. */
function message(lines: readonly string[], body = ''): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** The INVITE with its header of that name replaced. */
function withHeader(name: string, ...lines: string[]): string[] {
  return INVITE.flatMap((line) => (line.startsWith(`${name}:`) ? lines : [line]));
}

function refusal(bytes: Uint8Array, framing?: 'stream'): ParseFailure {
  const result = parseMessage(bytes, framing === undefined ? {} : { framing });
  if (result.ok) throw new Error('it was read');
  return result;
}

function parsed(bytes: Uint8Array): SipRequest {
  const result = parseMessage(bytes);
  if (!result.ok) throw new Error(result.reason);
  if (result.message.kind !== 'request') throw new Error('it is a response');
  return result.message;
}

describe('what is dropped without an answer', () => {
  it.each([
    ['nothing', ''],
    ['empty lines', '\r\n\r\n'],
    ['binary', Buffer.from([0x80, 0, 1, 2, 0xff, 0x0d, 0x0a, 0x0d, 0x0a])],
    ['another protocol', 'GET / HTTP/1.1\r\nHost: gateway.example\r\n\r\n'],
    ['a truncated message', INVITE.slice(0, 4).join('\r\n')],
    ['a message beyond the limit', message(INVITE, 'x'.repeat(MESSAGE_LIMITS.messageBytes))],
    ['a request without Via', message(withHeader('Via'))],
    ['a request whose Via cannot be read', message(withHeader('Via', 'Via: SIP/2.0/UDP'))],
    ['a response that cannot be read', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a\r\n\r\n'],
    ['an ACK that cannot be read', 'ACK sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n'],
    ['more Via than allowed', message(withHeader('Via', ...Array.from({ length: 71 }, () => 'v: SIP/2.0/UDP a')))],
  ])('%s', (_, bytes) => {
    expect(refusal(Buffer.from(bytes)).canReply).toBeUndefined();
  });
});

describe('what is answered with 400', () => {
  it.each([
    ['no From', withHeader('From')],
    ['no To', withHeader('To')],
    ['no Call-ID', withHeader('Call-ID')],
    ['no CSeq', withHeader('CSeq')],
    ['a CSeq of another method', withHeader('CSeq', 'CSeq: 1 BYE')],
    ['a CSeq of 2^31', withHeader('CSeq', 'CSeq: 2147483648 INVITE')],
    ['Max-Forwards above 255', withHeader('Max-Forwards', 'Max-Forwards: 256')],
    ['a Content-Length that is no number', [...INVITE, 'Content-Length: NaN']],
    ['a Content-Length beyond the datagram', [...INVITE, 'Content-Length: 1']],
    ['From twice', [...INVITE, 'f: <sip:other@trunk.example>;tag=2']],
    ['Content-Type twice', [...INVITE, 'c: text/plain']],
    ['a parameter twice', withHeader('From', 'From: <sip:a@b>;tag=1;tag=2')],
    ['Contact * beside another', [...INVITE, 'Contact: *']],
    ['more contacts than headers are allowed', withHeader('Contact', `m: sip:a${',sip:a'.repeat(128)}`)],
    ['a port that cannot be', withHeader('Contact', 'Contact: <sip:a@b:65536>')],
    ['an IPv6 address that is none', withHeader('Contact', 'Contact: <sip:a@[1::2::3]>')],
    ['a line without a name', [...INVITE, ': x']],
    ['a line feed alone', [...INVITE, 'Subject: a\nX-Injected: b']],
    ['a carriage return alone', [...INVITE, 'Subject: a\rX-Injected: b']],
  ])('%s', (_, lines) => {
    const { status, canReply } = refusal(message(lines));
    expect([status, canReply?.via[0]?.host]).toEqual([400, '2001:db8::1']);
  });
});

it.each([
  ['headers', [...INVITE, ...Array.from({ length: 121 }, (_, i) => `X-${i}: y`)], ''],
  ['a header line', [...INVITE, `Subject: ${'x'.repeat(8_192)}`], ''],
  ['a body', INVITE, 'x'.repeat(32_769)],
])('%s beyond the limit: 513', (_, lines, body) => {
  expect(refusal(message(lines, body)).status).toBe(513);
});

it('over a stream the body is as long as it says, and it says so', () => {
  expect(refusal(message([...INVITE, 'Content-Length: 3'], 'four'), 'stream').status).toBe(400);
  expect(refusal(message(INVITE), 'stream').status).toBe(400);
  expect(parseMessage(message([...INVITE, 'l: 4'], 'four'), { framing: 'stream' }).ok).toBe(true);
});

it('names that mean something to JavaScript are names like any other', () => {
  const read = parsed(
    message([
      ...withHeader('Contact', 'Contact: <sip:a@b;constructor=1>;__proto__=2'),
      '__proto__: 3',
      'constructor: 4',
    ]),
  );
  expect(read.contacts[0]?.parameters).toEqual(new Map([['__proto__', '2']]));
  expect(read.contacts[0]?.uri).toMatchObject({ parameters: new Map([['constructor', '1']]) });
  expect(read.others.slice(-2)).toEqual([
    { name: '__proto__', value: '3' },
    { name: 'constructor', value: '4' },
  ]);
});

it('a name in Latin-1 is read, for there are phones that send it', () => {
  const bytes = Buffer.from(message(withHeader('From', 'From: "Jürgen" <sip:a@b>;tag=1')).toString(), 'latin1');
  expect(parsed(bytes).from.displayName).toBe('Jürgen');
});

it('Contact: * is read and written', () => {
  const read = parsed(message(withHeader('Contact', 'm: *')));
  expect([read.isWildcardContact, read.contacts]).toEqual([true, []]);
  expect(serialiseMessage(read).toString()).toContain('\r\nContact: *\r\n');
});

it('an answer to what could not be read repeats what came and tags To', () => {
  const { status, reason, canReply } = refusal(message(withHeader('CSeq', 'CSeq: one INVITE')));
  if (canReply === undefined) throw new Error('it cannot be answered');
  const lines = serialiseRefusal({ status, reason, canReply }, 'ours').toString().split('\r\n');
  expect(lines).toEqual([
    'SIP/2.0 400 No CSeq, or a malformed one',
    'Via: SIP/2.0/UDP [2001:db8::1]:5070;branch=z9hG4bKabc;rport',
    'From: "Ελένη" <sip:eleni@trunk.example>;tag=1',
    'To: <sip:+4930123@gateway.example>;tag=ours',
    'Call-ID: 1@trunk.example',
    'CSeq: one INVITE',
    'Content-Length: 0',
    '',
    '',
  ]);
});

it('a value with a line break is never written', () => {
  const read = parsed(message(INVITE));
  expect(() => serialiseMessage({ ...read, callId: 'x\r\nX-Injected: y' })).toThrow(RangeError);
  expect(() => serialiseMessage({ ...read, from: { ...read.from, displayName: 'x\ny' } })).toThrow(RangeError);
});

describe('properties', () => {
  const token = fc.stringMatching(/^[A-Za-z0-9.!%*_+`'~-]{1,20}$/);
  const text = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .filter((value) => !/[\r\n]/.test(value) && value.isWellFormed());
  const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
  const value = fc.option(
    fc.oneof(
      token,
      text.map((inner) => `"${inner.replace(/["\\]/g, '\\$&')}"`),
    ),
    { nil: undefined },
  );
  const parameters = fc
    .uniqueArray(
      fc.tuple(
        token.map((name) => name.toLowerCase()),
        value,
      ),
      { selector: ([name]) => name, maxLength: 4 },
    )
    .map((entries) => new Map(entries));
  const uri = fc.record({
    kind: fc.constant('sip' as const),
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: fc.stringMatching(/^[A-Za-z0-9;?/&=+$,_.!~*'()-]{1,20}$/),
    host,
    port: fc.integer({ min: 1, max: 65_535 }),
    parameters: fc
      .uniqueArray(
        fc.tuple(
          fc.stringMatching(/^[a-z0-9_-]{1,8}$/),
          fc.option(fc.stringMatching(/^[A-Za-z0-9:&+$_.-]{1,8}$/), { nil: undefined }),
        ),
        {
          selector: ([name]) => name,
          maxLength: 3,
        },
      )
      .map((entries) => new Map(entries)),
  });
  const address = fc.record({ displayName: text, uri, parameters }, { requiredKeys: ['uri', 'parameters'] });
  const method = fc.constantFrom('INVITE', 'BYE', 'OPTIONS', 'REGISTER', 'odd.Method');
  const request = fc
    .record({
      method,
      uri,
      via: fc.array(
        fc.record({
          transport: fc.constantFrom('UDP', 'TCP', 'TLS'),
          host,
          port: fc.integer({ min: 1, max: 65_535 }),
          parameters,
        }),
        { minLength: 1, maxLength: 4 },
      ),
      from: address,
      to: address,
      callId: token,
      number: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      maxForwards: fc.integer({ min: 0, max: 255 }),
      contacts: fc.array(address, { maxLength: 3 }),
      routes: fc.array(address, { maxLength: 3 }),
      recordRoutes: fc.array(address, { maxLength: 3 }),
      others: fc.array(
        fc.record({
          name: token.map((name) => `x-${name.toLowerCase()}`),
          value: text.map((inner) => inner.replace(/^[ \t]+|[ \t]+$/g, '')),
        }),
        { maxLength: 5 },
      ),
      body: fc.uint8Array({ maxLength: 200 }),
    })
    .map(({ number, ...rest }): SipRequest => ({ kind: 'request', ...rest, cSeq: { number, method: rest.method } }));

  it('what is written is read back as it was', () => {
    fc.assert(
      fc.property(request, (message) => {
        const result = parseMessage(serialiseMessage(message));
        expect(result).toEqual({ ok: true, message: { ...message, body: Buffer.from(message.body) } });
      }),
    );
  });

  it('no bytes make it throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => typeof parseMessage(bytes).ok === 'boolean'));
  });

  it('no damage to a message makes it throw, and what is read of it can be written', () => {
    const damage = fc.array(fc.tuple(fc.nat(600), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(request, damage, (message, changes) => {
        const bytes = serialiseMessage(message);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const result = parseMessage(bytes);
        if (result.ok) serialiseMessage(result.message);
        else if (result.canReply !== undefined) serialiseRefusal({ ...result, canReply: result.canReply }, 'tag');
      }),
      { numRuns: 2_000 },
    );
  });
});
