import { childElements, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JINGLE } from '#protocol/xmpp/jingle.ts';

/** Jitsi's way to ask a peer for smaller pictures: content-modify with the most lines wanted of a source (wire note §5.12). */
const NS_JITMEET_VIDEO = 'http://jitsi.org/jitmeet/video';
const MAX_HEIGHT = 10_000;
/** Whatever the mids are. */
const CONTENT = 'video';

export interface FrameHeight {
  readonly sourceName: string;
  /** 0: nothing is wanted. */
  readonly maxHeight: number;
}

export function writeFrameHeight(
  { sid, initiator }: { readonly sid: string; readonly initiator: string },
  { sourceName, maxHeight }: FrameHeight,
): XmlElement {
  return xml(
    'jingle',
    { xmlns: NS_JINGLE, action: 'content-modify', initiator, sid },
    xml(
      'content',
      { name: CONTENT, senders: 'both' },
      xml('source-frame-height', { xmlns: NS_JITMEET_VIDEO, sourceName, maxHeight }),
    ),
  );
}

/** @returns what is wanted of that source; undefined if nothing is said of it, or nothing that makes sense */
export function readFrameHeight(jingle: XmlElement, sourceName: string): number | undefined {
  const content = childElements(jingle, 'content').find(({ attrs }) => attrs['name'] === CONTENT);
  if (content === undefined) return undefined;
  // Older clients know only all or nothing.
  if (content.attrs['senders'] === 'none') return 0;
  const elements = childElements(content, 'source-frame-height', NS_JITMEET_VIDEO);
  const value = elements.find(({ attrs }) => attrs['sourceName'] === sourceName)?.attrs['maxHeight'];
  const maxHeight = value !== undefined && /^\d{1,5}$/u.test(value) ? Number(value) : undefined;
  return maxHeight === undefined || maxHeight > MAX_HEIGHT ? undefined : maxHeight;
}
