import { expect, test } from 'vitest';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { decodeJingle, encodeJingle, type SessionInitiate } from '#protocol/xmpp/jingle.ts';
import { decodePlainSources, plainAddress, plainSessionInitiate } from '../../../focus/plain-offer.ts';
import { FAKE_RTP } from '../../support/focus/fake-bridge.ts';
import { payloadTypeOf, plainAccept, readPlainOffer, uplinkChange } from '../../../sip/room/plain-answer.ts';

const PHONE = 'cafe0001';

/** What the focus offers, after a way over the wire. */
function offer(): SessionInitiate {
  const sources = [{ name: '1f0c9a7e-a0', owner: '1f0c9a7e', kind: 'audio' as const, msid: 'a b', ssrc: 123_456_789 }];
  const jingle = plainSessionInitiate({
    sid: 'sid',
    initiator: 'focus@auth.meet.example/focus',
    bridgeSessionId: 'bs',
    channelUrl: 'ws://127.0.0.1:8080/colibri-ws/b1/c/cafe0001?pwd=x',
    created: {
      ok: true,
      session: 's',
      channelPath: '/c',
      rtp: FAKE_RTP,
      sources,
      rtpAddress: { address: '127.0.0.1', port: 40_000 },
    },
    sources,
  });
  const decoded = decodeJingle(encodeJingle(jingle));
  return decoded.action === 'session-initiate' ? decoded : expect.fail('no offer');
}

test('the focus’s offer says where to send, under which numbers, and who is heard', () => {
  const read = readPlainOffer(offer());
  expect(read).toMatchObject({
    sid: 'sid',
    remote: { address: '127.0.0.1', port: 40_000 },
    channelUrl: 'ws://127.0.0.1:8080/colibri-ws/b1/c/cafe0001?pwd=x',
    audioLevelExtensionId: 1,
    sources: [{ name: '1f0c9a7e-a0', ssrc: 123_456_789 }],
  });
  expect((['opus', 'G722', 'PCMU', 'PCMA'] as const).map((codec) => payloadTypeOf(read, codec))).toEqual([
    111, 9, 0, 8,
  ]);
});

test.each(['opus', 'G722', 'PCMU', 'PCMA'] as const)(
  'the focus reads the answer of a caller that sends %s',
  (codec) => {
    const read = readPlainOffer(offer());
    const local = { address: '127.0.0.1', port: 30_000 };
    const accept = decodeJingle(encodeJingle(plainAccept(read, PHONE, { codec, ssrc: 7 }, local)));
    if (accept.action !== 'session-accept') expect.fail('no answer');
    expect(plainAddress(accept)).toEqual(local);
    const [source] = decodePlainSources(accept, PHONE);
    expect(source).toMatchObject({ name: `${PHONE}-a0`, owner: PHONE, ssrcs: [7], codec });
    const change = decodeJingle(encodeJingle(uplinkChange('source-add', read, PHONE, { codec, ssrc: 8 })));
    if (change.action !== 'source-add') expect.fail('no change');
    expect(decodePlainSources(change, PHONE)).toMatchObject([{ ssrcs: [8], codec }]);
  },
);

test('an offer without sound over plain RTP, or without audio levels, is of no use', () => {
  const { contents, ...rest } = offer();
  const [content] = contents;
  if (content?.description === undefined) expect.fail('no content');
  const { rawUdp, ...withoutTransport } = content;
  expect(rawUdp).toBeDefined();
  expect(() => readPlainOffer({ ...rest, contents: [] })).toThrow(DecodeError);
  expect(() => readPlainOffer({ ...rest, contents: [withoutTransport] })).toThrow(DecodeError);
  const levelless = { ...content, description: { ...content.description, headerExtensions: [] } };
  expect(() => readPlainOffer({ ...rest, contents: [levelless] })).toThrow('audio levels');
});
