import { describe, expect, test } from 'vitest';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { decodeJingle, encodeJingle, type Jingle, type JingleContent } from '#protocol/xmpp/jingle.ts';
import { parseXml, serializeXml } from '#protocol/xmpp/xml.ts';
import { readAnswer } from '../sdp/read-answer.ts';
import { readPeerDescription } from './peer-description.ts';
import { writeCandidates, writePeerAnswer, writePeerOffer, type PeerIds } from './peer-jingle.ts';
import { writePeerSdp } from './write-peer-sdp.ts';

const FINGERPRINT = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, '0').toUpperCase()).join(
  ':',
);
/** What Chromium offers, without the lines that play no part. */
const LOCAL = [
  'v=0',
  'o=- 4611 2 IN IP4 127.0.0.1',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0 1',
  'a=extmap-allow-mixed',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 8',
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level',
  'a=sendrecv',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  'a=rtcp-fb:111 transport-cc',
  'a=fmtp:111 minptime=10;useinbandfec=1',
  'a=rtpmap:8 PCMA/8000',
  'a=ssrc:1001 cname:x',
  'm=video 9 UDP/TLS/RTP/SAVPF 96 97 45',
  'a=ice-ufrag:EsAw',
  'a=ice-pwd:bP+XJMM09aR8AiX1jdukzR6Y',
  `a=fingerprint:sha-256 ${FINGERPRINT}`,
  'a=setup:actpass',
  'a=mid:1',
  'a=sendrecv',
  'a=rtpmap:96 VP8/90000',
  'a=rtcp-fb:96 nack pli',
  'a=rtpmap:97 rtx/90000',
  'a=fmtp:97 apt=96',
  'a=rtpmap:45 AV1/90000',
  'a=ssrc-group:FID 2001 2002',
  'a=ssrc:2001 cname:x',
  'a=ssrc:2002 cname:x',
  '',
].join('\r\n');
const IDS: PeerIds = { sid: 's1', initiator: 'room@muc.x/a0a0a0a0', responder: 'room@muc.x/b0b0b0b0', own: 'a0a0a0a0' };

/** As it comes to the other side. */
function sent<Sent extends Jingle>(jingle: Sent): Sent {
  const received = decodeJingle(parseXml(serializeXml(encodeJingle(jingle))));
  if (received.action !== jingle.action) throw new Error('the action changed on its way');
  return received as Sent;
}
function without(content: JingleContent, member: 'transport' | 'description'): JingleContent {
  const copy: { -readonly [Key in keyof JingleContent]: JingleContent[Key] } = { ...content };
  delete copy[member];
  return copy;
}
const offer = () => sent(writePeerOffer(readAnswer(LOCAL), IDS));

