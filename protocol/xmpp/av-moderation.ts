import { z } from 'zod';
import { DecodeError } from './decode-error.ts';
import { child, text, xml, type XmlElement } from './element.ts';
import { NS_JITMEET } from './jingle-rtp.ts';
import type { MuteKind } from './mute.ts';

/** Jitsi's AV moderation (wire note §7.3): while it is on for a kind of media, only those a moderator approves send it. */

const mediaType = z.enum(['audio', 'video', 'desktop']);
const occupantAddress = z.string().max(3_071);

/** What a moderator asks for. */
export type AvModerationRequest =
  | { readonly kind: 'switch'; readonly mediaType: MuteKind; readonly isOn: boolean }
  /** `target` is an occupant's address, as sent. */
  | { readonly kind: 'approve' | 'reject'; readonly mediaType: MuteKind; readonly target: string };

/** Reads a request, or undefined if the message is about something else or makes no sense. */
export function readAvModerationRequest(message: XmlElement): AvModerationRequest | undefined {
  const element = child(message, 'av_moderation');
  const media = mediaType.safeParse(element?.attrs['mediaType']);
  if (element === undefined || !media.success) return undefined;
  const { enable, jidToWhitelist, jidToBlacklist } = element.attrs;
  if (enable === 'true' || enable === 'false') {
    return { kind: 'switch', mediaType: media.data, isOn: enable === 'true' };
  }
  const target = jidToWhitelist ?? jidToBlacklist;
  if (target === undefined) return undefined;
  return { kind: jidToWhitelist === undefined ? 'reject' : 'approve', mediaType: media.data, target };
}

export function encodeAvModerationRequest(request: AvModerationRequest): XmlElement {
  const { kind, mediaType: media } = request;
  if (kind === 'switch') return xml('av_moderation', { enable: request.isOn, mediaType: media });
  const attribute = kind === 'approve' ? 'jidToWhitelist' : 'jidToBlacklist';
  return xml('av_moderation', { [attribute]: request.target, mediaType: media });
}

const switched = z.object({
  type: z.literal('av_moderation'),
  enabled: z.boolean(),
  mediaType,
  /** Bare address of the room. */
  room: occupantAddress,
  /** Occupant address of the moderator who did it. */
  actor: occupantAddress,
});
const whitelists = z.object({
  type: z.literal('av_moderation'),
  room: occupantAddress,
  /** The kind that has changed. */
  mediaType,
  removed: z.boolean().optional(),
  /** Occupant addresses of those who may send, of every kind that is moderated. */
  whitelists: z.partialRecord(mediaType, z.array(occupantAddress).max(10_000)),
});
const decided = z.object({
  type: z.literal('av_moderation'),
  mediaType,
  approved: z.boolean().optional(),
  removed: z.boolean().optional(),
});
const notice = z.union([whitelists, switched, decided]);

/** To everyone, that it is on or off; to moderators and the focus, who may send; to one person, that it may. */
export type AvModerationNotice = z.infer<typeof notice>;

/**
 * Reads what the component says.
 * @returns undefined for a message without JSON.
 * @throws DecodeError (`bad-format`) for anything that this version does not know.
 */
export function decodeAvModerationNotice(message: XmlElement): AvModerationNotice | undefined {
  const element = child(message, 'json-message', NS_JITMEET);
  if (element === undefined) return undefined;
  try {
    return notice.parse(JSON.parse(text(element)));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw new DecodeError('bad-format', 'not a notice of AV moderation', { cause: error });
  }
}
