import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { headerTokens, headerValue } from './headers.ts';
import type { SipMessage, SipRequest } from './message.ts';
import { tagOf } from './name-address.ts';
import { parseMessage } from './parse.ts';
import { serialiseMessage } from './serialise.ts';
import { formatUri, uriUser } from './uri.ts';
import { branchOf } from './via.ts';

// RFC 4475: §3.1.1 has to be understood, §3.1.2 refused; §3.2 to §3.4 are for the layers above, so they are read here.

const folder = join(import.meta.dirname, '../../test/fixtures/sip/torture');

function torture(name: string): Buffer {
  return readFileSync(join(folder, `${name}.sip`));
}

function read(name: string): SipMessage {
  const result = parseMessage(torture(name));
  if (!result.ok) throw new Error(`${name} was refused: ${result.reason}`);
  return result.message;
}

function readRequest(name: string): SipRequest {
  const message = read(name);
  if (message.kind !== 'request') throw new Error(`${name} is no request`);
  return message;
}

const valid = [
  'longreq',
  ...['wsinv', 'intmeth', 'esc01', 'escnull', 'esc02', 'lwsdisp', 'dblreq', 'semiuri', 'transports', 'mpart01'],
  ...['unreason', 'noreason', 'baddate', 'badbranch', 'unkscm', 'novelsc', 'unksm2', 'bext01', 'invut', 'regaut01'],
  ...['bcast', 'zeromf', 'cparam01', 'cparam02', 'regescrt', 'sdp01', 'inv2543'],
];

/** Answered with 400, except where another status stands. */
const refused = new Map<string, 400 | 505 | 'dropped'>([
  ['badinv01', 'dropped'], // its Via leads nowhere
  ['clerr', 400],
  ['ncl', 400],
  ['scalar02', 400],
  ['scalarlg', 'dropped'], // a response
  ['quotbal', 400],
  ['ltgtruri', 400],
  ['lwsruri', 400],
  ['lwsstart', 400],
  ['trws', 400],
  ['escruri', 400],
  ['regbadct', 400],
  ['badaspec', 400],
  ['baddn', 400],
  ['badvers', 505],
  ['mismatch01', 400],
  ['mismatch02', 400],
  ['bigcode', 'dropped'], // a response
  ['insuf', 400],
  ['multi01', 400],
  ['mcl01', 400],
]);

it('there are all 49 messages, each with its outcome', () => {
  const files = readdirSync(folder).map((file) => file.replace('.sip', ''));
  expect(files.toSorted()).toEqual([...valid, ...refused.keys()].toSorted());
  expect(files).toHaveLength(49);
});

it.each(valid)('%s is understood, and means the same after it was written out again', (name) => {
  const message = read(name);
  expect(parseMessage(serialiseMessage(message))).toEqual({ ok: true, message });
});

it.each([...refused])('%s is refused: %s', (name, outcome) => {
  const result = parseMessage(torture(name));
  if (result.ok) throw new Error('it was read');
  expect(result.canReply === undefined ? 'dropped' : result.status).toBe(outcome);
});

it('wsinv: white space, folding and compact names change nothing', () => {
  const message = readRequest('wsinv');
  expect(message.via.map(({ transport, host }) => `${transport} ${host}`)).toEqual([
    'UDP 192.0.2.2',
    'TCP spindle.example.com',
    'UDP 192.168.255.111',
  ]);
  expect(message.from.displayName).toBe('J Rosenberg \\"');
  expect(tagOf(message.from)).toBe('98asjd8');
  expect(message.cSeq).toEqual({ number: 9, method: 'INVITE' });
  expect(message.maxForwards).toBe(68);
  expect(message.contacts[0]?.displayName).toBe('Quoted string ""');
  expect(message.contacts[0]?.parameters).toEqual(
    new Map([
      ['newparam', 'newvalue'],
      ['secondparam', undefined],
      ['q', '0.33'],
    ]),
  );
  expect(headerValue(message, 'newfangledheader')).toBe('newfangled value continued newfangled value');
  expect(headerValue(message, 'unknownheaderwithunusualvalue')).toBe(';;,,;;,;');
  expect(message.body).toHaveLength(150);
});

it('intmeth: every character that may stand somewhere may', () => {
  const message = readRequest('intmeth');
  expect(message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
  expect(message.to.displayName).toBe('BEL:\x07 NUL:\x00 DEL:\x7f');
  expect(uriUser(message.uri)).toBe("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  expect(message.from.displayName).toBe("token1~` token2'+_ token3*%!.-");
  expect(message.from.parameters.get("fromparam''~+*_!.-%")).toBe('"работающий"');
  expect(headerValue(message, "extensionheader-!.%*+_`'~")).toBe('\ufeff大停電');
});

it('esc01: escapes are resolved where they mean something, and only there', () => {
  const message = readRequest('esc01');
  expect(uriUser(message.uri)).toBe('sips:user@example.com');
  expect(uriUser(message.to.uri)).toBe('user');
  const contact = message.contacts[0]?.uri;
  expect(contact?.kind === 'sip' && contact.parameters).toEqual(
    new Map([
      ['lr', undefined],
      ['name', 'v%61lue%25%34%31'],
    ]),
  );
});

it('esc02: escapes in a method or a header name mean nothing', () => {
  const message = readRequest('esc02');
  expect(message.method).toBe('RE%47IST%45R');
  expect(message.contacts.map(({ uri }) => uriUser(uri))).toEqual(['alias1', 'alias3']);
});

it('longreq: long values and 34 Via are read', () => {
  const message = readRequest('longreq');
  expect(message.via).toHaveLength(34);
  expect(branchOf(message)).toBeUndefined();
});

it('dblreq: what follows a message in a datagram is no part of it', () => {
  expect(readRequest('dblreq').method).toBe('REGISTER');
  expect(readRequest('dblreq').body).toHaveLength(0);
});

it('unreason and noreason: any reason phrase will do', () => {
  expect(read('unreason')).toMatchObject({ reason: '= 2**3 * 5**2 но сто девяносто девять - простое' });
  expect(read('noreason')).toMatchObject({ status: 100, reason: '' });
});

it('cparam01 and cparam02: brackets decide whose parameter it is', () => {
  expect(readRequest('cparam01').contacts[0]?.parameters.has('unknownparam')).toBe(true);
  expect(readRequest('cparam02').contacts[0]?.parameters.has('unknownparam')).toBe(false);
});

it('unknown schemes, extensions, versions of SDP and missing branches are left to the layers above', () => {
  expect(formatUri(readRequest('novelsc').uri)).toBe('soap.beep://192.0.2.103:3002');
  expect(readRequest('unkscm').uri).toMatchObject({ kind: 'other', scheme: 'nobodyknowsthisscheme' });
  expect(headerTokens(readRequest('bext01'), 'require')).toEqual(['nothingSupportsThis', 'nothingSupportsThisEither']);
  expect(readRequest('zeromf').maxForwards).toBe(0);
  expect(branchOf(readRequest('badbranch'))).toBe('z9hG4bK');
  expect(readRequest('inv2543').recordRoutes).toHaveLength(1);
});
