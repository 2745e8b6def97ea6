import { describe, expect, test } from 'vitest';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import {
  identityElement,
  judgeEntry,
  matrixStatus,
  mayOpen,
  moderationOf,
  tokenFeature,
  type AccessRules,
} from './access-rules.ts';
import { GUEST, isSameIdentity, mayTakeOver, type Identity } from './identity.ts';
import type { RoomToken } from './jwt/room-token.ts';
import { nodeOfRoom } from './matrix/room-binding.ts';

const rules = (changes: Partial<AccessRules> = {}): AccessRules => ({
  policy: 'open',
  matrix: undefined,
  doMembersModerate: true,
  hosts: { domain: 'meet.example', muc: 'muc.meet.example' },
  isTenantChecked: false,
  clockSkewSeconds: 10,
  ...changes,
});

function holder(changes: Partial<RoomToken> = {}): Identity {
  const token: RoomToken = {
    room: 'standup',
    tenant: undefined,
    subject: 'ann',
    person: {},
    group: undefined,
    isHiddenFromRecorder: false,
    isModerator: undefined,
    features: undefined,
    expiresAtSeconds: 1_000,
    ...changes,
  };
  return { kind: 'token', token };
}

const ann: Identity = { kind: 'account', username: 'ann' };
const room = (name: string): string => (name.includes('@') ? name : `${name}@muc.meet.example`);

describe('into which rooms', () => {
  const judge = (identity: Identity, node: string, changes: Partial<AccessRules> = {}, nowSeconds = 900) =>
    judgeEntry(identity, room(node), rules(changes), nowSeconds)?.text;

  test('guests and accounts come: any', () => {
    expect(judgeEntry(GUEST, room('standup'), rules({ policy: 'wait' }), 0)).toBeUndefined();
    expect(judgeEntry(ann, room('standup'), rules({ policy: 'members' }), 0)).toBeUndefined();
  });

  test('guests come where only members may: none', () => {
    const refusal = judgeEntry(GUEST, room('standup'), rules({ policy: 'members' }), 0);
    expect(refusal?.condition).toBe('not-allowed');
    expect(refusal?.details?.map(({ name }) => name)).toEqual(['authentication-required']);
  });

  test.each([
    ['standup', 'standup'],
    ['*', 'anything'],
    ['stand up', 'stand%20up'],
    ['stand%20up', 'stand%20up'],
    ['ελλάδα', '%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1'],
    ['standup', 'standup@muc.acme.meet.example'],
  ])('a token for %s comes: %s', (claim, node) => {
    expect(judge(holder({ room: claim }), node)).toBeUndefined();
  });

  test.each([
    ['standup', 'standup2'],
    ['standup', '*'],
    ['', 'standup'],
    ['%', 'standup'],
  ])('a token for “%s” does not come: %s', (claim, node) => {
    expect(judge(holder({ room: claim }), node)).toBe('Room and token mismatched');
  });

  test('a token that has run out since comes: none', () => {
    expect(judge(holder(), 'standup', {}, 1_009)).toBeUndefined();
    expect(judge(holder(), 'standup', {}, 1_010)).toBe('Not acceptable by exp');
  });

  test.each([
    ['acme', 'standup@muc.acme.meet.example', undefined],
    ['acme.corp', 'standup@muc.acme_corp.meet.example', undefined],
    ['acme', 'standup@muc.other.meet.example', 'Room and token mismatched'],
    ['acme', '[acme]standup', 'Room and token mismatched'],
    ['meet.example', 'standup@muc.acme.meet.example', 'Room and token mismatched'],
    ['acme', 'standup', 'Room and token mismatched'],
    ['meet.example', 'standup', undefined],
    ['*', 'standup@muc.other.meet.example', undefined],
    [undefined, 'standup', 'Room and token mismatched'],
  ])('where tenants are checked, a token of %s into %s: %s', (tenant, node, expected) => {
    expect(judge(holder({ tenant }), node, { isTenantChecked: true })).toBe(expected);
  });
});

test.each<[string, Identity, Partial<AccessRules>, string]>([
  ['a guest where everybody may enter', GUEST, {}, 'elected'],
  ['a guest where guests wait', GUEST, { policy: 'wait' }, 'never'],
  ['an account', ann, { policy: 'wait' }, 'always'],
  ['an account where members do not moderate', ann, { doMembersModerate: false }, 'elected'],
  ['a token that says yes', holder({ isModerator: true }), { doMembersModerate: false }, 'always'],
  ['a token that says no', holder({ isModerator: false }), {}, 'never'],
  ['a token that says nothing', holder(), {}, 'always'],
])('%s moderates: %o', (_who, identity, changes, expected) => {
  expect(moderationOf(identity, room('standup'), rules(changes))).toBe(expected);
});

