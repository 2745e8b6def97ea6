import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_FOCUS } from '#protocol/xmpp/jingle.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { NS_CLIENT } from '#protocol/xmpp/stanza.ts';
import { PINNED_VIDEO_CODECS } from './offer.ts';

const VERSION = '1.0';

/** What the focus tells everybody in the room about the conference. */
export interface ConferenceNotice {
  readonly bridgeCount: number;
  /** This presence enters the room. */
  readonly isJoin: boolean;
  /** No bridge can be used: clients tell their users (wire note §4.2). */
  readonly isBridgeMissing: boolean;
}

/** The focus's presence in a room (wire note §4.1, §4.2); every one says everything. */
export function focusPresence(from: string, occupant: string, notice: ConferenceNotice): XmlElement {
  const properties: Readonly<Record<string, string>> = {
    'support-terminate-restart': 'true',
    // Pins the codec of every client (wire note §5.8).
    'visitor-codecs': PINNED_VIDEO_CODECS.join(','),
    'bridge-count': String(notice.bridgeCount),
  };
  return xml(
    'presence',
    { xmlns: NS_CLIENT, from, to: occupant },
    notice.isJoin && xml('x', { xmlns: NS_MUC }),
    xml('versions', { xmlns: NS_JITMEET }, xml('component', { name: 'focus' }, VERSION)),
    xml(
      'conference-properties',
      { xmlns: NS_FOCUS },
      Object.entries(properties).map(([key, value]) => xml('property', { key, value })),
    ),
    notice.isBridgeMissing && xml('bridgeNotAvailable', { xmlns: NS_FOCUS }),
  );
}
