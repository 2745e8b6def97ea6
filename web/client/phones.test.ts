import { expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { callReference, decodeDial, dialOf, isHangup } from '#protocol/xmpp/rayo.ts';
import { hostPinAnswer, readHostPinRequest } from '#protocol/xmpp/telephone-host.ts';
import { Phones } from './phones.ts';

const ROOM = 'standup@muc.meet.example';
const MODERATOR = { isModerator: true };
const GUEST = { isModerator: false };

function phones({ token, password, answer = xml('iq') }: { token?: string; password?: string; answer?: XmlElement }) {
  const asked: { nick: string; iq: XmlElement }[] = [];
  const control = new Phones({
    token: () => token,
    room: () => ROOM,
    password: () => password,
    ask: (type, nick, content) => {
      asked.push({ nick, iq: xml('iq', { type }, content) });
      return Promise.resolve(answer);
    },
  });
  return { control, asked };
}

const tokenOf = (features: object): string =>
  `x.${Buffer.from(JSON.stringify({ context: { features } })).toString('base64url')}.x`;

test('a token says who may have telephones called, else moderators may', () => {
  const may = (token?: string) => {
    const { control } = phones(token === undefined ? {} : { token });
    return [control.mayCall(MODERATOR), control.mayCall(GUEST)];
  };
  expect(may()).toEqual([true, false]);
  expect(may(tokenOf({ recording: true }))).toEqual([true, false]);
  expect(may(tokenOf({ 'outbound-call': true }))).toEqual([true, true]);
  expect(may(tokenOf({ 'outbound-call': false }))).toEqual([false, false]);
});

test('the focus is asked to call, with the password of the room, and the call is one’s own', async () => {
  const { control, asked } = phones({ password: '2468', answer: xml('iq', {}, callReference(`${ROOM}/cafe0001`)) });
  await control.call('+302101234567');
  expect(asked.map(({ nick }) => nick)).toEqual(['focus']);
  const dial = decodeDial(dialOf(asked[0]?.iq ?? expect.fail('nothing asked')) ?? expect.fail('no dial'));
  expect(dial.to).toBe('+302101234567');
  expect([...dial.headers]).toEqual([
    ['JvbRoomName', ROOM],
    ['JvbRoomPassword', '2468'],
  ]);
  expect(control.isOwn('cafe0001')).toBe(true);
  expect(control.isOwn('cafe0002')).toBe(false);
});

test.each([xml('iq'), xml('iq', {}, callReference('other@muc.meet.example/cafe0001'))])(
  'an answer that names no call of this room makes none one’s own: %j',
  async (answer) => {
    const { control } = phones({ answer });
    await control.call('+302101234567');
    expect(control.isOwn('cafe0001')).toBe(false);
  },
);

test('a call is ended at the telephone itself', async () => {
  const { control, asked } = phones({});
  await control.hangUp('cafe0001');
  expect(asked.map(({ nick, iq }) => [nick, isHangup(iq)])).toEqual([['cafe0001', true]]);
});

test('a moderator is told the host PIN by the focus', async () => {
  const { control, asked } = phones({ answer: xml('iq', {}, hostPinAnswer('1234567890')) });
  expect(await control.hostPin()).toBe('1234567890');
  expect(asked.map(({ nick, iq }) => [nick, readHostPinRequest(iq)])).toEqual([['focus', { room: undefined }]]);
  await expect(phones({}).control.hostPin()).rejects.toThrow('no PIN');
});
