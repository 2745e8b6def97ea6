import fc from 'fast-check';
import { getSupportedRtpCapabilities, ortc, type types } from 'mediasoup';
import { describe, expect, test } from 'vitest';
import type { Source, SsrcGroup } from '#protocol/media/source.ts';
import {
  encodingsOf,
  MAX_SIMULCAST_LAYERS,
  offeredCapabilities,
  producerParameters,
  ROUTER_CODECS,
  usedCapabilities,
} from './rtp-mapping.ts';

const router = ortc.generateRouterRtpCapabilities(ROUTER_CODECS);
const used = usedCapabilities(router);

function video(ssrcs: readonly number[], groups: readonly SsrcGroup[]): Source {
  return { name: '1f0c9a7e-v0', owner: '1f0c9a7e', kind: 'video', msid: 'a b', ssrcs, groups };
}

describe('what is offered', () => {
  test('leaves out extensions that break Jitsi clients or simulcast', () => {
    const uris = offeredCapabilities(used).headerExtensions.map(({ uri }) => uri);
    const all = (getSupportedRtpCapabilities().headerExtensions ?? []).map(({ uri }) => uri);
    expect(all.some((uri) => uri.endsWith('abs-capture-time'))).toBe(true);
    expect(uris.filter((uri) => /sdes:|abs-capture-time|packet-id|playout-delay/.test(uri))).toEqual([]);
  });

  test('has RTX for video, and the bitrate at which Chromium starts', () => {
    const { payloadTypes } = offeredCapabilities(used);
    const vp8 = payloadTypes.find(({ name }) => name === 'VP8');
    expect(vp8?.parameters['x-google-start-bitrate']).toBe('2000');
    expect(payloadTypes.find(({ name }) => name === 'rtx')?.parameters['apt']).toBe(String(vp8?.id));
  });

  test('uses each payload type once, and each extension id for one thing', () => {
    const { payloadTypes, headerExtensions } = offeredCapabilities(used);
    expect(new Set(payloadTypes.map(({ id }) => id)).size).toBe(payloadTypes.length);
    const uriById = new Map(headerExtensions.map(({ id, uri }) => [id, uri]));
    expect(headerExtensions.every(({ id, uri }) => uriById.get(id) === uri && id >= 1 && id <= 14)).toBe(true);
  });
});

describe('sound', () => {
  test('is offered as Opus first, and as what telephones send under its static payload types', () => {
    const { payloadTypes } = offeredCapabilities(used);
    const audio = payloadTypes.filter(({ kind }) => kind === 'audio');
    expect(audio.map(({ id, name, clockRate }) => [id, name, clockRate])).toEqual([
      [111, 'opus', 48_000],
      [9, 'G722', 8_000],
      [0, 'PCMU', 8_000],
      [8, 'PCMA', 8_000],
    ]);
  });

  test.each([
    [undefined, 'audio/opus'],
    ['opus', 'audio/opus'],
    ['G722', 'audio/G722'],
    ['PCMU', 'audio/PCMU'],
    ['PCMA', 'audio/PCMA'],
  ] as const)('of codec %s comes in as %s alone, and mediasoup can forward it', (codec, mimeType) => {
    const source = { kind: 'audio', ...(codec === undefined ? {} : { codec }) } as const;
    const parameters: types.RtpParameters = structuredClone(producerParameters(source, [{ ssrc: 1 }], used));
    expect(parameters.codecs.map((one) => one.mimeType)).toEqual([mimeType]);
    const mapping = ortc.getProducerRtpParametersMapping(parameters, router);
    const consumable = ortc.getConsumableRtpParameters('audio', parameters, router, mapping);
    expect(ortc.canConsume(consumable, used)).toBe(true);
  });
});

