import { expect, test } from 'vitest';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { readFrameHeight, writeFrameHeight } from './frame-height.ts';

const SESSION = { sid: 's1', initiator: 'room@muc.x/a0a0a0a0' };
const written = (maxHeight: number) =>
  serializeXml(writeFrameHeight(SESSION, { sourceName: 'b0b0b0b0-v0', maxHeight }));

test.each([0, 180, 720])('%i lines are asked for of one source only', (maxHeight) => {
  const jingle = parseXml(written(maxHeight));
  expect(readFrameHeight(jingle, 'b0b0b0b0-v0')).toBe(maxHeight);
  expect(readFrameHeight(jingle, 'b0b0b0b0-v1')).toBeUndefined();
});

test.each(['-1', '1e3', '', '99999', 'x'])('“%s” lines mean nothing', (value) => {
  const jingle = parseXml(written(180).replace('"180"', `"${value}"`));
  expect(readFrameHeight(jingle, 'b0b0b0b0-v0')).toBeUndefined();
});

test('a peer that wants no pictures at all is sent none', () => {
  expect(readFrameHeight(parseXml(written(180).replace('"both"', '"none"')), 'b0b0b0b0-v0')).toBe(0);
});
