import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MediaKind, ReceivedSource, Source } from '../media/source.ts';
import { DecodeError } from './decode-error.ts';
import { text, xml, type XmlElement } from './element.ts';
import { decodeJingle, encodeJingle, NS_JINGLE, type Jingle, type JingleContent } from './jingle.ts';
import { sourceDescription, type DescribedSources } from './jingle-rtp.ts';
import {
  decodeReceivedSources,
  decodeSentSources,
  describeReceivedSources,
  describeSentSources,
  ownedReceivedSources,
} from './jingle-sources.ts';
import { decodeJsonSources, encodeJsonSources } from './json-sources.ts';

/** `<stream> <track>` of what an msid may consist of. */
const token = fc.string({ unit: fc.constantFrom(...'abcxyz-/.:0123'.split('')), minLength: 1, maxLength: 20 });
const msid = fc.tuple(token, token).map((parts) => parts.join(' '));

test('no JSON makes the decoder of JSON sources throw anything but DecodeError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc.json().map((value) => `{"sources":{"1f0c9a7e":${value}}}`),
      ),
      (json) => {
        try {
          const decoded = decodeJsonSources(xml('json-message', {}, json));
          expect(decoded === undefined || Array.isArray(decoded)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      },
    ),
  );
});

const sentSource: fc.Arbitrary<Source> = fc
  .record({ index: fc.nat(9), video: fc.boolean(), msid, first: fc.integer({ min: 1, max: 4_000_000 }) })
  .map(({ index, video, msid: id, first }) => {
    const base = first * 1_000 + index * 10;
    return video
      ? {
          name: `1f0c9a7e-v${index}`,
          owner: '1f0c9a7e',
          kind: 'video' as const,
          videoType: 'camera' as const,
          msid: id,
          ssrcs: [base, base + 1, base + 2, base + 3],
          groups: [
            { semantics: 'SIM' as const, ssrcs: [base, base + 1] },
            { semantics: 'FID' as const, ssrcs: [base, base + 2] },
            { semantics: 'FID' as const, ssrcs: [base + 1, base + 3] },
          ],
        }
      : { name: `1f0c9a7e-a${index}`, owner: '1f0c9a7e', kind: 'audio' as const, msid: id, ssrcs: [base], groups: [] };
  });
const sentSources = fc.uniqueArray(sentSource, { maxLength: 5, selector: ({ name }) => name.slice(-1) });

function byName(sources: readonly Source[]): readonly Source[] {
  return sources.toSorted((a, b) => a.name.localeCompare(b.name));
}

function contentOf(media: MediaKind, sources: DescribedSources): JingleContent {
  return { creator: 'initiator', name: media, description: sourceDescription(media, sources) };
}

test("a client's own sources survive the way through source-add", () => {
  fc.assert(
    fc.property(sentSources, (sources) => {
      fc.pre(new Set(sources.flatMap(({ ssrcs }) => ssrcs)).size === sources.flatMap(({ ssrcs }) => ssrcs).length);
      const message: Jingle = {
        action: 'source-add',
        sid: 's',
        contents: (['audio', 'video'] as const).map((kind) => contentOf(kind, describeSentSources(sources, kind))),
      };
      const decoded = decodeJingle(encodeJingle(message));
      if (decoded.action !== 'source-add') throw new Error('another action came back');
      expect(byName(decodeSentSources(decoded, '1f0c9a7e'))).toEqual(byName(sources));
    }),
  );
});

const camera: ReceivedSource = {
  name: 'b27de114-v0',
  owner: 'b27de114',
  kind: 'video',
  msid: 'b27de114-video-0-1 455f-1',
  ssrc: 2_700_100_481,
  rtxSsrc: 2_700_100_482,
};
const screen: ReceivedSource = {
  name: 'b27de114-v1',
  owner: 'b27de114',
  kind: 'video',
  videoType: 'desktop',
  msid: 'screen 7',
  ssrc: 2_700_100_483,
  rtxSsrc: 2_700_100_484,
};
const microphone: ReceivedSource = {
  name: 'b27de114-a0',
  owner: 'b27de114',
  kind: 'audio',
  msid: 'b27de114-audio-0-1 0d9e-1',
  ssrc: 1_814_200_177,
};