describe('in the conference of a Matrix room', () => {
  const node = nodeOfRoom('!a:example.org');
  const verified = holder({
    room: node,
    isModerator: false,
    matrix: { userId: '@ann:example.org', roomId: '!a:example.org' },
  });
  const matrix = (guests: 'deny' | 'lobby' | 'allow') => rules({ matrix: { guests, decidesRoles: true } });

  test.each<[string, Identity, string]>([
    ['whom a homeserver vouches for', verified, 'verified'],
    ['with a token of another kind', holder({ room: '*', isModerator: true }), 'guest'],
    ['with an account', ann, 'guest'],
    ['who shows nothing', GUEST, 'guest'],
  ])('somebody %s', (_who, identity, expected) => {
    expect(matrixStatus(identity, room(node), matrix('lobby'))).toBe(expected);
    expect(matrixStatus(identity, room('standup'), matrix('lobby'))).toBeUndefined();
    expect(matrixStatus(identity, room(node), rules())).toBeUndefined();
  });

  test('guests moderate nothing, whatever they are elsewhere', () => {
    for (const identity of [ann, GUEST, holder({ room: '*', isModerator: true })]) {
      expect(moderationOf(identity, room(node), matrix('allow'))).toBe('never');
    }
    expect(moderationOf(ann, room('standup'), matrix('allow'))).toBe('always');
  });

  test('guests open and enter what they may', () => {
    const told = (guests: 'deny' | 'lobby' | 'allow') => judgeEntry(GUEST, room(node), matrix(guests), 0)?.text;
    expect(told('deny')).toBe('Only people of the Matrix room may enter');
    expect([told('lobby'), told('allow')]).toEqual([undefined, undefined]);
    expect(mayOpen(GUEST, room(node), matrix('lobby'))).toBe(false);
    expect(mayOpen(ann, room(node), matrix('lobby'))).toBe(false);
    expect(mayOpen(verified, room(node), matrix('lobby'))).toBe(true);
    expect(mayOpen(GUEST, room(node), matrix('allow'))).toBe(true);
    expect(mayOpen(GUEST, room(node), { ...matrix('allow'), policy: 'wait' })).toBe(false);
  });
});

test('a session is its owner’s, and a guest’s whoever’s who has its id', () => {
  const bob: Identity = { kind: 'account', username: 'bob' };
  expect(mayTakeOver(ann, ann)).toBe(true);
  expect(mayTakeOver(ann, bob)).toBe(false);
  expect(mayTakeOver(ann, GUEST)).toBe(false);
  expect(mayTakeOver(holder(), holder({ expiresAtSeconds: 2_000 }))).toBe(true);
  expect(mayTakeOver(holder(), holder({ subject: 'bob' }))).toBe(false);
  expect(mayTakeOver(holder(), GUEST)).toBe(false);
  expect(mayTakeOver(GUEST, GUEST)).toBe(true);
  expect(mayTakeOver(GUEST, holder())).toBe(true);
  expect(mayTakeOver(GUEST, ann)).toBe(false);
});

test('a renewed token makes nobody somebody else, another name does', () => {
  expect(isSameIdentity(holder(), holder({ expiresAtSeconds: 2_000 }))).toBe(true);
  expect(isSameIdentity(holder(), holder({ person: { name: 'Ann' } }))).toBe(false);
});

test('what a token says of features counts; where it says nothing, others decide', () => {
  const identity = holder({ features: new Map([['recording', true]]) });
  expect(tokenFeature(identity, 'recording')).toBe(true);
  expect(tokenFeature(identity, 'livestreaming')).toBeUndefined();
  expect(tokenFeature(holder(), 'recording')).toBeUndefined();
  expect(tokenFeature(GUEST, 'recording')).toBeUndefined();
});

test('what others see of a token’s holder and of an account', () => {
  const identity = holder({ person: { id: '7', name: 'Ann <b>' }, group: 'staff', isHiddenFromRecorder: true });
  expect(serializeXml(identityElement(identity)!)).toBe(
    '<identity><user><id>7</id><name>Ann &lt;b&gt;</name><hidden-from-recorder>true</hidden-from-recorder></user>' +
      '<group>staff</group></identity>',
  );
  expect(serializeXml(identityElement(ann)!)).toBe('<identity><user><id>ann</id><name>ann</name></user></identity>');
  expect(identityElement(GUEST)).toBeUndefined();
});
