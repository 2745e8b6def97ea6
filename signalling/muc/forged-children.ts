import { NS_CONNECTION } from '#protocol/xmpp/component-bus.ts';
import { isElement, withChildren, type XmlElement, type XmlNode } from '#protocol/xmpp/element.ts';
import { NS_MUC, NS_MUC_USER } from '#protocol/xmpp/muc.ts';

/** Names that clients take for the server's word wherever and in whatever namespace they stand (wire note §4.2, §8). */
const SERVER_NAMES: ReadonlySet<string> = new Set(['identity', 'permissions', 'delay']);
const SERVER_NAMESPACES: ReadonlySet<string> = new Set([
  NS_MUC_USER,
  // XEP-0091, XEP-0203: when a message was sent.
  'jabber:x:delay',
  'urn:xmpp:delay',
  // XEP-0359, XEP-0421: ids that only the room gives.
  'urn:xmpp:sid:0',
  'urn:xmpp:occupant-id:0',
  // XEP-0033 and the name of one who is not in the room (wire note §4.4).
  'http://jabber.org/protocol/address',
  'http://jitsi.org/protocol/display-name',
  // In a last presence it makes Jitsi's clients overhear that somebody goes, who then stays in their lists for good.
  'http://jitsi.org/jitmeet/',
  // What this server alone tells the focus.
  NS_CONNECTION,
]);
/**
 * What only the focus says in its presence (wire note §4.2, last row), and what no person says: by which number and PIN the
 * meeting is reached, and whether it is being transcribed. Clients believe the latter two of whoever says them.
 */
const FOCUS_NAMES: ReadonlySet<string> = new Set([
  'conference-properties',
  'bridgeNotAvailable',
  'call-control',
  'etherpad',
  'versions',
  'jibri-recording-status',
  'jibri-sip-call-state',
  'transcription-status',
]);

/**
 * The children of a stanza without what only the server, or the focus, may say. Clients look for some of it anywhere
 * below the stanza, so it goes at every depth.
 */
export function withoutForgeries(children: readonly XmlNode[], isFocus: boolean): XmlElement[] {
  return children.filter(isElement).flatMap((element) => {
    if (element.attrs['xmlns'] === NS_MUC) return [];
    return isForged(element, isFocus) ? [] : [clean(element, isFocus)];
  });
}

function clean(element: XmlElement, isFocus: boolean): XmlElement {
  if (!element.children.some((node) => isElement(node) && containsForgery(node, isFocus))) return element;
  const kept = element.children.filter((node) => !isElement(node) || !isForged(node, isFocus));
  return withChildren(
    element,
    kept.map((node) => (isElement(node) ? clean(node, isFocus) : node)),
  );
}

function containsForgery(element: XmlElement, isFocus: boolean): boolean {
  return (
    isForged(element, isFocus) || element.children.some((node) => isElement(node) && containsForgery(node, isFocus))
  );
}

function isForged(element: XmlElement, isFocus: boolean): boolean {
  const namespace = element.attrs['xmlns'];
  if (SERVER_NAMES.has(element.name) || (namespace !== undefined && SERVER_NAMESPACES.has(namespace))) return true;
  return !isFocus && FOCUS_NAMES.has(element.name);
}
