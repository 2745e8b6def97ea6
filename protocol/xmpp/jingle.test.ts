import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeaderExtension, IceCandidate, PayloadType } from '../media/rtp.ts';
import type { MediaKind, ReceivedSource, Source, SsrcGroup } from '../media/source.ts';
import { DecodeError } from './decode-error.ts';
import { childElements, isElement, text, xml, type XmlElement } from './element.ts';
import {
  decodeJingle,
  decodeJingleHeader,
  encodeJingle,
  NS_JINGLE,
  type Jingle,
  type JingleContent,
} from './jingle.ts';
import type { IceUdpTransport } from './jingle-ice-udp.ts';
import { sourceDescription, type DescribedSources, type RtpDescription, type SsrcSource } from './jingle-rtp.ts';
import {
  decodeReceivedSources,
  decodeSentSources,
  describeReceivedSources,
  describeSentSources,
  ownedReceivedSources,
} from './jingle-sources.ts';
import { decodeJsonSources, encodeJsonSources } from './json-sources.ts';
import { parseXml, serializeXml } from './xml.ts';

const characters = (alphabet: string, minLength: number, maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet.split('')), minLength, maxLength });
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const ICE = `${LETTERS}ABCXYZ0123456789+/`;

/** Leaves out keys that are undefined, as exactOptionalPropertyTypes wants it. */
function record<T extends object>(
  model: { [K in keyof T]-?: fc.Arbitrary<T[K]> },
  optional: readonly (keyof T)[] = [],
): fc.Arbitrary<T> {
  const required = (Object.keys(model) as (keyof T)[]).filter((key) => !optional.includes(key));
  return fc.record(model, { requiredKeys: required, noNullPrototype: true }) as fc.Arbitrary<T>;
}

const ssrc = fc.integer({ min: 1, max: 0xffff_ffff });
const token = characters(`${LETTERS}-/.:0123`, 1, 20);
const endpoint = characters('0123456789abcdef', 8, 8);
const msid = fc.tuple(token, token).map((parts) => parts.join(' '));
const feedback = record<{ type: string; subtype?: string }>({ type: token, subtype: token }, ['subtype']);
const parameters = fc.dictionary(fc.string({ unit: 'grapheme-ascii', maxLength: 10 }), characters(LETTERS, 0, 10), {
  noNullPrototype: true,
  maxKeys: 5,
});
const ssrcSource = record<SsrcSource>(
  {
    ssrc,
    name: characters(`${LETTERS}-_.09`, 1, 20),
    owner: endpoint,
    msid,
    videoType: fc.constantFrom('camera', 'desktop'),
  },
  ['name', 'owner', 'msid', 'videoType'],
);
const group = record<SsrcGroup>({
  semantics: fc.constantFrom('FID', 'SIM'),
  ssrcs: fc.array(ssrc, { minLength: 1, maxLength: 6 }),
});

function description(media: MediaKind): fc.Arbitrary<RtpDescription> {
  const payloadType = record<PayloadType>(
    {
      kind: fc.constant(media),
      id: fc.integer({ min: 0, max: 127 }),
      name: token,
      clockRate: fc.integer({ min: 1, max: 10_000_000 }),
      channels: fc.integer({ min: 1, max: 8 }),
      parameters,
      feedback: fc.array(feedback, { maxLength: 4 }),
    },
    ['channels'],
  );
  const headerExtension = record<HeaderExtension>({
    kind: fc.constant(media),
    id: fc.integer({ min: 1, max: 255 }),
    uri: token,
  });
  return record<RtpDescription>(
    {
      media: fc.constant(media),
      maxPacketTimeMs: fc.integer({ min: 1, max: 200 }),
      payloadTypes: fc.array(payloadType, { maxLength: 4 }),
      feedback: fc.array(feedback, { maxLength: 2 }),
      headerExtensions: fc.array(headerExtension, { maxLength: 4 }),
      extmapAllowMixed: fc.boolean(),
      rtcpMux: fc.boolean(),
      ssrcs: fc.array(ssrcSource, { maxLength: 6 }),
      groups: fc.array(group, { maxLength: 3 }),
    },
    ['maxPacketTimeMs'],
  );
}

