import { formatSourceName, type MediaKind, type Source, type VideoType } from '#protocol/media/source.ts';
import type { AnswerSection } from '../sdp/read-answer.ts';
import { signalledGroups } from '../sdp/simulcast-ssrcs.ts';

/** What a participant can send, each in an m-section of its own that stays for the whole session. */
export type SendSlotName = 'microphone' | 'camera' | 'screen' | 'screen-audio';

export interface SendSlot {
  readonly slot: SendSlotName;
  readonly mid: string;
  readonly kind: MediaKind;
  /** N of the source name `<id>-a<N>` or `<id>-v<N>` (wire note, rule 5). */
  readonly index: number;
  readonly videoType?: VideoType;
}

export const SEND_SLOTS: readonly SendSlot[] = [
  { slot: 'microphone', mid: '0', kind: 'audio', index: 0 },
  { slot: 'camera', mid: '1', kind: 'video', index: 0, videoType: 'camera' },
  { slot: 'screen', mid: '2', kind: 'video', index: 1, videoType: 'desktop' },
  { slot: 'screen-audio', mid: '3', kind: 'audio', index: 1 },
];

export function sendSlot(name: SendSlotName): SendSlot {
  const found = SEND_SLOTS.find(({ slot }) => slot === name);
  if (found === undefined) throw new Error(`no slot ${name}`);
  return found;
}

export function sourceNameOf({ kind, index }: SendSlot, endpoint: string): string {
  return formatSourceName({ endpoint, kind, index });
}

/**
 * The source to announce for what a slot sends.
 * @param section of the answer in force; its SSRCs stay for the session
 * @param trackId any id that no other source has
 * @returns undefined if the browser sends nothing there
 */
export function sentSource(
  slot: SendSlot,
  endpoint: string,
  section: AnswerSection,
  trackId: string,
): Source | undefined {
  if (section.isRejected || section.ssrcs.length === 0) return undefined;
  return {
    name: sourceNameOf(slot, endpoint),
    owner: endpoint,
    kind: slot.kind,
    ...(slot.videoType === undefined ? {} : { videoType: slot.videoType }),
    msid: `${endpoint}-${slot.kind}-${slot.index} ${trackId}`,
    ssrcs: section.ssrcs,
    groups: signalledGroups(section.ssrcs, section.groups),
  };
}