test('what a receiver is offered is the same in XML and in JSON', () => {
  const offered = [microphone, camera, screen];
  const inXml = {
    contents: (['audio', 'video'] as const).map((kind) => contentOf(kind, describeReceivedSources(offered, kind))),
  };
  const inJson = { contents: [], jsonSources: ownedReceivedSources(offered) };
  expect(decodeReceivedSources(inXml)).toEqual(offered);
  expect(decodeReceivedSources(inJson)).toEqual(offered);
});

test('the JSON form is the one that Jitsi clients read', () => {
  const element = encodeJsonSources(ownedReceivedSources([microphone, camera]));
  expect(element.attrs['xmlns']).toBe('http://jitsi.org/jitmeet');
  expect(JSON.parse(text(element))).toEqual({
    sources: {
      b27de114: [
        [
          { s: '2700100481', n: 'b27de114-v0', m: 'b27de114-video-0-1 455f-1' },
          { s: '2700100482', n: 'b27de114-v0', m: 'b27de114-video-0-1 455f-1' },
        ],
        [['f', '2700100481', '2700100482']],
        [{ s: '1814200177', n: 'b27de114-a0', m: 'b27de114-audio-0-1 0d9e-1' }],
      ],
    },
  });
});

test('SSRCs in JSON may be numbers', () => {
  const json = '{"sources":{"b27de114":[[],[],[{"s":7,"n":"b27de114-a0","m":"a b"}]]}}';
  expect(decodeJsonSources(xml('json-message', {}, json))?.[0]?.audio.ssrcs[0]?.ssrc).toBe(7);
});

test('a json-message about something else carries no sources', () => {
  expect(decodeJsonSources(xml('json-message', {}, '{"type":"lobby-notify"}'))).toBeUndefined();
});

function sourceAdd(...sources: readonly XmlElement[]): XmlElement {
  return xml(
    'jingle',
    { xmlns: NS_JINGLE, action: 'source-add', sid: 's' },
    xml(
      'content',
      { name: 'audio' },
      xml('description', { xmlns: 'urn:xmpp:jingle:apps:rtp:1', media: 'audio' }, sources),
    ),
  );
}

function sourceElement(attributes: Record<string, string>, msidValue = 'stream track'): XmlElement {
  return xml(
    'source',
    { xmlns: 'urn:xmpp:jingle:apps:rtp:ssma:0', ...attributes },
    xml('parameter', { name: 'msid', value: msidValue }),
  );
}

test.each([
  ['SSRC 0', sourceElement({ ssrc: '0', name: '1f0c9a7e-a0' })],
  ['an SSRC of 33 bits', sourceElement({ ssrc: '4294967296', name: '1f0c9a7e-a0' })],
  ['a negative SSRC', sourceElement({ ssrc: '-5', name: '1f0c9a7e-a0' })],
  ['no SSRC', sourceElement({ name: '1f0c9a7e-a0' })],
  ['a name with a space', sourceElement({ ssrc: '1', name: 'a b' })],
  ['an msid with a line end', sourceElement({ ssrc: '1', name: '1f0c9a7e-a0' }, 'stream track\r\na=x')],
])('a source with %s is refused', (_what, element) => {
  expect(() => decodeJingle(sourceAdd(element))).toThrow(DecodeError);
});

test.each([
  ['an SSRC without a name', [sourceElement({ ssrc: '1' })]],
  [
    'one SSRC twice',
    [sourceElement({ ssrc: '1', name: '1f0c9a7e-a0' }), sourceElement({ ssrc: '1', name: '1f0c9a7e-a0' })],
  ],
  [
    'two msids under one name',
    [sourceElement({ ssrc: '1', name: '1f0c9a7e-a0' }), sourceElement({ ssrc: '2', name: '1f0c9a7e-a0' }, 'other one')],
  ],
  [
    'a group over an SSRC that is not described',
    [
      sourceElement({ ssrc: '1', name: '1f0c9a7e-a0' }),
      xml(
        'ssrc-group',
        { xmlns: 'urn:xmpp:jingle:apps:rtp:ssma:0', semantics: 'FID' },
        xml('source', { ssrc: '1' }),
        xml('source', { ssrc: '2' }),
      ),
    ],
  ],
])('%s is refused as a sent source', (_what, elements) => {
  const decoded = decodeJingle(sourceAdd(...elements));
  if (!('contents' in decoded)) throw new Error('no contents');
  expect(() => decodeSentSources(decoded, '1f0c9a7e')).toThrow(DecodeError);
});
