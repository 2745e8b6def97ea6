import fc from 'fast-check';
import { expect, test } from 'vitest';
import { elementToken } from '../../../test/support/matrix/element-token.ts';
import { readMatrixToken } from './openid-jwt.ts';

const matrix = { token: 'secretOpenId', room_id: '!room:example.org', server_name: 'example.org' };

test('what Element makes is read', () => {
  const token = elementToken({
    domain: 'Meet.example:8443',
    matrix,
    user: { name: 'Ann', avatar: 'https://a.example/7' },
  });
  expect(readMatrixToken(token)).toEqual({
    openIdToken: 'secretOpenId',
    roomId: '!room:example.org',
    serverName: 'example.org',
    hosts: ['meet.example:8443', 'meet.example:8443', 'meet.example:8443'],
    name: 'Ann',
    avatar: 'https://a.example/7',
  });
});

test('mobile clients do not name their server', () => {
  const { server_name: _server, ...rest } = matrix;
  expect(readMatrixToken(elementToken({ matrix: rest }))).toMatchObject({ serverName: undefined });
});

test.each([
  ['control and bidirectional characters', 'A\u202Enn\u0000\u200f\u2066 B', 'Ann B'],
  ['more than fits', 'x'.repeat(500), 'x'.repeat(128)],
  ['nothing but such', '\u202e \u0007', undefined],
  ['no text', 7, undefined],
])('a name with %s is cut to what can be shown', (_what, name, expected) => {
  expect(readMatrixToken(elementToken({ matrix, user: { name } }))).toMatchObject({ name: expected });
});

test.each([
  'http://a.example/7',
  'javascript:alert(1)',
  'data:image/png;base64,AA',
  'x',
  7,
  `https://a/${'x'.repeat(3000)}`,
])('a picture at %s is none', (avatar) => {
  expect(readMatrixToken(elementToken({ matrix, user: { avatar } }))).toMatchObject({ avatar: undefined });
});

test.each([
  ['another algorithm', elementToken({ matrix, header: { alg: 'RS256' } })],
  ['no algorithm', elementToken({ matrix, header: { alg: 'none' } })],
  ['no room', elementToken({ matrix: { ...matrix, room_id: undefined } })],
  ['a room of another form', elementToken({ matrix: { ...matrix, room_id: 'room' } })],
  ['a room that is too long', elementToken({ matrix: { ...matrix, room_id: `!${'x'.repeat(255)}` } })],
  ['no OpenID token', elementToken({ matrix: { ...matrix, token: undefined } })],
  ['an empty OpenID token', elementToken({ matrix: { ...matrix, token: '' } })],
  ['an OpenID token that would change the request', elementToken({ matrix: { ...matrix, token: 'a&b=c' } })],
  ['a very long OpenID token', elementToken({ matrix: { ...matrix, token: 'a'.repeat(513) } })],
  ['a server that is none', elementToken({ matrix: { ...matrix, server_name: 'example.org/../x' } })],
  ['a server that is no text', elementToken({ matrix: { ...matrix, server_name: 7 } })],
  ['an issuer that is no text', elementToken({ matrix, claims: { iss: ['x'] } })],
  ['a list in its place', elementToken({ matrix: [matrix] })],
])('one with %s is malformed', (_what, token) => {
  expect(readMatrixToken(token)).toBe('malformed');
});

test.each([
  ['', 'x', 'a.b', 'a.b.c.d'],
  [elementToken({ matrix: undefined })],
  [elementToken({ matrix }).slice(0, -60)],
  [`${elementToken({ matrix })}${'x'.repeat(8192)}`],
])('what says nothing of Matrix is for others', (...tokens) => {
  for (const token of tokens) expect(readMatrixToken(token)).toBe('other');
});

test('prototype keys are claims like others', () => {
  const body = '{"__proto__":{"context":{"matrix":{}}},"constructor":1}';
  expect(readMatrixToken(`e30.${Buffer.from(body).toString('base64url')}.x`)).toBe('other');
});

test('nothing makes it throw', () => {
  fc.assert(
    fc.property(fc.json(), fc.json(), (head, body) => {
      const part = (text: string): string => Buffer.from(text).toString('base64url');
      expect(['other', 'malformed']).toContain(readMatrixToken(`${part(head)}.${part(body)}.x`));
    }),
  );
  fc.assert(fc.property(fc.string(), (token) => readMatrixToken(token) === 'other'));
});