describe('streams of a source', () => {
  test('with simulcast keep the order of the SIM group and find their retransmissions', () => {
    const groups: readonly SsrcGroup[] = [
      { semantics: 'FID', ssrcs: [30, 31] },
      { semantics: 'SIM', ssrcs: [10, 20, 30] },
      { semantics: 'FID', ssrcs: [10, 11] },
    ];
    expect(encodingsOf(video([30, 31, 20, 10, 11], groups))).toEqual([
      { ssrc: 10, rtxSsrc: 11 },
      { ssrc: 20 },
      { ssrc: 30, rtxSsrc: 31 },
    ]);
  });

  test('without simulcast are the first that is no retransmission', () => {
    expect(encodingsOf(video([11, 10], [{ semantics: 'FID', ssrcs: [10, 11] }]))).toEqual([{ ssrc: 10, rtxSsrc: 11 }]);
    expect(encodingsOf(video([10], []))).toEqual([{ ssrc: 10 }]);
  });

  test.each<[string, readonly number[], readonly SsrcGroup[]]>([
    ['no SSRC', [], []],
    ['one twice', [10, 10], []],
    ['a group of foreign ones', [10], [{ semantics: 'SIM', ssrcs: [10, 20] }]],
    ['a FID group of three', [10, 11, 12], [{ semantics: 'FID', ssrcs: [10, 11, 12] }]],
    [
      'only retransmissions',
      [10, 11],
      [
        { semantics: 'FID', ssrcs: [10, 11] },
        { semantics: 'FID', ssrcs: [11, 10] },
      ],
    ],
    [
      'a shared retransmission',
      [10, 20, 11],
      [
        { semantics: 'FID', ssrcs: [10, 11] },
        { semantics: 'FID', ssrcs: [20, 11] },
      ],
    ],
    [
      'a layer that is a retransmission',
      [10, 11],
      [
        { semantics: 'SIM', ssrcs: [10, 11] },
        { semantics: 'FID', ssrcs: [10, 11] },
      ],
    ],
    ['four layers', [1, 2, 3, 4], [{ semantics: 'SIM', ssrcs: [1, 2, 3, 4] }]],
  ])('are refused with %s', (_, ssrcs, groups) => {
    expect(encodingsOf(video(ssrcs, groups))).toBeTypeOf('string');
  });

  test('are a valid description or a refusal, whatever a client signals, and mediasoup accepts what is valid', () => {
    const ssrc = fc.integer({ min: 1, max: 8 });
    const group = fc.record({
      semantics: fc.constantFrom<SsrcGroup['semantics']>('SIM', 'FID'),
      ssrcs: fc.array(ssrc, { maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(ssrc, { maxLength: 8 }), fc.array(group, { maxLength: 5 }), (ssrcs, groups) => {
        const encodings = encodingsOf(video(ssrcs, groups));
        if (typeof encodings === 'string') return;
        const all = encodings.flatMap((encoding) => [encoding.ssrc, encoding.rtxSsrc ?? []].flat());
        expect(new Set(all).size).toBe(all.length);
        expect(all.every((one) => ssrcs.includes(one))).toBe(true);
        expect(encodings.length).toBeGreaterThan(0);
        expect(encodings.length).toBeLessThanOrEqual(MAX_SIMULCAST_LAYERS);
        const parameters: types.RtpParameters = structuredClone(producerParameters({ kind: 'video' }, encodings, used));
        ortc.validateAndNormalizeRtpParameters(parameters);
        ortc.getProducerRtpParametersMapping(parameters, router);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of VP8 name their temporal layers, without which only the lowest would be forwarded', () => {
    const { encodings = [] } = producerParameters({ kind: 'video' }, [{ ssrc: 1 }, { ssrc: 2 }], used);
    expect(encodings.map(({ scalabilityMode }) => scalabilityMode)).toEqual(['L1T3', 'L1T3']);
    expect(producerParameters({ kind: 'audio' }, [{ ssrc: 1 }], used).encodings).toEqual([{ ssrc: 1 }]);
  });
});
