import { describe, expect, test } from 'vitest';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { sipRequest, uriOf } from '../../test/support/sip/messages.ts';
import { sipConfig } from '../config.ts';
import { targetOfCall } from './call-target.ts';

const hosts = xmppHosts('meet.example');

function targetOf(
  called: string,
  options: { trunk?: object; numbers?: object[]; headers?: Record<string, string> } = {},
) {
  const { trunk = {}, numbers = [], headers = {} } = options;
  const config = sipConfig.parse({ language: 'en', numbers, trunks: [{ name: 'trunk', ...trunk }] });
  const others = Object.entries(headers).map(([name, value]) => ({ name, value }));
  const request = sipRequest('INVITE', { uri: uriOf(called, 'gateway.example'), others });
  return targetOfCall(request, config.trunks[0] ?? expect.fail('no trunk'), config, hosts);
}

const NUMBER = { number: '+30 210 123 4567', country: 'GR', language: 'el' };

test('a number that leads nowhere by itself asks for the PIN, in its language', () => {
  expect(targetOf('+302101234567', { numbers: [NUMBER] })).toEqual({
    room: undefined,
    password: undefined,
    language: 'el',
  });
});

test.each(['+302101234567', '302101234567', '00302101234567'])('%s is the number that has a room', (called) => {
  const numbers = [{ ...NUMBER, room: 'acme/Standup' }];
  expect(targetOf(called, { numbers }).room).toBe('standup@muc.acme.meet.example');
});

test('a number’s language goes before the trunk’s, and that before the gateway’s', () => {
  expect(targetOf('1', { trunk: { language: 'el' } }).language).toBe('el');
  expect(targetOf('1').language).toBe('en');
});

test('a trunk’s room is for calls that nothing else leads anywhere', () => {
  const trunk = { defaultRoom: 'reception' };
  expect(targetOf('999', { trunk }).room).toBe('reception@muc.meet.example');
  expect(targetOf('+302101234567', { trunk, numbers: [NUMBER] }).room).toBeUndefined();
});

test('a name that is called is a room only where the trunk may, and a number never is', () => {
  expect(targetOf('standup').room).toBeUndefined();
  expect(targetOf('standup', { trunk: { roomFromUser: true } }).room).toBe('standup@muc.meet.example');
  expect(targetOf('123456', { trunk: { roomFromUser: true } }).room).toBeUndefined();
});

describe('the header that names a room', () => {
  const headers = {
    'jitsi-conference-room': 'standup@conference.elsewhere.example',
    'jitsi-conference-room-pass': '2468',
  };

  test('is believed of a trunk that is trusted, with its password', () => {
    expect(targetOf('1', { trunk: { trustHeaders: true }, headers })).toMatchObject({
      room: 'standup@muc.meet.example',
      password: '2468',
    });
  });

  test('is ignored of any other', () => {
    expect(targetOf('1', { headers })).toMatchObject({ room: undefined, password: undefined });
  });

  test.each(['', '@', 'a b@c d@e', 'x'.repeat(2_000), '../../etc', 'standup@muc.acme.meet.example'])(
    'that says %j throws nothing and leads to a room of ours or none',
    (value) => {
      const { room } = targetOf('1', { trunk: { trustHeaders: true }, headers: { 'jitsi-conference-room': value } });
      expect(room === undefined || room.endsWith('.meet.example')).toBe(true);
    },
  );
});