const candidate = fc.constantFrom('udp', 'tcp').chain((protocol) =>
  record<IceCandidate>(
    {
      foundation: characters(ICE, 1, 32),
      component: fc.constant(1),
      protocol: fc.constant(protocol),
      priority: fc.integer({ min: 0, max: 0x7fff_ffff }),
      address: fc.oneof(fc.ipV4(), fc.ipV6()),
      port: fc.integer({ min: 1, max: 65_535 }),
      type: fc.constant('host'),
      tcpType: fc.constant('passive'),
    },
    protocol === 'udp' ? ['tcpType'] : [],
  ).map((value): IceCandidate => {
    const { tcpType, ...rest } = value;
    return protocol === 'tcp' && tcpType !== undefined ? { ...rest, tcpType } : rest;
  }),
);
const transport = record<IceUdpTransport>(
  {
    credentials: record<NonNullable<IceUdpTransport['credentials']>>({
      usernameFragment: characters(ICE, 4, 40),
      password: characters(ICE, 22, 40),
    }),
    fingerprint: record<NonNullable<IceUdpTransport['fingerprint']>>({
      hash: fc.constantFrom('sha-256', 'sha-512'),
      value: fc
        .uint8Array({ minLength: 32, maxLength: 32 })
        .map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')),
      setup: fc.constantFrom('active', 'passive', 'actpass', 'holdconn'),
    }),
    candidates: fc.array(candidate, { maxLength: 5 }),
    webSocketUrls: fc.array(
      token.map((path) => `wss://meet.example/${path}?pwd=a&x=1`),
      { maxLength: 2 },
    ),
    rtcpMux: fc.boolean(),
    iceLite: fc.boolean(),
  },
  ['credentials', 'fingerprint'],
);
const content = record<JingleContent>(
  {
    creator: fc.constantFrom('initiator', 'responder'),
    name: characters(LETTERS, 1, 8),
    senders: fc.constantFrom('initiator', 'responder', 'both', 'none', 'rejected'),
    description: fc.oneof(description('audio'), description('video')),
    transport,
    initialLastN: fc.integer({ min: 0, max: 100 }),
  },
  ['senders', 'description', 'transport', 'initialLastN'],
);
const contents = fc.array(content, { maxLength: 3 });
const jsonDescribed: fc.Arbitrary<readonly SsrcSource[]> = fc.array(
  record<Omit<SsrcSource, 'owner'>>({ ssrc, name: token.map(() => 'a-v0'), msid, videoType: fc.constant('desktop') }, [
    'videoType',
    'msid',
  ]),
  { maxLength: 3 },
);
const jsonSources = fc.uniqueArray(endpoint, { maxLength: 4 }).chain((owners) =>
  fc
    .tuple(
      ...owners.map((owner) =>
        fc.tuple(jsonDescribed, jsonDescribed, fc.array(group, { maxLength: 2 })).map(([video, audio, groups]) => ({
          owner,
          video: { ssrcs: video.map((item) => ({ ...item, owner })), groups },
          audio: { ssrcs: audio.map((item) => ({ ...item, owner })), groups: [] },
        })),
      ),
    )
    // The order in which JavaScript keeps keys: names of digits only first.
    .map((list) => Object.values(Object.fromEntries(list.map((item) => [item.owner, item])))),
);
const sid = characters(LETTERS, 1, 12);
const address = characters(`${LETTERS}@./`, 1, 30);
const bridgeSession = record<NonNullable<Extract<Jingle, { action: 'session-info' }>['bridgeSession']>>(
  { id: token, region: token, restart: fc.boolean(), iceRestart: fc.boolean() },
  ['region'],
);
const base = { sid, initiator: address, responder: address };
const jingle: fc.Arbitrary<Jingle> = fc.oneof(
  record<Extract<Jingle, { action: 'session-initiate' | 'session-accept' }>>(
    {
      action: fc.constantFrom('session-initiate', 'session-accept') as fc.Arbitrary<never>,
      ...base,
      contents,
      group: record<{ semantics: string; contents: readonly string[] }>({
        semantics: fc.constant('BUNDLE'),
        contents: fc.array(characters(LETTERS, 1, 8), { maxLength: 3 }),
      }),
      bridgeSession,
      jsonSources,
    },
    ['initiator', 'responder', 'group', 'bridgeSession', 'jsonSources'],
  ),
  record<Extract<Jingle, { action: 'source-add' | 'source-remove' }>>(
    { action: fc.constantFrom('source-add', 'source-remove'), ...base, contents, jsonSources },
    ['initiator', 'responder', 'jsonSources'],
  ),
  record<Extract<Jingle, { action: 'transport-info' }>>({ action: fc.constant('transport-info'), ...base, contents }, [
    'initiator',
    'responder',
  ]),
  record<Extract<Jingle, { action: 'session-terminate' }>>(
    {
      action: fc.constant('session-terminate'),
      ...base,
      reason: record<{ condition: string; text?: string }>(
        { condition: fc.constantFrom('success', 'gone', 'connectivity-error'), text: fc.string({ maxLength: 20 }) },
        ['text'],
      ),
      bridgeSession,
    },
    ['initiator', 'responder', 'reason', 'bridgeSession'],
  ),
  record<Extract<Jingle, { action: 'session-info' }>>(
    { action: fc.constant('session-info'), ...base, iceState: characters(LETTERS, 1, 10), bridgeSession },
    ['initiator', 'responder', 'iceState', 'bridgeSession'],
  ),
);

test('decoding what was encoded gives the same message', () => {
  fc.assert(
    fc.property(jingle, (message) => {
      expect(decodeJingle(encodeJingle(message))).toEqual(message);
    }),
  );
});

