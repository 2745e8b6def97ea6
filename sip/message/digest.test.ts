import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerChallenges, type DigestAnswer, type DigestState, reuseCredentials } from './digest.ts';
import { parseDigestHeader } from './digest-header.ts';
import { digestResponse } from './digest-hash.ts';
import { DigestNonces } from './digest-nonce.ts';
import { DigestServer } from './digest-server.ts';
import type { Header, SipRequest, SipResponse } from './message.ts';
import { parseUri } from './uri.ts';

const CREDENTIALS = { username: 'trunk', password: 's3cret' };
const URI = 'sip:provider.example';
const REQUEST = { method: 'REGISTER', uri: URI };

function request(others: readonly Header[], method = 'REGISTER'): SipRequest {
  const uri = parseUri(URI);
  if (uri === undefined) throw new Error('no URI');
  const address = { uri, parameters: new Map<string, string>() };
  const lists = { via: [], contacts: [], routes: [], recordRoutes: [] };
  const cSeq = { number: 1, method };
  return {
    kind: 'request',
    method,
    uri,
    ...lists,
    from: address,
    to: address,
    callId: '1',
    cSeq,
    others,
    body: Buffer.alloc(0),
  };
}

function challenged(status: 401 | 407, ...values: string[]): SipResponse {
  const name = status === 401 ? 'www-authenticate' : 'proxy-authenticate';
  const { kind: _, method: __, uri: ___, ...fields } = request(values.map((value) => ({ name, value })));
  return { kind: 'response', status, reason: '', ...fields };
}

function answered(response: SipResponse, state?: DigestState): DigestAnswer {
  const result = answerChallenges(response, CREDENTIALS, REQUEST, state, 'cnonce');
  if (result.kind !== 'answer') throw new Error(result.reason);
  return result;
}

describe('the response', () => {
  const rfc7616 = {
    username: 'Mufasa',
    realm: 'http-auth@example.org',
    password: 'Circle of Life',
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    method: 'GET',
    uri: '/dir/index.html',
    auth: { cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ', nonceCount: '00000001' },
  };

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ] as const)('is that of RFC 7616 §3.9.1 for %s', (algorithm, response) => {
    expect(digestResponse({ ...rfc7616, algorithm })).toBe(response);
  });

  it('without qop is that of RFC 2069', () => {
    const { auth: _, ...input } = rfc7616;
    const rfc2069 = {
      realm: 'testrealm@host.com',
      password: 'CircleOfLife',
      nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
    };
    expect(digestResponse({ ...input, ...rfc2069, algorithm: 'MD5' })).toBe('1949323746fe6a43ef61f9606e7febea');
  });
});

describe('as a client', () => {
  it('the first challenge that can be met is met', () => {
    const { header } = answered(
      challenged(
        401,
        'Digest realm="r", nonce="n", algorithm=SHA-512-256, qop="auth"',
        'Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth-int,auth", opaque="o\\"p"',
        'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"',
      ),
    );
    expect(header.name).toBe('authorization');
    expect(header.value).toContain('opaque="o\\"p"');
    expect(Object.fromEntries(parseDigestHeader(header.value) ?? [])).toMatchObject({
      username: 'trunk',
      uri: URI,
      algorithm: 'SHA-256',
      qop: 'auth',
      nc: '00000001',
      cnonce: 'cnonce',
    });
    expect(header.value).toMatch(/qop=auth, nc=00000001/);
  });

  it('a proxy is answered in its own header', () => {
    expect(answered(challenged(407, 'Digest realm="r", nonce="n"')).header.name).toBe('proxy-authorization');
  });

  it('a stale nonce is tried again with the new one, a refusal is not', () => {
    const { state } = answered(challenged(401, 'Digest realm="r", nonce="old"'));
    expect(answered(challenged(401, 'Digest realm="r", nonce="new", stale=TRUE'), state).state.nonce).toBe('new');
    const again = answerChallenges(challenged(401, 'Digest realm="r", nonce="new"'), CREDENTIALS, REQUEST, state, 'c');
    expect(again).toEqual({ kind: 'give-up', reason: 'rejected' });
  });

  it('another realm behind the first is no refusal', () => {
    const { state } = answered(challenged(407, 'Digest realm="proxy", nonce="n"'));
    expect(answered(challenged(401, 'Digest realm="registrar", nonce="n"'), state).kind).toBe('answer');
  });

  it.each([
    ['no-challenge', []],
    ['unsupported', ['Basic realm="r"', 'Digest realm="r", nonce="n", qop="auth-int"', 'Digest realm="r"', 'Digest']],
  ])('%s: it gives up', (reason, values) => {
    const result = answerChallenges(challenged(401, ...values), CREDENTIALS, REQUEST, undefined, 'c');
    expect(result).toEqual({ kind: 'give-up', reason });
  });
});

