import { NS_CONNECTION } from '#protocol/xmpp/component-bus.ts';
import { withChildren, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readMucUser } from '#protocol/xmpp/muc.ts';

/**
 * A stanza for the focus, with the origin of the WebSocket of the person whose presence it is: the focus leads that
 * person's bridge channel there (decisions.md, "bridge channel URL").
 *
 * @param originOf `ws(s)://host` of a full JID's connection, or undefined for a session of no person here.
 */
export function withConnectionOrigin(stanza: XmlElement, originOf: (jid: string) => string | undefined): XmlElement {
  if (stanza.name !== 'presence' || stanza.attrs['type'] !== undefined) return stanza;
  const jid = readMucUser(stanza)?.jid;
  const origin = jid === undefined ? undefined : originOf(jid);
  if (origin === undefined) return stanza;
  // First, so that one which a client put into its own presence counts for nothing.
  return withChildren(stanza, [xml('connection', { xmlns: NS_CONNECTION, origin }), ...stanza.children]);
}
