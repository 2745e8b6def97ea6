import { expect, test } from 'vitest';
import { xml } from './element.ts';
import { NS_MUC } from './muc.ts';
import {
  hostMark,
  hostPinAnswer,
  hostPinRequest,
  isHostJoin,
  readHostPin,
  readHostPinRequest,
} from './telephone-host.ts';

test('the mark counts in the part of a presence that enters the room, and nowhere else', () => {
  expect(isHostJoin(xml('presence', {}, xml('x', { xmlns: NS_MUC }, hostMark)))).toBe(true);
  expect(isHostJoin(xml('presence', {}, xml('x', { xmlns: NS_MUC }), hostMark))).toBe(false);
  expect(isHostJoin(xml('presence', {}, hostMark))).toBe(false);
  const ofOthers = xml('host', { xmlns: 'urn:example' });
  expect(isHostJoin(xml('presence', {}, xml('x', { xmlns: NS_MUC }, ofOthers)))).toBe(false);
});

test('the question for the PIN, of people and of the focus', () => {
  const asked = (room?: string) => readHostPinRequest(xml('iq', { type: 'get' }, hostPinRequest(room)));
  expect(asked()).toEqual({ room: undefined });
  expect(asked('standup@muc.meet.example')).toEqual({ room: 'standup@muc.meet.example' });
  expect(readHostPinRequest(xml('iq', { type: 'set' }, hostPinRequest()))).toBeUndefined();
  expect(readHostPinRequest(xml('iq', { type: 'get' }))).toBeUndefined();
});

test.each([
  ['1234567890', '1234567890'],
  ['123456789', '123456789'],
  ['12345', undefined],
  ['12345678901', undefined],
  ['', undefined],
  ['<b>', undefined],
])('an answer of %j is the PIN %s', (said, pin) => {
  expect(readHostPin(xml('iq', { type: 'result' }, hostPinAnswer(said)))).toBe(pin);
});

test('an answer without one is none', () => {
  expect(readHostPin(xml('iq', { type: 'result' }))).toBeUndefined();
});
