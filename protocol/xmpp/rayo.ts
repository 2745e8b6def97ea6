import { atMost, optionalAttribute, requiredAttribute } from './attributes.ts';
import { child, childElements, xml, type XmlElement } from './element.ts';

/** XEP-0327: Rayo, the part by which a meeting has somebody called (wire note §7.11). */
const NS_RAYO = 'urn:xmpp:rayo:1';

const MAX_HEADERS = 32;
/** What people dial; what of it can be dialled is the gateway's rule. No line ends, which would end a SIP header. */
const NUMBER = /^[^\p{Cc}]{1,256}$/u;
const HEADER_NAME = /^[A-Za-z0-9-]{1,64}$/;
const HEADER_VALUE = /^[^\p{Cc}]{0,3071}$/u;

/** Names of headers that are about the meeting, not for the telephone network. */
export const HEADER_ROOM_NAME = 'JvbRoomName';
export const HEADER_ROOM_PASSWORD = 'JvbRoomPassword';
/** Ours, written by the focus: bare address of who has the call made, and so may end it. */
export const HEADER_DIALLED_BY = 'ParleyDialledBy';

/** `<dial/>`: somebody is to be called into a meeting. */
export interface Dial {
  readonly to: string;
  /** As clients fill it in; they know no number of ours. */
  readonly from?: string;
  /** By name; of equal names the last counts. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The `<dial/>` of an IQ, or undefined if it is about something else. */
export function dialOf(iq: XmlElement): XmlElement | undefined {
  return child(iq, 'dial', NS_RAYO);
}

/** @throws DecodeError */
export function decodeDial(element: XmlElement): Dial {
  const from = optionalAttribute(element, 'from', NUMBER);
  const headers = atMost(MAX_HEADERS, 'headers', childElements(element, 'header', NS_RAYO));
  return {
    to: requiredAttribute(element, 'to', NUMBER),
    ...(from === undefined ? {} : { from }),
    headers: new Map(
      headers.map((header) => [
        requiredAttribute(header, 'name', HEADER_NAME),
        requiredAttribute(header, 'value', HEADER_VALUE),
      ]),
    ),
  };
}

export function encodeDial({ to, from, headers }: Dial): XmlElement {
  return xml(
    'dial',
    { xmlns: NS_RAYO, to, from },
    [...headers].map(([name, value]) => xml('header', { name, value })),
  );
}

/** The answer to `<dial/>`. @param address where `<hangup/>` goes. */
export function callReference(address: string): XmlElement {
  return xml('ref', { xmlns: NS_RAYO, uri: `xmpp:${address}` });
}

/** The address in the answer to `<dial/>`; undefined where there is none. */
export function readCallReference(iq: XmlElement): string | undefined {
  const uri = child(iq, 'ref', NS_RAYO)?.attrs['uri'];
  return uri?.startsWith('xmpp:') === true ? uri.slice('xmpp:'.length) : undefined;
}

/** Ends a call. */
export const hangupElement = xml('hangup', { xmlns: NS_RAYO });

export function isHangup(iq: XmlElement): boolean {
  return iq.attrs['type'] === 'set' && child(iq, 'hangup', NS_RAYO) !== undefined;
}
