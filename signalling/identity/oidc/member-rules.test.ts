import { describe, expect, test } from 'vitest';
import { memberOf, type MemberRules } from './member-rules.ts';

const RULES: MemberRules = { groupsClaim: 'groups', memberGroups: [], moderatorGroups: [], featureGroups: [] };
const rules = (changes: Partial<MemberRules>): MemberRules => ({ ...RULES, ...changes });

describe('who may log in', () => {
  test.each([
    [{ groups: ['choir'] }, {}, true],
    [{}, { memberGroups: ['choir'] }, false],
    [{ groups: 'choir' }, { memberGroups: ['choir'] }, true],
    [{ groups: ['tenors', 'choir'] }, { memberGroups: ['board', 'choir'] }, true],
    [{ groups: [['choir'], { choir: true }, 7] }, { memberGroups: ['choir', '7'] }, false],
    [{ realm_access: { roles: ['choir'] } }, { memberGroups: ['choir'], groupsClaim: 'realm_access.roles' }, true],
    [
      { 'https://x.example/groups': ['choir'] },
      { memberGroups: ['choir'], groupsClaim: 'https://x.example/groups' },
      true,
    ],
    [{}, { memberGroups: ['Object'], groupsClaim: 'constructor.name' }, false],
    [{ groups: null }, { memberGroups: ['choir'], groupsClaim: 'groups.x' }, false],
  ])('%j under %j: %s', (claims, changes, isMember) => {
    expect(memberOf(claims, 'id-1', rules(changes)) !== undefined).toBe(isMember);
  });
});

describe('what they may do', () => {
  test('the groups decide who moderates, or nothing does', () => {
    expect(memberOf({ groups: ['board'] }, '1', rules({ moderatorGroups: ['board'] }))?.isModerator).toBe(true);
    expect(memberOf({ groups: ['choir'] }, '1', rules({ moderatorGroups: ['board'] }))?.isModerator).toBe(false);
    expect(memberOf({ groups: ['board'] }, '1', RULES)?.isModerator).toBeUndefined();
  });

  test('a feature is for whoever is in one of its groups', () => {
    const featureGroups = ['recording:board', 'recording:staff', 'livestreaming:press'];
    expect(memberOf({ groups: ['board'] }, '1', rules({ featureGroups }))?.features).toEqual({
      recording: true,
      livestreaming: false,
    });
    expect(memberOf({ groups: ['board'] }, '1', RULES)?.features).toBeUndefined();
  });
});

test.each([
  [
    { name: 'Ann', email: 'ann@x.example' },
    { name: 'Ann', email: 'ann@x.example' },
  ],
  [{ name: '', preferred_username: 'ann' }, { name: 'ann' }],
  [{ email: 'ann@x.example', email_verified: false }, { name: 'ann@x.example' }],
  [{ name: 7, picture: 'javascript:alert(1)' }, {}],
  [{ picture: 'https://x.example/ann.png' }, { avatar: 'https://x.example/ann.png' }],
  [{ name: 'x'.repeat(600) }, {}],
])('of %j others see %j', (claims, person) => {
  expect(memberOf(claims, 'id-1', RULES)?.person).toEqual({ id: 'id-1', ...person });
});
