import { expect, test } from 'vitest';
import { tokenFeature } from './token-features.ts';

function tokenOf(claims: unknown): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJl`;
}
const withFeatures = (features: unknown, name = 'Άννα ÿ?>'): string =>
  tokenOf({ context: { user: { name }, features } });

test.each([
  [{ 'outbound-call': true }, true],
  [{ 'outbound-call': 'true' }, true],
  [{ 'outbound-call': false }, false],
  [{ 'outbound-call': 'no' }, false],
  [{ recording: true }, undefined],
  [{}, undefined],
  ['all', undefined],
  [null, undefined],
])('a token with the features %j says %s', (features, said) => {
  expect(tokenFeature(withFeatures(features), 'outbound-call')).toBe(said);
});

test.each([undefined, '', 'x', 'a.b.c', 'a.e30.c', tokenOf(null), tokenOf([]), tokenOf({ context: 7 })])(
  '%j says nothing',
  (token) => {
    expect(tokenFeature(token, 'outbound-call')).toBeUndefined();
  },
);
