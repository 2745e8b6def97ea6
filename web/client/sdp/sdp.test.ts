import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { decodeJingle, encodeJingle, jingleOf } from '#protocol/xmpp/jingle.ts';
import { decodeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { SEND_SLOTS, sentSource } from '../session/send-slots.ts';
import { readBridgeOffer } from './bridge-offer.ts';
import { readAnswer } from './read-answer.ts';
import { writeSessionAccept, writeSourceAdd } from './session-accept.ts';
import { addSimulcastSsrcs, randomSsrc, signalledGroups } from './simulcast-ssrcs.ts';
import { writeOffer, type OfferSection } from './write-offer.ts';

/** Descriptions that the browsers made of an offer like the one below, before any change. */
function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../../test/fixtures/sdp', name), 'utf8');
}
const SESSION_INITIATE = fixture('session-initiate.xml');
const chromiumAnswer = fixture('chromium-156-answer.sdp');
const firefoxAnswer = fixture('firefox-153-answer.sdp');

function bridgeOffer() {
  const element = jingleOf(parseXml(SESSION_INITIATE));
  const jingle = element && decodeJingle(element);
  if (jingle?.action !== 'session-initiate') throw new Error('the fixture is no offer');
  return readBridgeOffer(jingle);
}

const send = (mid: string, kind: 'audio' | 'video'): OfferSection => ({ role: 'send', mid, kind, simulcastRids: [] });
const layout = (sections: readonly OfferSection[]) => ({ sections, version: 3, useIceLite: true });

describe('the offer of the focus', () => {
  test('is read without the bridge’s placeholders and with VP8 only', () => {
    const offer = bridgeOffer();
    expect(offer.sources.map(({ name, ssrc, rtxSsrc }) => [name, ssrc, rtxSsrc])).toEqual([
      ['b27de114-a0', 1_814_200_177, undefined],
      ['b27de114-v0', 2_700_100_481, 2_700_101_482],
    ]);
    expect(offer.media.video.payloadTypes.map(({ id, name }) => [id, name])).toEqual([
      [101, 'VP8'],
      [102, 'rtx'],
    ]);
    expect(offer.channelUrls).toEqual(['wss://meet.example/colibri-ws/b1/conf-5f/1f0c9a7e?pwd=x']);
    expect(offer.isIceLite).toBe(true);
  });

  test.each(['audio', 'video'])('without %s cannot be used', (kind) => {
    const element = jingleOf(parseXml(SESSION_INITIATE.replaceAll(`media="${kind}"`, 'media="text"')));
    const jingle = element && decodeJingle(element);
    expect(jingle?.action === 'session-initiate' && (() => readBridgeOffer(jingle))).toThrow(DecodeError);
  });
});