test('every namespace of a message stands literally on its element, so that nothing changes on the wire', () => {
  fc.assert(
    fc.property(jingle, (message) => {
      // Control characters in texts are the sender's to avoid; the XML codec refuses them.
      fc.pre(!('reason' in message) || /^[\x20-\x7e]*$/.test(message.reason?.text ?? ''));
      expect(decodeJingle(parseXml(serializeXml(encodeJingle(message))))).toEqual(message);
    }),
    { numRuns: 50 },
  );
});

const arbitraryText = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('1', '-1', '4294967296', 'audio', 'true'));

/** Replaces one attribute or text anywhere in the tree, or drops or doubles one child. */
function damage(element: XmlElement, steps: readonly number[], value: string): XmlElement {
  const [step = 0, ...rest] = steps;
  const inner = element.children.filter(isElement);
  const target = inner.at(step % (inner.length + 1));
  if (target !== undefined && rest.length > 0 && step % (inner.length + 1) < inner.length) {
    const changed = damage(target, rest, value);
    return { ...element, children: element.children.map((node) => (node === target ? changed : node)) };
  }
  const keys = Object.keys(element.attrs);
  const key = keys.at(step % (keys.length + 1));
  if (key !== undefined) return { ...element, attrs: { ...element.attrs, [key]: value } };
  return { ...element, children: [value, ...element.children.slice(1), ...element.children.slice(-1)] };
}

test('no change to a message makes the decoder throw anything but DecodeError', () => {
  fc.assert(
    fc.property(
      jingle,
      fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }),
      arbitraryText,
      (message, steps, value) => {
        const damaged = damage(encodeJingle(message), steps, value);
        try {
          const decoded = decodeJingle(damaged);
          if ('contents' in decoded) {
            decodeSentSources(decoded, '1f0c9a7e');
            decodeReceivedSources(decoded);
          }
          expect(decoded.sid).not.toBe('');
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      },
    ),
    { numRuns: 500 },
  );
});

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

test('an offer carries the attributes and namespaces that Jitsi clients select by', () => {
  const offer = encodeJingle({
    action: 'session-initiate',
    sid: '4k2j9d',
    initiator: 'focus@auth.meet.example/focus',
    contents: [
      {
        creator: 'initiator',
        name: 'audio',
        senders: 'both',
        description: { ...sourceDescription('audio', describeReceivedSources([microphone], 'audio')), rtcpMux: true },
        transport: { candidates: [], webSocketUrls: ['wss://m/c'], rtcpMux: true, iceLite: true },
      },
    ],
    group: { semantics: 'BUNDLE', contents: ['audio'] },
    bridgeSession: { id: 'bs-1', restart: false, iceRestart: false },
  });
  expect(serializeXml(offer)).toBe(
    '<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" initiator="focus@auth.meet.example/focus" sid="4k2j9d">' +
      '<content creator="initiator" name="audio" senders="both">' +
      '<description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio"><rtcp-mux/>' +
      '<source xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" ssrc="1814200177" name="b27de114-a0">' +
      '<ssrc-info xmlns="http://jitsi.org/jitmeet" owner="b27de114"/>' +
      '<parameter xmlns="urn:xmpp:jingle:apps:rtp:1" name="msid" value="b27de114-audio-0-1 0d9e-1"/></source></description>' +
      '<transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ice-lite="true"><rtcp-mux/>' +
      '<web-socket xmlns="http://jitsi.org/protocol/colibri" url="wss://m/c"/></transport></content>' +
      '<group xmlns="urn:xmpp:jingle:apps:grouping:0" semantics="BUNDLE"><content name="audio"/></group>' +
      '<bridge-session xmlns="http://jitsi.org/protocol/focus" id="bs-1"/></jingle>',
  );
});

test('a message that one does not read still names its session', () => {
  const element = xml(
    'jingle',
    { xmlns: NS_JINGLE, action: 'content-modify', sid: 'abc' },
    xml('content', { name: '0' }),
  );
  expect(decodeJingleHeader(element)).toEqual({ action: 'content-modify', sid: 'abc' });
  expect(() => decodeJingle(element)).toThrow(DecodeError);
});

test("a browser's trickled candidates of other types are left out", () => {
  const element = xml(
    'jingle',
    { xmlns: NS_JINGLE, action: 'transport-info', sid: 's' },
    xml(
      'content',
      { name: 'audio' },
      xml(
        'transport',
        { xmlns: 'urn:xmpp:jingle:transports:ice-udp:1' },
        xml('candidate', { type: 'srflx', component: 1, protocol: 'udp', ip: '192.0.2.1', port: 9 }),
      ),
    ),
  );
  const decoded = decodeJingle(element);
  expect(childElements(element, 'content')).toHaveLength(1);
  expect('contents' in decoded && decoded.contents[0]?.transport?.candidates).toEqual([]);
});
