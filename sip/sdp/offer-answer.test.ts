import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptAnswer } from './accept-answer.ts';
import { answerOffer, type AnswerResult } from './answer-offer.ts';
import { createOffer } from './create-offer.ts';
import type { Direction } from './direction.ts';
import type { LocalDescription } from './local-description.ts';
import type { LocalMedia } from './local-media.ts';
import { parseSessionDescription } from './session-description.ts';

const OURS: LocalMedia = { address: '192.0.2.1', port: 20_000, sessionId: '77' };
const KEY = Buffer.alloc(30, 1);
const THEIR_KEY = Buffer.alloc(30, 2);
const CRYPTO = `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${THEIR_KEY.toString('base64')}`;

/** A description with these media lines; `session` replaces the connection line. */
function sdp(media: readonly string[], session: readonly string[] = ['c=IN IP4 198.51.100.9']): Buffer {
  return Buffer.from(['v=0', 'o=- 1 1 IN IP4 198.51.100.9', 's=-', ...session, 't=0 0', ...media, ''].join('\r\n'));
}

function agreed(result: AnswerResult): Extract<AnswerResult, { ok: true }> {
  if (!result.ok) throw new Error(result.reason);
  return result;
}

function answer(media: readonly string[], local: LocalMedia = OURS): Extract<AnswerResult, { ok: true }> {
  return agreed(answerOffer(sdp(media), local));
}

/** The lines of a description that begin so. */
function lines(description: LocalDescription, prefix: string): string[] {
  return description.text.split('\r\n').filter((line) => line.startsWith(prefix));
}

