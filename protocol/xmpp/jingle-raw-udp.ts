import type { RtpAddress } from '../media/rtp.ts';
import { integerAttribute, requiredAttribute } from './attributes.ts';
import { DecodeError } from './decode-error.ts';
import { child, childElements, xml, type XmlElement } from './element.ts';
import { readChannelUrls, writeChannelUrls } from './jingle-ice-udp.ts';

/** XEP-0177: raw UDP transport. Here only the telephone gateway has it, which needs neither ICE nor DTLS. */
export const NS_RAW_UDP = 'urn:xmpp:jingle:transports:raw-udp:1';

/** An IP literal; names would have to be looked up. IPv6 without zone. */
const IP_LITERAL = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:.]{2,45})$/;

/** `<transport/>` of one content. */
export interface RawUdpTransport extends RtpAddress {
  /** Where the bridge channel can be opened. */
  readonly webSocketUrls: readonly string[];
}

/**
 * Reads a `<transport/>` of XEP-0177. Of its candidates the one for RTP counts: RTCP comes with it.
 * @throws DecodeError
 */
export function decodeRawUdpTransport(element: XmlElement): RawUdpTransport {
  const candidate = childElements(element, 'candidate').find(({ attrs }) => attrs['component'] === '1');
  if (candidate === undefined) throw new DecodeError('bad-format', 'no candidate for component 1');
  if (child(element, 'rtcp-mux') === undefined) throw new DecodeError('bad-format', 'RTCP needs to be multiplexed');
  return {
    address: requiredAttribute(candidate, 'ip', IP_LITERAL),
    port: integerAttribute(candidate, 'port', 1, 65_535),
    webSocketUrls: readChannelUrls(element),
  };
}

export function encodeRawUdpTransport({ address, port, webSocketUrls }: RawUdpTransport): XmlElement {
  return xml(
    'transport',
    { xmlns: NS_RAW_UDP },
    xml('rtcp-mux'),
    // XEP-0177 §2: one candidate, of generation 0.
    xml('candidate', { component: 1, generation: 0, id: 'c1', ip: address, port, type: 'host' }),
    writeChannelUrls(webSocketUrls),
  );
}
