import { expect, test } from 'vitest';
import { GUEST } from '../identity/identity.ts';
import { Bans, type Traits } from './bans.ts';

const guest = (machineUid?: string): Traits => ({ identity: GUEST, machineUid });

test('a guest is recognised by its browser, until the ban is lifted', () => {
  const bans = new Bans();
  bans.add('b@meet.example', guest('browser-b'), guest('browser-a'));
  expect([bans.recognise(guest('browser-b')), bans.recognise(guest('browser-c'))]).toEqual([true, false]);
  bans.lift('b@meet.example');
  expect(bans.recognise(guest('browser-b'))).toBe(false);
});

test('those of whom nothing is known are not taken for one another', () => {
  const bans = new Bans();
  bans.add('b@meet.example', guest(), guest('browser-a'));
  bans.add('c@meet.example', guest(''), guest('browser-a'));
  expect([bans.recognise(guest()), bans.recognise(guest(''))]).toEqual([false, false]);
});

test('who bans somebody at the same browser does not ban itself', () => {
  const bans = new Bans();
  bans.add('b@meet.example', guest('shared'), guest('shared'));
  expect(bans.recognise(guest('shared'))).toBe(false);
});
