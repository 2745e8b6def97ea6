import type { MediaKind, ReceivedSource, Source, VideoType } from '../media/source.ts';
import { DecodeError } from './decode-error.ts';
import type { JingleContent } from './jingle.ts';
import { NO_SOURCES, type DescribedSources, type SsrcSource } from './jingle-rtp.ts';
import type { OwnedSources } from './json-sources.ts';

/** Between what Jingle signals per SSRC and what focus and web mean by a source. */

/** The part of a Jingle message that carries sources. */
export interface SignalledSources {
  readonly contents: readonly JingleContent[];
  readonly jsonSources?: readonly OwnedSources[];
}

/** All SSRCs of one kind in a message, whichever form they came in. */
export function describedSources(signalled: SignalledSources, kind: MediaKind): DescribedSources {
  const parts: DescribedSources[] = [];
  for (const { description } of signalled.contents) {
    if (description?.media === kind) parts.push(description);
  }
  for (const owned of signalled.jsonSources ?? []) parts.push(owned[kind]);
  return { ssrcs: parts.flatMap(({ ssrcs }) => ssrcs), groups: parts.flatMap(({ groups }) => groups) };
}

/**
 * A client's own sources from its session-accept or source-add: SSRCs of one name are one source.
 * @throws DecodeError when an SSRC has no name or msid, stands twice, contradicts others of its name, or a group reaches
 *   beyond one source.
 */
export function decodeSentSources(signalled: SignalledSources, sender: string): readonly Source[] {
  return (['audio', 'video'] as const).flatMap((kind) => sentSources(describedSources(signalled, kind), kind, sender));
}

function sentSources({ ssrcs, groups }: DescribedSources, kind: MediaKind, sender: string): Source[] {
  const byName = new Map<string, { first: SsrcSource; msid: string; ssrcs: number[] }>();
  const nameOf = new Map<number, string>();
  for (const item of ssrcs) {
    const { name, msid, ssrc } = item;
    if (name === undefined) throw new DecodeError('bad-format', `SSRC ${ssrc} has no source name`);
    if (msid === undefined) throw new DecodeError('bad-format', `SSRC ${ssrc} has no msid`);
    if (nameOf.has(ssrc)) throw new DecodeError('bad-format', `SSRC ${ssrc} stands twice`);
    nameOf.set(ssrc, name);
    const known = byName.get(name);
    if (known === undefined) {
      byName.set(name, { first: item, msid, ssrcs: [ssrc] });
      continue;
    }
    if (known.msid !== msid) throw new DecodeError('bad-format', `the SSRCs of ${name} have different msids`);
    if (known.first.videoType !== item.videoType) {
      throw new DecodeError('bad-format', `the SSRCs of ${name} have different video types`);
    }
    known.ssrcs.push(ssrc);
  }
  for (const group of groups) {
    const names = new Set(group.ssrcs.map((ssrc) => nameOf.get(ssrc)));
    if (names.size !== 1 || names.has(undefined)) {
      throw new DecodeError('bad-format', `a ${group.semantics} group reaches beyond the SSRCs of one source`);
    }
  }
  return [...byName].map(([name, source]) => ({
    name,
    owner: sender,
    kind,
    ...videoTypeOf(kind, source.first.videoType),
    msid: source.msid,
    ssrcs: source.ssrcs,
    groups: groups.filter(({ ssrcs: [ssrc] }) => ssrc !== undefined && nameOf.get(ssrc) === name),
  }));
}

/** A client's own sources for its session-accept or source-add. */
export function describeSentSources(sources: readonly Source[], kind: MediaKind): DescribedSources {
  const ofKind = sources.filter((source) => source.kind === kind);
  return {
    ssrcs: ofKind.flatMap(({ name, msid, ssrcs, videoType }) =>
      ssrcs.map((ssrc) => ({ ssrc, name, msid, ...videoTypeOf(kind, videoType) })),
    ),
    groups: ofKind.flatMap(({ groups }) => groups),
  };
}

/**
 * What a receiver is offered (or loses) in session-initiate, source-add or source-remove, placeholders included.
 * @throws DecodeError when a source lacks name, owner or msid, or a video source is not one SSRC with at most one RTX.
 */
export function decodeReceivedSources(signalled: SignalledSources): readonly ReceivedSource[] {
  return (['audio', 'video'] as const).flatMap((kind) => receivedSources(describedSources(signalled, kind), kind));
}

function receivedSources({ ssrcs, groups }: DescribedSources, kind: MediaKind): ReceivedSource[] {
  const rtxOf = new Map<number, number>();
  for (const group of groups) {
    const [primary, rtx] = group.ssrcs;
    if (group.semantics !== 'FID' || primary === undefined || rtx === undefined || group.ssrcs.length !== 2) {
      throw new DecodeError('bad-format', 'a receiver gets FID groups of two SSRCs only');
    }
    rtxOf.set(primary, rtx);
  }
  const retransmissions = new Set(rtxOf.values());
  const sources = new Map<string, ReceivedSource>();
  for (const { ssrc, name, owner, msid, videoType } of ssrcs) {
    if (retransmissions.has(ssrc)) continue;
    if (name === undefined || owner === undefined || msid === undefined) {
      throw new DecodeError('bad-format', `SSRC ${ssrc} lacks name, owner or msid`);
    }
    if (sources.has(name)) throw new DecodeError('bad-format', `${name} has two SSRCs without a group`);
    const rtxSsrc = rtxOf.get(ssrc);
    sources.set(name, {
      name,
      owner,
      kind,
      ...videoTypeOf(kind, videoType),
      msid,
      ssrc,
      ...(rtxSsrc === undefined ? {} : { rtxSsrc }),
    });
  }
  return [...sources.values()];
}

/** Sources for one receiver, for the description of a content. */
export function describeReceivedSources(sources: readonly ReceivedSource[], kind: MediaKind): DescribedSources {
  const ofKind = sources.filter((source) => source.kind === kind);
  if (ofKind.length === 0) return NO_SOURCES;
  return {
    ssrcs: ofKind.flatMap(({ ssrc, rtxSsrc, name, owner, msid, videoType }) =>
      [ssrc, rtxSsrc].flatMap((one) =>
        one === undefined ? [] : [{ ssrc: one, name, owner, msid, ...videoTypeOf(kind, videoType) }],
      ),
    ),
    groups: ofKind.flatMap(({ ssrc, rtxSsrc }) =>
      rtxSsrc === undefined ? [] : [{ semantics: 'FID', ssrcs: [ssrc, rtxSsrc] }],
    ),
  };
}

/** Sources for one receiver in the JSON form, by owner. */
export function ownedReceivedSources(sources: readonly ReceivedSource[]): readonly OwnedSources[] {
  return [...Map.groupBy(sources, ({ owner }) => owner)].map(([owner, ofOwner]) => ({
    owner,
    video: describeReceivedSources(ofOwner, 'video'),
    audio: describeReceivedSources(ofOwner, 'audio'),
  }));
}

function videoTypeOf(kind: MediaKind, videoType: VideoType | undefined): { readonly videoType?: VideoType } {
  return kind === 'audio' || videoType === undefined ? {} : { videoType };
}
