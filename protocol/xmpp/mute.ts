import { booleanText } from './attributes.ts';
import { child, text, xml, type XmlElement } from './element.ts';

/** Jitsi's mute requests (wire note §5.11): one namespace per kind. */
export type MuteKind = 'audio' | 'video' | 'desktop';

const NAMESPACES: Readonly<Record<MuteKind, string>> = {
  audio: 'http://jitsi.org/jitmeet/audio',
  video: 'http://jitsi.org/jitmeet/video',
  desktop: 'http://jitsi.org/jitmeet/desktop',
};

export interface MuteRequest {
  readonly kind: MuteKind;
  readonly isMuted: boolean;
  /** To the focus: who is meant, as occupant address; absent means the sender. */
  readonly target?: string;
  /** From the focus: the occupant address of the moderator who did it. */
  readonly actor?: string;
}

/** The mute request of an IQ, or undefined if it is about something else. */
export function readMuteRequest(iq: XmlElement): MuteRequest | undefined {
  for (const kind of ['audio', 'video', 'desktop'] as const) {
    const element = child(iq, 'mute', NAMESPACES[kind]);
    if (element === undefined) continue;
    const { jid: target, actor } = element.attrs;
    return {
      kind,
      isMuted: booleanText(text(element).trim()),
      ...(target === undefined ? {} : { target }),
      ...(actor === undefined ? {} : { actor }),
    };
  }
  return undefined;
}

export function encodeMuteRequest({ kind, isMuted, target, actor }: MuteRequest): XmlElement {
  return xml('mute', { xmlns: NAMESPACES[kind], jid: target, actor }, String(isMuted));
}