describe('the offer as SDP', () => {
  test('has sections in our order, all on one transport', () => {
    const offer = bridgeOffer();
    const [audio, video] = offer.sources;
    const sections: OfferSection[] = [
      send('0', 'audio'),
      { role: 'receive', mid: '4', kind: 'audio', source: audio },
      { role: 'receive', mid: '5', kind: 'video', source: video },
      { role: 'receive', mid: '6', kind: 'video', source: undefined },
    ];
    expect(writeOffer(offer, layout(sections))).toBe(
      [
        'v=0',
        'o=- 1 3 IN IP4 0.0.0.0',
        's=-',
        't=0 0',
        'a=ice-lite',
        'a=group:BUNDLE 0 4 5 6',
        'a=msid-semantic: WMS *',
        ...audioSection('0', 'recvonly'),
        'a=candidate:1 1 udp 2130706431 203.0.113.5 10000 typ host generation 0',
        'a=candidate:2 1 tcp 1700000000 203.0.113.5 10000 typ host tcptype passive generation 0',
        'a=end-of-candidates',
        ...audioSection('4', 'sendonly'),
        'a=msid:b27de114-a0 b27de114-a0-1814200177',
        'a=ssrc:1814200177 cname:b27de114',
        'a=ssrc:1814200177 msid:b27de114-a0 b27de114-a0-1814200177',
        ...videoSection('5', 'sendonly'),
        'a=msid:b27de114-v0 b27de114-v0-2700100481',
        'a=ssrc-group:FID 2700100481 2700101482',
        'a=ssrc:2700100481 cname:b27de114',
        'a=ssrc:2700100481 msid:b27de114-v0 b27de114-v0-2700100481',
        'a=ssrc:2700101482 cname:b27de114',
        'a=ssrc:2700101482 msid:b27de114-v0 b27de114-v0-2700100481',
        ...videoSection('6', 'inactive'),
        '',
      ].join('\r\n'),
    );
  });

  test('says ice-lite only where the bridge does and we are not to act as a Jitsi client', () => {
    const offer = bridgeOffer();
    const sections = [send('0', 'audio')];
    expect(writeOffer(offer, { sections, version: 1, useIceLite: false })).not.toContain('ice-lite');
    expect(writeOffer({ ...offer, isIceLite: false }, layout(sections))).not.toContain('ice-lite');
  });

  test('asks Firefox for simulcast by rid', () => {
    const section: OfferSection = { role: 'send', mid: '1', kind: 'video', simulcastRids: ['1', '2', '3'] };
    const sdp = writeOffer(bridgeOffer(), layout([section]));
    expect(sdp).toContain('a=rid:1 recv\r\na=rid:2 recv\r\na=rid:3 recv\r\na=simulcast:recv 1;2;3\r\n');
  });

  test('no value that the focus signals gets a line of its own into the description', () => {
    const injected = SESSION_INITIATE.replace('b27de114-video-0-1 455f', '&#13;&#10;a=evil 455f');
    const element = jingleOf(parseXml(injected));
    expect(() => element && decodeJingle(element)).toThrow(DecodeError);
  });
});

function audioSection(mid: string, direction: string): string[] {
  return [
    'm=audio 9 UDP/TLS/RTP/SAVPF 100',
    ...transportLines(mid, direction),
    'a=extmap-allow-mixed',
    'a=extmap:10 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
    'a=rtpmap:100 opus/48000/2',
    'a=fmtp:100 minptime=10;useinbandfec=1',
    'a=rtcp-fb:100 transport-cc',
  ];
}

function videoSection(mid: string, direction: string): string[] {
  return [
    'm=video 9 UDP/TLS/RTP/SAVPF 101 102',
    ...transportLines(mid, direction),
    'a=rtpmap:101 VP8/90000',
    'a=fmtp:101 x-google-start-bitrate=2000',
    'a=rtcp-fb:101 ccm fir',
    'a=rtcp-fb:101 nack',
    'a=rtcp-fb:101 nack pli',
    'a=rtpmap:102 rtx/90000',
    'a=fmtp:102 apt=101',
  ];
}

