import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xml, type XmlElement } from './element.ts';
import { jsonMessageElement } from './json-message.ts';
import { readStartMutedPolicy, startMutedElement } from './start-muted.ts';
import { serializeXml } from './xml.ts';

const ROOM = 'standup@muc.meet.example';

function metadata(value: unknown): XmlElement {
  const json = JSON.stringify({ type: 'room_metadata', metadata: value });
  return xml('message', { from: 'metadata.meet.example' }, jsonMessageElement(json, ROOM));
}

test.each([
  [{ startMuted: { audio: true, video: false } }, { audio: true, video: false }],
  [
    { startMuted: { video: true }, permissions: {} },
    { audio: false, video: true },
  ],
  [{}, { audio: false, video: false }],
  [{ startMuted: 'yes' }, { audio: false, video: false }],
])('metadata %j means %j', (value, policy) => {
  expect(readStartMutedPolicy(metadata(value))).toEqual({ room: ROOM, policy });
});

test('what is no metadata of a room says nothing, whatever it is', () => {
  expect(readStartMutedPolicy(metadata(null))).toBeUndefined();
  expect(readStartMutedPolicy(xml('message', {}, jsonMessageElement('{"type":"polls"}', ROOM)))).toBeUndefined();
  fc.assert(
    fc.property(fc.string(), (json) => {
      expect(readStartMutedPolicy(xml('message', {}, jsonMessageElement(json, ROOM)))).toBeUndefined();
    }),
  );
});

test('an offer says it as older clients read it', () => {
  expect(serializeXml(startMutedElement({ audio: true, video: false }))).toBe(
    '<startmuted xmlns="http://jitsi.org/jitmeet/start-muted" audio="true" video="false"/>',
  );
});