describe('the answer', () => {
  it('takes one codec by our order, and the digits beside it', () => {
    const { description, media } = answer([
      'm=audio 4000 RTP/AVP 0 8 9 96 101 97',
      'a=rtpmap:96 opus/48000/2',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:97 telephone-event/48000',
      'a=ptime:30',
    ]);
    expect(description.text.split('\r\n')).toEqual([
      'v=0',
      'o=- 77 1 IN IP4 192.0.2.1',
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=audio 20000 RTP/AVP 96 101 97',
      'a=rtpmap:96 opus/48000/2',
      'a=fmtp:96 useinbandfec=1',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=rtpmap:97 telephone-event/48000',
      'a=fmtp:97 0-15',
      'a=ptime:20',
      'a=maxptime:60',
      'a=sendrecv',
      '',
    ]);
    expect(media).toEqual({
      codec: 'opus',
      payloadType: 96,
      telephoneEvents: [
        { payloadType: 101, clockRateHz: 8000 },
        { payloadType: 97, clockRateHz: 48_000 },
      ],
      packetMs: 20,
      remote: { address: '198.51.100.9', port: 4000 },
      remoteRtcp: { address: '198.51.100.9', port: 4001 },
      isRtcpMuxed: false,
      direction: 'sendrecv',
      isHeld: false,
    });
  });

  it('knows static payload types without rtpmap, and believes an rtpmap before them', () => {
    expect(answer(['m=audio 4000 RTP/AVP 8']).media).toMatchObject({ codec: 'PCMA', payloadType: 8 });
    expect(answer(['m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 PCMA/8000/1']).media).toMatchObject({ codec: 'PCMA' });
  });

  it('uses only the codecs this call may use', () => {
    expect(answer(['m=audio 4000 RTP/AVP 9 0'], { ...OURS, codecs: ['PCMU'] }).media.codec).toBe('PCMU');
  });

  it('answers every section in its place, with port 0 where it wants none', () => {
    const { description } = answer([
      'm=video 5000 RTP/AVP 31 32',
      'm=audio 4000 RTP/AVP 0',
      'm=image 6000 udptl t38',
      'm=audio 4002 RTP/AVP 0',
    ]);
    expect(lines(description, 'm=')).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 20000 RTP/AVP 0',
      'm=image 0 udptl t38',
      'm=audio 0 RTP/AVP 0',
    ]);
  });

  it('passes over an audio section that cannot be agreed upon', () => {
    const { description } = answer(['m=audio 4000 RTP/SAVP 0', 'm=audio 4002 RTP/AVP 0']);
    expect(lines(description, 'm=')).toEqual(['m=audio 0 RTP/SAVP 0', 'm=audio 20000 RTP/AVP 0']);
  });

  it('keeps 10 ms packets where the other side takes no longer ones', () => {
    expect(answer(['m=audio 4000 RTP/AVP 0', 'a=maxptime:10']).media.packetMs).toBe(10);
  });

  it('agrees to RTCP on the same port, or notes where else it goes', () => {
    const muxed = answer(['m=audio 4000 RTP/AVP 0', 'a=rtcp-mux', 'a=rtcp:4007']);
    expect(muxed.media).toMatchObject({ isRtcpMuxed: true, remoteRtcp: { port: 4000 } });
    expect(lines(muxed.description, 'a=rtcp-mux')).toHaveLength(1);
    expect(answer(['m=audio 4000 RTP/AVP 0', 'a=rtcp:4007']).media.remoteRtcp.port).toBe(4007);
  });

  it.each<[string, string[], Direction, boolean]>([
    ['both ways', ['a=sendrecv'], 'sendrecv', false],
    ['hold', ['a=sendonly'], 'recvonly', true],
    ['listening', ['a=recvonly'], 'sendonly', false],
    ['hold both ways', ['a=inactive'], 'inactive', true],
    ['hold as before RFC 3264', ['c=IN IP4 0.0.0.0'], 'recvonly', true],
    ['nowhere and inactive', ['c=IN IP4 0.0.0.0', 'a=inactive'], 'inactive', true],
  ])('%s is mirrored', (_, attributes, direction, isHeld) => {
    const { media, description } = answer(['m=audio 4000 RTP/AVP 0', ...attributes]);
    expect(media).toMatchObject({ direction, isHeld });
    expect(lines(description, `a=${direction}`)).toHaveLength(1);
  });

  it('a direction of the session holds for its sections', () => {
    const result = answerOffer(sdp(['m=audio 4000 RTP/AVP 0'], ['c=IN IP4 198.51.100.9', 'a=sendonly']), OURS);
    expect(agreed(result).media.direction).toBe('recvonly');
  });

  it('has a version that rises with a change and only then', () => {
    const offer = sdp(['m=audio 4000 RTP/AVP 0']);
    const first = agreed(answerOffer(offer, OURS)).description;
    const same = agreed(answerOffer(offer, OURS, first)).description;
    const held = agreed(answerOffer(sdp(['m=audio 4000 RTP/AVP 0', 'a=sendonly']), OURS, same)).description;
    const resumed = agreed(answerOffer(offer, OURS, held)).description;
    expect([first, same, held, resumed].map(({ version }) => version)).toEqual([1, 1, 2, 3]);
    expect(lines(resumed, 'o=')).toEqual(['o=- 77 3 IN IP4 192.0.2.1']);
    expect(same.text).toBe(first.text);
  });
});

