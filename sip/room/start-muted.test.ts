import { expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { readStartMuted } from './start-muted.ts';

const HOST = 'metadata.meet.example';

function said(json: string, from = HOST): XmlElement {
  return xml('message', { from }, jsonMessageElement(json, 'standup@muc.meet.example'));
}
const metadata = (value: unknown): string => JSON.stringify({ type: 'room_metadata', metadata: value });

test.each([
  [metadata({ startMuted: { audio: true, video: false } }), true],
  [metadata({ startMuted: { audio: false, video: true } }), false],
  [metadata({ startMuted: { audio: 'true' } }), false],
  [metadata({ startMuted: null }), false],
  [metadata({}), false],
  [JSON.stringify({ type: 'room_metadata' }), false],
])('%s is read as %s', (json, isMuted) => {
  expect(readStartMuted(said(json), HOST)).toBe(isMuted);
});

test.each([
  ['what is no JSON', said('{')],
  ['another message', said(JSON.stringify({ type: 'polls', startMuted: { audio: true } }))],
  ['no object', said('7')],
  ['a message without text', xml('message', { from: HOST })],
  ['somebody else’s', said(metadata({ startMuted: { audio: true } }), 'standup@muc.meet.example/1f0c9a7e')],
  ['one that is too long', said(metadata({ startMuted: { audio: true }, text: 'x'.repeat(300_000) }))],
])('%s says nothing about it', (_what, message) => {
  expect(readStartMuted(message, HOST)).toBeUndefined();
});
