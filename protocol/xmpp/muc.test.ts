import { expect, test } from 'vitest';
import { xml } from './element.ts';
import { leavePresence, MUC_STATUS, NS_MUC_USER, readMucUser } from './muc.ts';

test('what a room says about an occupant', () => {
  const x = xml(
    'x',
    { xmlns: NS_MUC_USER },
    xml('item', { affiliation: 'owner', role: 'moderator', jid: 'ann@meet.example/1' }),
    xml('status', { code: 100 }),
    xml('status', { code: 110 }),
  );
  const user = readMucUser(xml('presence', {}, x));
  expect(user).toMatchObject({ affiliation: 'owner', role: 'moderator', jid: 'ann@meet.example/1' });
  expect(user?.statusCodes.has(MUC_STATUS.self)).toBe(true);
});

test('words that XEP-0045 does not know count as none', () => {
  const item = xml('item', { affiliation: 'emperor', role: 'god' });
  expect(readMucUser(xml('presence', {}, xml('x', { xmlns: NS_MUC_USER }, item)))).toMatchObject({
    affiliation: 'none',
    role: 'none',
  });
});

test('a presence without an item says nothing', () => {
  expect(readMucUser(xml('presence'))).toBeUndefined();
  expect(readMucUser(xml('presence', {}, xml('x', { xmlns: NS_MUC_USER })))).toBeUndefined();
});

test('leaving is an unavailable presence to the own occupant', () => {
  expect(leavePresence('a@b/c', 'room@muc/nick').attrs).toMatchObject({ type: 'unavailable', to: 'room@muc/nick' });
});
