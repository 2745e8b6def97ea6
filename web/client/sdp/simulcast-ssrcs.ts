import type { SsrcGroup } from '#protocol/media/source.ts';
import { attributeValues, joinSdp, splitSdp } from './sdp-lines.ts';
import { readGroups, readSsrcs } from './read-answer.ts';

/**
 * Simulcast by SSRC (wire note §5.6). Chromium and Safari make one stream of a video sender unless the local
 * description lists three in a SIM group; this adds the other two, each with its retransmission, as Jitsi's client
 * does. Browsers have no API for it, and RIDs are no way out since the bridge separates streams by SSRC alone.
 */

/** Lowest layer first. */
export const SIMULCAST_LAYERS = 3;

/** Hands out SSRCs for added streams; random ones in a browser. */
export type SsrcSource = () => number;

export function randomSsrc(): number {
  // 0 is no valid SSRC for Jitsi clients, and a set highest bit keeps all at ten decimal digits (wire note §5.3).
  return ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 1) | 0x8000_0000) >>> 0;
}

/**
 * @param mids m-sections of the answer that shall send simulcast
 * @param nextSsrc never the same twice
 * @returns the answer with a SIM group in each of them; sections that send nothing or have one already stay as they are
 */
export function addSimulcastSsrcs(answer: string, mids: ReadonlySet<string>, nextSsrc: SsrcSource): string {
  const { session, media } = splitSdp(answer);
  return joinSdp({
    session,
    media: media.map((lines) => {
      const mid = attributeValues(lines, 'mid')[0];
      return mid !== undefined && mids.has(mid) ? withLayers(lines, nextSsrc) : lines;
    }),
  });
}

function withLayers(lines: readonly string[], nextSsrc: SsrcSource): readonly string[] {
  const groups = readGroups(lines);
  const primary = groups.find(({ semantics }) => semantics === 'FID')?.ssrcs[0] ?? readSsrcs(lines)[0];
  if (primary === undefined || groups.some(({ semantics }) => semantics === 'SIM')) return lines;
  const hasRtx = groups.some(({ semantics }) => semantics === 'FID');
  const attributes = attributeValues(lines, 'ssrc').flatMap((value) => {
    const [ssrc, ...rest] = value.split(' ');
    return Number(ssrc) === primary ? [rest.join(' ')] : [];
  });
  const describe = (ssrc: number): string[] => attributes.map((attribute) => `a=ssrc:${ssrc} ${attribute}`);
  const added = Array.from({ length: SIMULCAST_LAYERS - 1 }, () => {
    const ssrc = nextSsrc();
    const rtx = hasRtx ? nextSsrc() : undefined;
    const group = rtx === undefined ? [] : [`a=ssrc-group:FID ${ssrc} ${rtx}`];
    return { ssrc, lines: [...group, ...describe(ssrc), ...(rtx === undefined ? [] : describe(rtx))] };
  });
  return [
    ...lines,
    `a=ssrc-group:SIM ${[primary, ...added.map(({ ssrc }) => ssrc)].join(' ')}`,
    ...added.flatMap((layer) => layer.lines),
  ];
}

/**
 * The groups to signal for the streams of one sender: those of the description and, where the browser makes simulcast
 * by RID (Firefox), a SIM group over its primary SSRCs.
 */
export function signalledGroups(ssrcs: readonly number[], groups: readonly SsrcGroup[]): readonly SsrcGroup[] {
  if (groups.some(({ semantics }) => semantics === 'SIM')) return groups;
  const retransmissions = new Set(groups.flatMap((group) => (group.semantics === 'FID' ? group.ssrcs.slice(1) : [])));
  const primaries = ssrcs.filter((ssrc) => !retransmissions.has(ssrc));
  return primaries.length < 2 ? groups : [{ semantics: 'SIM', ssrcs: primaries }, ...groups];
}