describe('what cannot be agreed upon is answered 488 with a warning', () => {
  const audio = 'm=audio 4000 RTP/AVP 0';
  it.each<[string, string[], string, string[]?]>([
    ['no common codec', ['m=audio 4000 RTP/AVP 18 3'], '305'],
    ['digits only', ['m=audio 4000 RTP/AVP 101', 'a=rtpmap:101 telephone-event/8000'], '305'],
    ['no audio', ['m=video 4000 RTP/AVP 31'], '304'],
    ['audio with port 0', ['m=audio 0 RTP/AVP 0'], '304'],
    ['an unknown transport', ['m=audio 4000 UDP/TLS/RTP/SAVPF 0'], '302'],
    ['an m= line without port', ['m=audio RTP/AVP 0'], '399'],
    ['an m= line without format', ['m=audio 4000 RTP/AVP'], '399'],
    ['a port above 65535', ['m=audio 65536 RTP/AVP 0'], '399'],
    ['a payload type of 2^32', ['m=audio 4000 RTP/AVP 4294967296'], '399'],
    ['no connection line', [audio], '399', []],
    ['a name instead of an address', [audio], '399', ['c=IN IP4 phone.example']],
    ['multicast', [audio], '330', ['c=IN IP4 224.2.1.1/127']],
    ['broadcast', [audio], '330', ['c=IN IP4 255.255.255.255']],
    ['IPv6 when it is off', [audio], '301', ['c=IN IP6 2001:db8::1']],
    ['a line that is none', [audio, 'nonsense'], '399'],
    ['SRTP without a key', ['m=audio 4000 RTP/SAVP 0'], '399'],
  ])('%s', (_, media, code, session) => {
    const result = answerOffer(sdp(media, session), OURS);
    expect(result).toMatchObject({ ok: false, status: 488 });
    expect(!result.ok && result.warning).toMatch(new RegExp(`^${code} parley ".+"$`));
  });

  it('an address where this gateway itself receives media', () => {
    const ownMedia = { addresses: ['198.51.100.9'], ports: { first: 4000, last: 4999 } };
    expect(answerOffer(sdp([audio]), { ...OURS, ownMedia }).ok).toBe(false);
    expect(answerOffer(sdp(['m=audio 3999 RTP/AVP 0', 'a=rtcp:4000']), { ...OURS, ownMedia }).ok).toBe(false);
    expect(answerOffer(sdp(['m=audio 5000 RTP/AVP 0']), { ...OURS, ownMedia }).ok).toBe(true);
  });

  it('binary and nothing', () => {
    expect(answerOffer(Buffer.from([0, 1, 2, 255]), OURS).ok).toBe(false);
    expect(answerOffer(Buffer.alloc(0), OURS).ok).toBe(false);
  });
});

it('IPv6 is answered in IPv6 where it is on', () => {
  const local = { ...OURS, address: '2001:db8::2', isIpv6Allowed: true };
  const result = agreed(answerOffer(sdp(['m=audio 4000 RTP/AVP 0'], ['c=IN IP6 2001:db8::1']), local));
  expect(lines(result.description, 'c=')).toEqual(['c=IN IP6 2001:db8::2']);
  expect(result.media.remote).toEqual({ address: '2001:db8::1', port: 4000 });
});

describe('SDES', () => {
  const optional: LocalMedia = { ...OURS, srtp: { isMandatory: false, key: KEY } };
  const mandatory: LocalMedia = { ...OURS, srtp: { isMandatory: true, key: KEY } };

  it.each(['RTP/AVP', 'RTP/SAVP'])('keys are exchanged over %s, and our line has the tag of theirs', (protocol) => {
    const { description, media } = answer([`m=audio 4000 ${protocol} 0`, CRYPTO], optional);
    expect(media.srtp).toEqual({ localKey: KEY, remoteKey: THEIR_KEY });
    const ours = KEY.toString('base64');
    expect(lines(description, 'a=crypto')).toEqual([`a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${ours}`]);
    expect(lines(description, 'm=')).toEqual([`m=audio 20000 ${protocol} 0`]);
  });

  it.each([
    ['a key of the wrong length', CRYPTO.slice(0, -4)],
    ['an unknown suite', CRYPTO.replace('AES_CM_128', 'F8_128')],
    ['session parameters', `${CRYPTO} UNENCRYPTED_SRTP`],
  ])('%s: plain RTP goes on in the clear where that is allowed, and nothing else', (_, crypto) => {
    expect(answer(['m=audio 4000 RTP/AVP 0', crypto], optional).media.srtp).toBeUndefined();
    expect(answerOffer(sdp(['m=audio 4000 RTP/AVP 0', crypto]), mandatory).ok).toBe(false);
    expect(answerOffer(sdp(['m=audio 4000 RTP/SAVP 0', crypto]), optional).ok).toBe(false);
  });

  it('what we offer encrypted must be answered with a key where it is mandatory', () => {
    const offer = createOffer(mandatory);
    expect(lines(offer, 'm=')).toEqual(['m=audio 20000 RTP/SAVP 111 9 0 8 101 110']);
    expect(acceptAnswer(offer, sdp(['m=audio 4000 RTP/SAVP 0']), mandatory).ok).toBe(false);
    const keyed = acceptAnswer(offer, sdp(['m=audio 4000 RTP/SAVP 0', CRYPTO.replace(':3 ', ':1 ')]), mandatory);
    expect(keyed.ok && keyed.media.srtp).toEqual({ localKey: KEY, remoteKey: THEIR_KEY });
  });
});