describe('an offer between clients', () => {
  test('names what is sent, with VP8 as the only codec of the camera', () => {
    const description = readPeerDescription(offer(), 'a0a0a0a0');
    expect(description.sections.map(({ name, kind, direction, source }) => [name, kind, direction, source])).toEqual([
      [
        '0',
        'audio',
        'sendrecv',
        { name: 'a0a0a0a0-a0', owner: 'a0a0a0a0', kind: 'audio', msid: expect.any(String), ssrc: 1001 },
      ],
      [
        '1',
        'video',
        'sendrecv',
        { name: 'a0a0a0a0-v0', owner: 'a0a0a0a0', kind: 'video', msid: expect.any(String), ssrc: 2001, rtxSsrc: 2002 },
      ],
    ]);
    expect(description.sections[1]?.payloadTypes.map(({ name }) => name)).toEqual(['VP8', 'rtx']);
    expect(description.fingerprint).toEqual({ hash: 'sha-256', value: FINGERPRINT, setup: 'actpass' });
  });

  test('is the same where the browser offers its camera inside the bundle only, as Firefox does', () => {
    const local = LOCAL.replace('m=video 9', 'm=video 0').replace('a=mid:1', 'a=mid:1\r\na=bundle-only');
    const description = readPeerDescription(sent(writePeerOffer(readAnswer(local), IDS)), 'a0a0a0a0');
    expect(description.sections[1]?.source?.ssrc).toBe(2001);
  });

  test('becomes SDP again, with the contents’ names as mids', () => {
    const description = readPeerDescription(offer(), 'a0a0a0a0');
    const sdp = writePeerSdp(
      description,
      'offer',
      description.sections.map(({ name, kind }) => ({ mid: name, kind })),
    );
    const lines = sdp.split('\r\n');
    expect(lines.filter((line) => /^m=|^a=(?:mid|sendrecv|setup|group|ssrc-group|rtpmap)/u.test(line))).toEqual([
      'a=group:BUNDLE 0 1',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111 8',
      'a=mid:0',
      'a=sendrecv',
      'a=setup:actpass',
      'a=rtpmap:111 opus/48000/2',
      'a=rtpmap:8 PCMA/8000',
      'm=video 9 UDP/TLS/RTP/SAVPF 96 97',
      'a=mid:1',
      'a=sendrecv',
      'a=setup:actpass',
      'a=rtpmap:96 VP8/90000',
      'a=rtpmap:97 rtx/90000',
      'a=ssrc-group:FID 2001 2002',
    ]);
    // Both sides are full ICE agents.
    expect(sdp).not.toContain('ice-lite');
  });

  test('is answered content by content, and the answer has our mids', () => {
    const description = readPeerDescription(offer(), 'a0a0a0a0');
    const local = readAnswer(LOCAL.replaceAll('a=setup:actpass', 'a=setup:active'));
    const answer = readPeerDescription(
      sent(writePeerAnswer(local, description, { ...IDS, own: 'b0b0b0b0' })),
      'b0b0b0b0',
    );
    expect(answer.sections.map(({ name, direction }) => [name, direction])).toEqual([
      ['0', 'sendrecv'],
      ['1', 'sendrecv'],
    ]);
    const sdp = writePeerSdp(answer, 'answer', [
      { mid: 'x', kind: 'audio' },
      { mid: 'y', kind: 'video' },
    ]);
    expect(sdp).toContain('a=group:BUNDLE x y');
    expect(sdp).toContain('a=setup:active');
  });

  test('of somebody without a camera is answered with what can be sent there', () => {
    const { contents, ...rest } = offer();
    const [audio, video] = contents;
    if (audio === undefined || video === undefined) throw new Error('two contents are expected');
    const description = readPeerDescription(
      { ...rest, contents: [audio, { ...video, senders: 'responder' }] },
      'a0a0a0a0',
    );
    expect(description.sections[1]).toMatchObject({ direction: 'recvonly', source: undefined });
    const answer = writePeerAnswer(readAnswer(LOCAL), description, { ...IDS, own: 'b0b0b0b0' });
    expect(answer.contents.map(({ senders }) => senders)).toEqual(['both', 'responder']);
  });

  test.each<[string, (contents: readonly JingleContent[]) => readonly JingleContent[]]>([
    ['no transport', (contents) => contents.map((content) => without(content, 'transport'))],
    ['no video', (contents) => contents.slice(0, 1)],
    ['a third content', (contents) => [...contents, ...contents.slice(1)]],
    ['a rejected content', (contents) => contents.map((content) => ({ ...content, senders: 'rejected' as const }))],
    ['a content that is no RTP', (contents) => contents.map((content) => without(content, 'description'))],
  ])('with %s cannot be used', (_, change) => {
    const jingle = offer();
    expect(() => readPeerDescription({ ...jingle, contents: change(jingle.contents) }, 'a0a0a0a0')).toThrow(
      DecodeError,
    );
  });

  test('claims nobody else’s sources', () => {
    const { sections } = readPeerDescription(offer(), 'c0c0c0c0');
    expect(sections.map(({ source }) => [source?.name, source?.owner])).toEqual([
      ['c0c0c0c0-a0', 'c0c0c0c0'],
      ['c0c0c0c0-v0', 'c0c0c0c0'],
    ]);
  });
});

test('candidates go out with the credentials that they belong to', () => {
  const candidate = {
    foundation: '1',
    component: 1,
    protocol: 'udp',
    priority: 7,
    address: '192.0.2.7',
    port: 40_000,
    type: 'relay',
    related: { address: '198.51.100.3', port: 50_123 },
  } as const;
  const { contents } = sent(writeCandidates([candidate], readAnswer(LOCAL), IDS, 'initiator'));
  expect(contents[0]?.transport).toMatchObject({
    credentials: { usernameFragment: 'EsAw' },
    candidates: [candidate],
  });
});
