import { createHash } from 'node:crypto';
import { capsVerificationText, encodeDiscoInfo, NS_CAPS, NS_DISCO_INFO, type DiscoInfo } from '#protocol/xmpp/disco.ts';
import { child, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { iqResult } from '#protocol/xmpp/stanza.ts';

/** By this a participant is known to be a telephone (wire note §4.2), also the namespace of what it says of its call. */
export const FEATURE_TELEPHONE = 'http://jitsi.org/protocol/jigasi';

const NODE = 'https://parley.invalid/gateway';
const DISCO: DiscoInfo = {
  identities: [{ category: 'client', type: 'phone', name: 'Parley' }],
  features: [
    FEATURE_TELEPHONE,
    'http://jitsi.org/protocol/audio-mute',
    'urn:xmpp:jingle:dtmf:0',
    'urn:xmpp:jingle:1',
    'urn:xmpp:jingle:apps:rtp:1',
    'urn:xmpp:jingle:apps:rtp:audio',
    'urn:xmpp:jingle:transports:raw-udp:1',
    NS_CAPS,
    NS_DISCO_INFO,
  ],
  forms: [],
};
/** XEP-0115 §5.1 */
const VERSION = createHash('sha1').update(capsVerificationText(DISCO)).digest('base64');

/** `<c/>` of the gateway's presences. */
export const capsElement = xml('c', { xmlns: NS_CAPS, hash: 'sha-1', node: NODE, ver: VERSION });

/** Answers what the gateway can do; undefined if the IQ asks something else. */
export function answerDisco(iq: XmlElement): XmlElement | undefined {
  const query = child(iq, 'query', NS_DISCO_INFO);
  if (query === undefined || iq.attrs['type'] !== 'get') return undefined;
  return iqResult(iq, encodeDiscoInfo(DISCO, query.attrs['node']));
}
