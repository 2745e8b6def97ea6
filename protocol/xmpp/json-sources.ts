import { z } from 'zod';
import { DecodeError } from './decode-error.ts';
import { text, xml, type XmlElement } from './element.ts';
import { NO_SOURCES, NS_JITMEET, ssrcGroup, ssrcSource, type DescribedSources, type SsrcSource } from './jingle-rtp.ts';
import type { SsrcGroup } from '../media/source.ts';

/** Disco feature of clients that read sources in JSON (wire note §5.2). */
export const FEATURE_JSON_SOURCES = 'http://jitsi.org/json-encoded-sources';

/** All sources of one owner. */
export interface OwnedSources {
  /** Endpoint id. */
  readonly owner: string;
  readonly video: DescribedSources;
  readonly audio: DescribedSources;
}

const MAX_LENGTH = 262_144;
const MAX_OWNERS = 1_000;
const MAX_ITEMS = 64;

const ssrc = z.union([z.string().max(10), z.number().int().transform(String)]);
const source = z.object({
  s: ssrc,
  n: z.string().optional(),
  m: z.string().optional(),
  v: z.string().optional(),
});
const group = z.tuple([z.string()], ssrc);
const owned = z.tuple([
  z.array(source).max(MAX_ITEMS).default([]),
  z.array(group).max(MAX_ITEMS).default([]),
  z.array(source).max(MAX_ITEMS).default([]),
  z.array(group).max(MAX_ITEMS).default([]),
]);
const message = z.object({ sources: z.record(z.string().regex(/^[\w.-]{1,64}$/), owned) });

/**
 * Reads Jitsi's JSON form of sources.
 * @returns undefined for a `<json-message/>` about something else.
 * @throws DecodeError
 */
export function decodeJsonSources(element: XmlElement): readonly OwnedSources[] | undefined {
  const content = text(element);
  if (content.length > MAX_LENGTH) throw new DecodeError('too-large', `more than ${MAX_LENGTH} characters of JSON`);
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw new DecodeError('bad-format', 'a json-message that is not JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, 'sources')) return undefined;
  const parsed = message.safeParse(value);
  if (!parsed.success) throw new DecodeError('bad-format', 'JSON sources of a wrong form', { cause: parsed.error });
  const entries = Object.entries(parsed.data.sources);
  if (entries.length > MAX_OWNERS) throw new DecodeError('too-large', `more than ${MAX_OWNERS} owners of sources`);
  return entries.map(([owner, [videoSources, videoGroups, audioSources, audioGroups]]) => ({
    owner,
    video: { ssrcs: videoSources.map((item) => toSsrcSource(owner, item)), groups: videoGroups.flatMap(toGroup) },
    audio: { ssrcs: audioSources.map((item) => toSsrcSource(owner, item)), groups: audioGroups.flatMap(toGroup) },
  }));
}

/**
 * Writes Jitsi's JSON form. Owners keep their order except that names of digits only come first (as in every JavaScript
 * object), so what must come first, the bridge's placeholders, belongs into XML.
 */
export function encodeJsonSources(sources: readonly OwnedSources[]): XmlElement {
  const entries = sources.map(({ owner, video, audio }) => {
    const lists: unknown[][] = [
      video.ssrcs.map(fromSsrcSource),
      video.groups.map(fromGroup),
      audio.ssrcs.map(fromSsrcSource),
      audio.groups.map(fromGroup),
    ];
    while (lists.at(-1)?.length === 0) lists.pop();
    return [owner, lists] as const;
  });
  return xml('json-message', { xmlns: NS_JITMEET }, JSON.stringify({ sources: Object.fromEntries(entries) }));
}

/** An owner without sources. */
export function noOwnedSources(owner: string): OwnedSources {
  return { owner, video: NO_SOURCES, audio: NO_SOURCES };
}

function toSsrcSource(owner: string, item: z.infer<typeof source>): SsrcSource {
  return ssrcSource({
    ssrc: item.s,
    name: item.n,
    owner,
    msid: item.m,
    videoType: item.v === 'd' ? 'desktop' : undefined,
  });
}

function fromSsrcSource(item: SsrcSource): z.input<typeof source> {
  return {
    s: String(item.ssrc),
    ...(item.name === undefined ? {} : { n: item.name }),
    ...(item.msid === undefined ? {} : { m: item.msid }),
    ...(item.videoType === 'desktop' ? { v: 'd' } : {}),
  };
}

function toGroup([semantics, ...ssrcs]: z.infer<typeof group>): SsrcGroup[] {
  if (semantics === 'f') return [ssrcGroup('FID', ssrcs)];
  if (semantics === 's') return [ssrcGroup('SIM', ssrcs)];
  return [];
}

function fromGroup({ semantics, ssrcs }: SsrcGroup): string[] {
  return [semantics === 'FID' ? 'f' : 's', ...ssrcs.map(String)];
}
