import type { MediaSection } from './session-description.ts';

/** What a phone and the gateway can speak, in our order of preference. */
export const CODECS = ['opus', 'G722', 'PCMU', 'PCMA'] as const;

export type CodecName = (typeof CODECS)[number];

export interface TelephoneEvent {
  readonly payloadType: number;
  readonly clockRateHz: 8000 | 48_000;
}

/** One format of an `m=` line as its `rtpmap` says, or RFC 3551 §6 where there is none. */
export interface AudioFormat {
  readonly payloadType: number;
  readonly codec: CodecName;
}

/** `encoding/clock rate[/channels]` in lower case. The clock of G.722 is 8000 by an old mistake (RFC 3551 §4.5.2). */
export const ENCODINGS: Readonly<Record<CodecName, string>> = {
  opus: 'opus/48000/2',
  G722: 'G722/8000',
  PCMU: 'PCMU/8000',
  PCMA: 'PCMA/8000',
};

const STATIC_ENCODINGS = new Map([
  [0, 'pcmu/8000'],
  [8, 'pcma/8000'],
  [9, 'g722/8000'],
]);

/** One channel may be said or not. */
const codecByEncoding = new Map<string, CodecName>([
  ...CODECS.map((codec) => [ENCODINGS[codec].toLowerCase(), codec] as const),
  ...CODECS.filter((codec) => codec !== 'opus').map((codec) => [`${ENCODINGS[codec].toLowerCase()}/1`, codec] as const),
]);

const telephoneEventClocks = new Map<string, TelephoneEvent['clockRateHz']>([
  ['telephone-event/8000', 8000],
  ['telephone-event/8000/1', 8000],
  ['telephone-event/48000', 48_000],
  ['telephone-event/48000/1', 48_000],
]);

export interface AudioFormats {
  /** Those we can speak, in the order of the section. */
  readonly codecs: readonly AudioFormat[];
  readonly telephoneEvents: readonly TelephoneEvent[];
}

export function readAudioFormats(section: MediaSection): AudioFormats {
  const encodings = new Map<number, string>(STATIC_ENCODINGS);
  for (const { name, value } of section.attributes) {
    const match = name === 'rtpmap' ? /^(\d{1,3}) +(\S+)$/.exec(value) : null;
    if (match?.[1] !== undefined && match[2] !== undefined) encodings.set(Number(match[1]), match[2].toLowerCase());
  }
  const codecs: AudioFormat[] = [];
  const telephoneEvents: TelephoneEvent[] = [];
  for (const payloadType of section.payloadTypes) {
    const encoding = encodings.get(payloadType) ?? '';
    const codec = codecByEncoding.get(encoding);
    const clockRateHz = telephoneEventClocks.get(encoding);
    if (codec !== undefined) codecs.push({ payloadType, codec });
    if (clockRateHz !== undefined) telephoneEvents.push({ payloadType, clockRateHz });
  }
  return { codecs, telephoneEvents };
}
