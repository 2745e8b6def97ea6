import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HeaderExtension, IceCandidate, PayloadType } from '../media/rtp.ts';
import type { MediaKind, ReceivedSource, SsrcGroup } from '../media/source.ts';
import { DecodeError } from './decode-error.ts';
import { childElements, isElement, xml, type XmlElement } from './element.ts';
import {
  decodeJingle,
  decodeJingleHeader,
  encodeJingle,
  NS_JINGLE,
  type Jingle,
  type JingleContent,
} from './jingle.ts';
import type { IceUdpTransport } from './jingle-ice-udp.ts';
import { decodeRawUdpTransport, type RawUdpTransport } from './jingle-raw-udp.ts';
import { sourceDescription, type RtpDescription, type SsrcSource } from './jingle-rtp.ts';
import { decodeReceivedSources, decodeSentSources, describeReceivedSources } from './jingle-sources.ts';
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
      type: fc.constantFrom('host', 'srflx', 'prflx', 'relay'),
      tcpType: fc.constant('passive'),
      related: fc.record({ address: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.integer({ min: 0, max: 65_535 }) }),
    },
    protocol === 'udp' ? ['tcpType', 'related'] : ['related'],
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
    iceGeneration: fc.nat(0xffff_ffff),
  },
  ['credentials', 'fingerprint', 'iceGeneration'],
);
const rawUdp = record<RawUdpTransport>({
  address: fc.oneof(fc.ipV4(), fc.ipV6()),
  port: fc.integer({ min: 1, max: 65_535 }),
  webSocketUrls: fc.array(
    token.map((path) => `ws://127.0.0.1:8080/${path}?pwd=a`),
    { maxLength: 2 },
  ),
});
const content = record<JingleContent>(
  {
    creator: fc.constantFrom('initiator', 'responder'),
    name: characters(LETTERS, 1, 8),
    senders: fc.constantFrom('initiator', 'responder', 'both', 'none', 'rejected'),
    description: fc.oneof(description('audio'), description('video')),
    transport,
    rawUdp,
    initialLastN: fc.integer({ min: 0, max: 100 }),
  },
  ['senders', 'description', 'transport', 'rawUdp', 'initialLastN'],
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

const microphone: ReceivedSource = {
  name: 'b27de114-a0',
  owner: 'b27de114',
  kind: 'audio',
  msid: 'b27de114-audio-0-1 0d9e-1',
  ssrc: 1_814_200_177,
};

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

test("a browser's trickled candidates that nobody can be reached at are left out", () => {
  const element = xml(
    'jingle',
    { xmlns: NS_JINGLE, action: 'transport-info', sid: 's' },
    xml(
      'content',
      { name: 'audio' },
      xml(
        'transport',
        { xmlns: 'urn:xmpp:jingle:transports:ice-udp:1' },
        xml('candidate', { type: 'host', component: 1, protocol: 'tcp', tcptype: 'active', ip: '192.0.2.1', port: 9 }),
        xml('candidate', { type: 'host', component: 2, protocol: 'udp', ip: '192.0.2.1', port: 9 }),
        xml('candidate', { type: 'satellite', component: 1, protocol: 'udp', ip: '192.0.2.1', port: 9 }),
      ),
    ),
  );
  const decoded = decodeJingle(element);
  expect(childElements(element, 'content')).toHaveLength(1);
  expect('contents' in decoded && decoded.contents[0]?.transport?.candidates).toEqual([]);
});

test.each([
  ['', 'no candidate for component 1'],
  ['<candidate component="2" ip="127.0.0.1" port="4000"/>', 'no candidate for component 1'],
  ['<candidate component="1" ip="gateway.example" port="4000"/>', 'valid attribute ip'],
  ['<candidate component="1" ip="127.0.0.1" port="0"/>', 'valid attribute port'],
  ['<candidate component="1" ip="127.0.0.1" port="65536"/>', 'valid attribute port'],
])('a raw UDP transport with %j is refused', (candidate, reason) => {
  const element = parseXml(
    `<transport xmlns="urn:xmpp:jingle:transports:raw-udp:1"><rtcp-mux/>${candidate}</transport>`,
  );
  expect(() => decodeRawUdpTransport(element)).toThrow(DecodeError);
  expect(() => decodeRawUdpTransport(element)).toThrow(reason);
});

test('a raw UDP transport with a port of its own for RTCP is refused', () => {
  const element = parseXml(
    '<transport xmlns="urn:xmpp:jingle:transports:raw-udp:1"><candidate component="1" ip="127.0.0.1" port="4000"/></transport>',
  );
  expect(() => decodeRawUdpTransport(element)).toThrow('multiplexed');
});
