import { expect, test } from 'vitest';
import { xml } from './element.ts';
import { encodeMuteRequest, readMuteRequest, type MuteKind } from './mute.ts';

test.each<[MuteKind, string]>([
  ['audio', 'http://jitsi.org/jitmeet/audio'],
  ['video', 'http://jitsi.org/jitmeet/video'],
  ['desktop', 'http://jitsi.org/jitmeet/desktop'],
])('a request to mute %s is known by its namespace', (kind, namespace) => {
  const request = { kind, isMuted: true, target: 'room@muc/ann' };
  const element = encodeMuteRequest(request);
  expect(element.attrs).toEqual({ xmlns: namespace, jid: 'room@muc/ann' });
  expect(readMuteRequest(xml('iq', {}, element))).toEqual(request);
});

test('whatever is not true unmutes, which is the harmless reading', () => {
  const element = xml('mute', { xmlns: 'http://jitsi.org/jitmeet/audio' }, 'yes');
  expect(readMuteRequest(xml('iq', {}, element))?.isMuted).toBe(false);
});

test('other requests are none', () => {
  expect(readMuteRequest(xml('iq', {}, xml('mute', { xmlns: 'x' }, 'true')))).toBeUndefined();
});
