import { DecodeError } from './decode-error.ts';
import { text, xml, type XmlElement } from './element.ts';
import { NS_JITMEET, ssrcGroup, ssrcSource, type DescribedSources, type SsrcSource } from './jingle-rtp.ts';
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

const OWNER = /^[\w.-]{1,64}$/;

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
  if (!isObject(value) || !Object.hasOwn(value, 'sources')) return undefined;
  const { sources } = value;
  if (!isObject(sources) || Array.isArray(sources)) throw wrongForm();
  const entries = Object.entries(sources);
  if (entries.length > MAX_OWNERS) throw new DecodeError('too-large', `more than ${MAX_OWNERS} owners of sources`);
  return entries.map(([owner, lists]) => decodeOwner(owner, lists));
}

/** Read by hand and not with a schema: the browser needs it, and zod is larger than the rest of the client. */
function decodeOwner(owner: string, lists: unknown): OwnedSources {
  if (!OWNER.test(owner) || !Array.isArray(lists) || lists.length > 4) throw wrongForm();
  const [video, videoGroups, audio, audioGroups] = lists;
  return {
    owner,
    video: {
      ssrcs: items(video).map((item) => toSsrcSource(owner, item)),
      groups: items(videoGroups).flatMap(toGroup),
    },
    audio: {
      ssrcs: items(audio).map((item) => toSsrcSource(owner, item)),
      groups: items(audioGroups).flatMap(toGroup),
    },
  };
}

/** A list that may be left out at the end. */
function items(list: unknown): readonly unknown[] {
  if (list === undefined) return [];
  if (!Array.isArray(list) || list.length > MAX_ITEMS) throw wrongForm();
  return list;
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

function toSsrcSource(owner: string, item: unknown): SsrcSource {
  if (!isObject(item)) throw wrongForm();
  return ssrcSource({
    ssrc: ssrcText(item['s']),
    name: optionalText(item['n']),
    owner,
    msid: optionalText(item['m']),
    videoType: optionalText(item['v']) === 'd' ? 'desktop' : undefined,
  });
}

function fromSsrcSource(item: SsrcSource): Record<string, string> {
  return {
    s: String(item.ssrc),
    ...(item.name === undefined ? {} : { n: item.name }),
    ...(item.msid === undefined ? {} : { m: item.msid }),
    ...(item.videoType === 'desktop' ? { v: 'd' } : {}),
  };
}

function toGroup(value: unknown): SsrcGroup[] {
  if (!Array.isArray(value)) throw wrongForm();
  const [semantics, ...ssrcs]: unknown[] = value;
  if (typeof semantics !== 'string') throw wrongForm();
  const texts = ssrcs.map(ssrcText);
  if (semantics === 'f') return [ssrcGroup('FID', texts)];
  if (semantics === 's') return [ssrcGroup('SIM', texts)];
  return [];
}

function fromGroup({ semantics, ssrcs }: SsrcGroup): string[] {
  return [semantics === 'FID' ? 'f' : 's', ...ssrcs.map(String)];
}

/** Jitsi's clients write SSRCs as text or as numbers. */
function ssrcText(value: unknown): string {
  if (typeof value === 'string' && value.length <= 10) return value;
  if (Number.isSafeInteger(value)) return String(value);
  throw wrongForm();
}

function optionalText(value: unknown): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw wrongForm();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function wrongForm(): DecodeError {
  return new DecodeError('bad-format', 'JSON sources of a wrong form');
}
