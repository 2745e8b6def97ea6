import { expect, test } from 'vitest';
import { xml } from './element.ts';
import { matrixIdentityElement, readMatrixId } from './matrix-identity.ts';

const presence = (...children: Parameters<typeof xml>[2][]) => xml('presence', {}, ...children);

test('a Matrix user id is read as it was written', () => {
  for (const id of ['@ann:example.org', '@a=2fb/c+d:[2001:db8::1]:8448', '@:example.org']) {
    expect(readMatrixId(presence(xml('identity', {}, matrixIdentityElement(id))))).toBe(id);
  }
});

test('nothing else is taken for one', () => {
  const user = xml('user', {}, xml('id', {}, '@ann:example.org'));
  expect(readMatrixId(presence(xml('identity', {}, user)))).toBeUndefined();
  expect(readMatrixId(presence(matrixIdentityElement('@ann:example.org')))).toBeUndefined();
  expect(readMatrixId(presence(xml('identity', {}, xml('matrix', { id: '@ann:example.org' }))))).toBeUndefined();
  for (const id of ['ann:example.org', '@ann', '@ann:', '@a\u202ern:example.org', `@${'a'.repeat(250)}:b.org`]) {
    expect(readMatrixId(presence(xml('identity', {}, matrixIdentityElement(id)))), id).toBeUndefined();
  }
});
