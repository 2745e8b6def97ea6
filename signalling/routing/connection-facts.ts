import { NS_CONNECTION } from '#protocol/xmpp/component-bus.ts';
import { withChildren, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { readMucUser } from '#protocol/xmpp/muc.ts';

/** What the focus learns of a person's connection. */
export interface ConnectionFacts {
  /** `ws(s)://host` */
  readonly origin: string;
  /** Whether the focus may choose this person as moderator. */
  readonly isElectable: boolean;
  /** Whether its token says that it may have others called by telephone; undefined where that follows from its role. */
  readonly mayDialOut?: boolean | undefined;
}

/**
 * A stanza for the focus, with what it needs to know of the person whose presence it is: where to lead that person's
 * bridge channel (decisions.md, "bridge channel URL"), whether it can become moderator, and have others called.
 *
 * @param factsOf those of a full JID's connection, as somebody in a room; undefined for a session of no person here.
 */
export function withConnectionFacts(
  stanza: XmlElement,
  factsOf: (jid: string, roomJid: string) => ConnectionFacts | undefined,
): XmlElement {
  if (stanza.name !== 'presence' || stanza.attrs['type'] !== undefined) return stanza;
  const jid = readMucUser(stanza)?.jid;
  const facts = jid === undefined ? undefined : factsOf(jid, bareOf(stanza.attrs['from'] ?? ''));
  if (facts === undefined) return stanza;
  const { origin, isElectable, mayDialOut: dial } = facts;
  const connection = xml('connection', { xmlns: NS_CONNECTION, origin, elect: isElectable ? undefined : false, dial });
  // First, so that one which a client put into its own presence counts for nothing.
  return withChildren(stanza, [connection, ...stanza.children]);
}