function transportLines(mid: string, direction: string): string[] {
  return [
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=${direction}`,
    'a=ice-ufrag:u1x7c',
    'a=ice-pwd:Yp0aYp0aYp0aYp0aYp0aYp0a',
    `a=fingerprint:sha-256 ${'AB:'.repeat(31)}AB`,
    'a=setup:actpass',
    'a=rtcp-mux',
    'a=rtcp-rsize',
  ];
}

describe('the answer of Chromium', () => {
  const mids = new Set(['1']);
  let next = 4_000_000_000;
  const munged = addSimulcastSsrcs(chromiumAnswer, mids, () => next++);

  test('gets two further streams, each with its retransmission', () => {
    const video = readAnswer(munged).sections[1];
    expect(video?.groups).toEqual([
      { semantics: 'FID', ssrcs: [1_107_695_171, 781_324_797] },
      { semantics: 'SIM', ssrcs: [1_107_695_171, 4_000_000_000, 4_000_000_002] },
      { semantics: 'FID', ssrcs: [4_000_000_000, 4_000_000_001] },
      { semantics: 'FID', ssrcs: [4_000_000_002, 4_000_000_003] },
    ]);
    expect(munged).toContain('a=ssrc:4000000003 cname:Du/u7sQcEZVVPr7r\r\n');
  });

  test('stays as it is where it has them already, where nothing is sent, and in other sections', () => {
    expect(addSimulcastSsrcs(munged, mids, randomSsrc)).toBe(munged);
    expect(addSimulcastSsrcs(chromiumAnswer, new Set(['2']), randomSsrc)).toBe(chromiumAnswer);
    expect(addSimulcastSsrcs(chromiumAnswer, new Set(), randomSsrc)).toBe(chromiumAnswer);
  });

  test('becomes a session-accept whose sources the focus can read', () => {
    const answer = readAnswer(munged);
    const sources = SEND_SLOTS.slice(0, 2).flatMap((slot, index) => {
      const section = answer.sections[index];
      return (section && sentSource(slot, '1f0c9a7e', section, `track-${index}`)) ?? [];
    });
    const ids = { sid: '4k2j9d', initiator: 'focus@auth.meet.example/focus', responder: 'ann@meet.example/x' };
    const accept = decodeJingle(parseXml(serializeXml(encodeJingle(writeSessionAccept(answer, sources, ids)))));
    if (accept.action !== 'session-accept') throw new Error('not an accept');
    expect(accept.group).toEqual({ semantics: 'BUNDLE', contents: ['audio', 'video'] });
    expect(accept.contents[0]?.transport).toMatchObject({
      credentials: { usernameFragment: '75Mn', password: 'kL0uOMgYb0LP9CX338Zp8+TZ' },
      fingerprint: { hash: 'sha-256', setup: 'active' },
      candidates: [],
    });
    expect(accept.contents[1]?.description?.payloadTypes.map(({ id }) => id)).toEqual([100, 101]);
    const read = decodeSentSources(accept, '1f0c9a7e');
    expect(read.map(({ name, ssrcs, videoType }) => [name, ssrcs.length, videoType])).toEqual([
      ['1f0c9a7e-a0', 1, undefined],
      ['1f0c9a7e-v0', 6, 'camera'],
    ]);
    expect(read).toEqual(sources);
  });
});

describe('the answer of Firefox', () => {
  test('signals its three streams by rid as a SIM group', () => {
    const video = readAnswer(firefoxAnswer).sections.find(({ mid }) => mid === '1');
    const groups = signalledGroups(video?.ssrcs ?? [], video?.groups ?? []);
    expect(groups[0]?.semantics).toBe('SIM');
    expect(groups[0]?.ssrcs).toHaveLength(3);
    expect(groups.slice(1).map(({ semantics }) => semantics)).toEqual(['FID', 'FID', 'FID']);
  });
});

test('a screen that comes later is announced alone', () => {
  const screen = SEND_SLOTS.find(({ slot }) => slot === 'screen');
  const section = readAnswer(chromiumAnswer).sections[1];
  const source = screen && section && sentSource(screen, '1f0c9a7e', section, 'track');
  const ids = { sid: 's', initiator: 'f', responder: 'r' };
  const add = writeSourceAdd(source === undefined ? [] : [source], ids);
  expect(add.contents.map(({ name }) => name)).toEqual(['video']);
  expect(decodeSentSources(add, '1f0c9a7e')).toMatchObject([{ name: '1f0c9a7e-v1', videoType: 'desktop' }]);
});

test('added SSRCs always have ten digits, so that none is contained in another', () => {
  for (let count = 0; count < 1_000; count++) expect(String(randomSsrc())).toHaveLength(10);
});

test('whatever a description says, reading it fails in one way only', () => {
  const lines = fc.array(
    fc.oneof(
      fc.constantFrom(...chromiumAnswer.split('\r\n')),
      fc.string({ maxLength: 20 }).map((text) => `a=${text}`),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(lines, (some) => {
      try {
        readAnswer(some.join('\r\n'));
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
  );
});