describe('our offer', () => {
  it('has all codecs by our order, then digits at both clocks', () => {
    expect(lines(createOffer(OURS), 'm=')).toEqual(['m=audio 20000 RTP/AVP 111 9 0 8 101 110']);
    expect(lines(createOffer({ ...OURS, codecs: ['PCMA', 'G722'] }), 'm=')).toEqual(['m=audio 20000 RTP/AVP 9 8 101']);
  });

  it('is settled by the answer: its first codec, its direction, its digits', () => {
    const theirs = ['m=audio 4000 RTP/AVP 8 0 101', 'a=rtpmap:101 telephone-event/8000', 'a=sendonly'];
    const result = acceptAnswer(createOffer(OURS), sdp(theirs), OURS);
    expect(result.ok && result.media).toMatchObject({
      codec: 'PCMA',
      payloadType: 8,
      telephoneEvents: [{ payloadType: 101, clockRateHz: 8000 }],
      direction: 'recvonly',
      isHeld: true,
    });
  });

  it.each([
    ['refuses audio', ['m=audio 0 RTP/AVP 0']],
    ['has no section', []],
    ['has a codec that was not offered', ['m=audio 4000 RTP/AVP 3']],
    ['changes the transport', ['m=audio 4000 RTP/SAVP 0']],
  ])('fails when the answer %s', (_, media) => {
    expect(acceptAnswer(createOffer(OURS), sdp(media), OURS).ok).toBe(false);
  });

  it('within a call keeps sections, formats and text, so that a refresh changes nothing', () => {
    const offer = sdp(['m=video 5000 RTP/AVP 31', 'm=audio 4000 RTP/AVP 96', 'a=rtpmap:96 opus/48000/2']);
    const { description } = agreed(answerOffer(offer, OURS));
    expect(createOffer(OURS, description)).toEqual(description);
    const hold = createOffer({ ...OURS, direction: 'inactive' }, description);
    expect([hold.version, ...lines(hold, 'm=')]).toEqual([2, 'm=video 0 RTP/AVP 31', 'm=audio 20000 RTP/AVP 96']);
  });
});

it('two of us always agree, whoever offers', () => {
  const theirs = { ...OURS, address: '192.0.2.2', port: 30_000 };
  const codecs = fc.uniqueArray(fc.constantFrom('opus', 'G722', 'PCMU', 'PCMA'), { minLength: 1 });
  fc.assert(
    fc.property(codecs, fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'inactive'), (codecs, direction) => {
      const local = { ...OURS, codecs, direction };
      const offer = createOffer(local);
      const answered = agreed(answerOffer(Buffer.from(offer.text), theirs));
      const accepted = acceptAnswer(offer, Buffer.from(answered.description.text), local);
      if (!accepted.ok) throw new Error(accepted.reason);
      expect(accepted.media.codec).toBe(answered.media.codec);
      expect(accepted.media.payloadType).toBe(answered.media.payloadType);
      expect(accepted.media.telephoneEvents).toEqual(answered.media.telephoneEvents);
      expect(accepted.media.direction).toBe(direction);
    }),
  );
});

it('no bytes and no damage make it throw', () => {
  const whole = sdp([
    'm=audio 4000 RTP/SAVP 0 96 101',
    'a=rtpmap:96 opus/48000/2',
    CRYPTO,
    'a=rtcp:4001 IN IP4 1.2.3.4',
  ]);
  const local = { ...OURS, srtp: { isMandatory: false, key: KEY } };
  const changes = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 5 });
  fc.assert(
    fc.property(changes, (edits) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of edits) bytes[at] = byte;
      const result = answerOffer(bytes, local);
      // Whatever we say is itself a description.
      if (result.ok) expect(parseSessionDescription(Buffer.from(result.description.text)).ok).toBe(true);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof answerOffer(bytes, local).ok === 'boolean'),
  );
});
