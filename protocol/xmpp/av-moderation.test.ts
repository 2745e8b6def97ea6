import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  decodeAvModerationNotice,
  encodeAvModerationRequest,
  readAvModerationRequest,
  type AvModerationNotice,
  type AvModerationRequest,
} from './av-moderation.ts';
import { DecodeError } from './decode-error.ts';
import { xml } from './element.ts';
import { componentMessage, jsonMessageElement } from './json-message.ts';

const ROOM = 'standup@muc.meet.example';

test.each<AvModerationRequest>([
  { kind: 'switch', mediaType: 'audio', isOn: true },
  { kind: 'switch', mediaType: 'desktop', isOn: false },
  { kind: 'approve', mediaType: 'video', target: `${ROOM}/1f0c9a7e` },
  { kind: 'reject', mediaType: 'audio', target: `${ROOM}/1f0c9a7e` },
])('a request survives the wire: %j', (request) => {
  expect(readAvModerationRequest(xml('message', {}, encodeAvModerationRequest(request)))).toEqual(request);
});

test.each([
  {},
  { enable: 'true' },
  { enable: 'true', mediaType: 'smell' },
  { enable: 'maybe', mediaType: 'audio' },
  { mediaType: 'audio' },
])('%j asks for nothing', (attributes) => {
  expect(readAvModerationRequest(xml('message', {}, xml('av_moderation', attributes)))).toBeUndefined();
});

test.each<AvModerationNotice>([
  { type: 'av_moderation', enabled: true, mediaType: 'audio', room: ROOM, actor: `${ROOM}/1f0c9a7e` },
  { type: 'av_moderation', mediaType: 'audio', room: ROOM, whitelists: { audio: [`${ROOM}/b27de114`], video: [] } },
  { type: 'av_moderation', mediaType: 'desktop', approved: true },
])('a notice survives the wire: %j', (notice) => {
  expect(decodeAvModerationNotice(componentMessage('avmoderation.meet.example', notice))).toEqual(notice);
});

test('no text makes the reader throw anything but a DecodeError', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
      const message = xml('message', {}, jsonMessageElement(json));
      try {
        expect(decodeAvModerationNotice(message)?.type).toBe('av_moderation');
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});
