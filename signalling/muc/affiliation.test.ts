import { expect, test } from 'vitest';
import { isAffiliation, mayChangeAffiliation, mayKick, roleOf, type Affiliation } from './affiliation.ts';

test('owners and admins moderate, others take part', () => {
  const roles = (['owner', 'admin', 'member', 'none'] as const).map(roleOf);
  expect(roles).toEqual(['moderator', 'moderator', 'participant', 'participant']);
});

test.each<[Affiliation, Affiliation, boolean]>([
  ['owner', 'owner', true],
  ['owner', 'none', true],
  ['admin', 'owner', false],
  ['admin', 'member', true],
  ['none', 'none', false],
])('%s kicks %s: %s', (actor, victim, may) => {
  expect(mayKick({ affiliation: actor, role: roleOf(actor) }, { affiliation: victim })).toBe(may);
});

test.each<[Affiliation, Affiliation, Affiliation, boolean]>([
  ['owner', 'owner', 'none', true],
  ['admin', 'none', 'member', true],
  ['admin', 'none', 'admin', false],
  ['admin', 'owner', 'none', false],
  ['member', 'none', 'outcast', false],
  ['none', 'none', 'owner', false],
])('%s turns %s into %s: %s', (actor, from, to, may) => {
  expect(mayChangeAffiliation(actor, from, to)).toBe(may);
});

test('names of other things are no affiliations', () => {
  expect(['owner', 'king', 'toString', undefined].map(isAffiliation)).toEqual([true, false, false, false]);
});