describe('as a server', () => {
  const NOW_MS = 1_700_000_000_000;
  const LIFETIME_MS = 60_000;
  const RANDOM = Buffer.from('random');
  const server = (): DigestServer =>
    new DigestServer('parley', new DigestNonces(Buffer.from('key'), LIFETIME_MS), (username) =>
      username === CREDENTIALS.username ? CREDENTIALS.password : undefined,
    );
  /** A client's answer to a challenge of that server. */
  const met = (of: DigestServer, credentials = CREDENTIALS): DigestAnswer => {
    const response = challenged(401, ...of.challenges(false, NOW_MS, RANDOM).map(({ value }) => value));
    const result = answerChallenges(response, credentials, REQUEST, undefined, 'cnonce');
    if (result.kind !== 'answer') throw new Error(result.reason);
    return result;
  };

  it('believes who knows the password, once for each count', () => {
    const digest = server();
    const first = met(digest);
    const second = reuseCredentials(first.state, CREDENTIALS, REQUEST, 'other');
    const verify = ({ header }: DigestAnswer) => digest.verify(request([header]), URI, NOW_MS);
    expect(verify(first)).toEqual({ kind: 'authentic', username: 'trunk' });
    expect(verify(second)).toEqual({ kind: 'authentic', username: 'trunk' });
    expect(verify(first)).toEqual({ kind: 'challenge', isStale: true, reason: 'replayed' });
  });

  it('offers SHA-256 before MD5, and takes both', () => {
    const digest = server();
    const [strong, weak] = digest.challenges(true, NOW_MS, RANDOM).map(({ value }) => value);
    expect(strong).toMatch(/algorithm=SHA-256, stale=true$/);
    const { header } = answered(challenged(401, weak ?? ''));
    expect(header.value).toContain('algorithm=MD5');
    expect(digest.verify(request([header]), URI, NOW_MS).kind).toBe('authentic');
  });

  it('asks anew, without a doubt about the password, when the nonce is too old', () => {
    const digest = server();
    const verdict = digest.verify(request([met(digest).header]), URI, NOW_MS + LIFETIME_MS + 1);
    expect(verdict).toEqual({ kind: 'challenge', isStale: true, reason: 'stale-nonce' });
  });

  it.each([
    [
      'a wrong password',
      'wrong-password',
      (digest: DigestServer) => met(digest, { username: 'trunk', password: 'x' }).header.value,
    ],
    [
      'an unknown account',
      'wrong-password',
      (digest: DigestServer) => met(digest, { username: 'x', password: '' }).header.value,
    ],
    [
      'a nonce of somebody else',
      'foreign-nonce',
      () => met(new DigestServer('parley', new DigestNonces(Buffer.from('other'), LIFETIME_MS), () => '')).header.value,
    ],
    ['another URI', 'other-uri', (digest: DigestServer) => met(digest).header.value.replace(URI, 'sip:other.example')],
    [
      'another realm',
      'other-realm',
      (digest: DigestServer) => met(digest).header.value.replace('realm="parley"', 'realm="x"'),
    ],
    ['no count', 'malformed', (digest: DigestServer) => met(digest).header.value.replace(', nc=00000001', '')],
    ['another scheme', 'malformed', () => 'Basic dHJ1bms6czNjcmV0'],
  ])('does not believe %s', (_, reason, value) => {
    const digest = server();
    const verdict = digest.verify(request([{ name: 'authorization', value: value(digest) }]), URI, NOW_MS);
    expect(verdict).toEqual({ kind: 'challenge', isStale: false, reason });
  });

  it('credentials for one method are not good for another', () => {
    const digest = server();
    const verdict = digest.verify(request([met(digest).header], 'INVITE'), URI, NOW_MS);
    expect(verdict).toMatchObject({ reason: 'wrong-password' });
  });

  it('a request without credentials is asked for them', () => {
    expect(server().verify(request([]), URI, NOW_MS)).toMatchObject({ reason: 'no-credentials' });
  });

  it('no header and no nonce makes it throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('', 'Digest ', 'Digest nonce="'), (text, start) => {
        const value = start + text;
        expect(server().verify(request([{ name: 'authorization', value }]), URI, NOW_MS).kind).toBe('challenge');
        expect(new DigestNonces(Buffer.from('key'), LIFETIME_MS).check(text, NOW_MS)).toBe('foreign');
      }),
    );
  });
});
