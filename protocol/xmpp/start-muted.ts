import { child, text, xml, type XmlElement } from './element.ts';
import { NS_JITMEET } from './jingle-rtp.ts';

/** Older clients tell and are told of the policy under this name; newer ones by the metadata (wire note §4.2, §5.2). */
export const NS_START_MUTED = 'http://jitsi.org/jitmeet/start-muted';

/** Clients that have it start muted by the room's metadata, without being told in the offer. */
export const FEATURE_START_MUTED = 'http://jitsi.org/start-muted-room-metadata';

/** What of newcomers is off at first (wire note §7.7). */
export interface StartMutedPolicy {
  readonly audio: boolean;
  readonly video: boolean;
}

/**
 * Reads what the metadata component tells a room.
 * @returns the room's address and the policy; undefined for a message that is no room's metadata.
 */
export function readStartMutedPolicy(
  message: XmlElement,
): { readonly room: string; readonly policy: StartMutedPolicy } | undefined {
  const element = child(message, 'json-message', NS_JITMEET);
  const room = element?.attrs['room'];
  if (element === undefined || room === undefined) return undefined;
  const json = parse(text(element));
  const said = field(json, 'type') === 'room_metadata' ? field(json, 'metadata') : undefined;
  if (typeof said !== 'object' || said === null) return undefined;
  const policy = field(said, 'startMuted');
  return { room, policy: { audio: field(policy, 'audio') === true, video: field(policy, 'video') === true } };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `<startmuted/>` of an offer. */
export function startMutedElement({ audio, video }: StartMutedPolicy): XmlElement {
  return xml('startmuted', { xmlns: NS_START_MUTED, audio, video });
}
