import { NS_DISCO_INFO, NS_DISCO_ITEMS, type DiscoIdentity } from '#protocol/xmpp/disco.ts';
import { withAttributes, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import type { IqHandler } from '../routing/iq-table.ts';

export interface DiscoEntity {
  /** Jitsi clients take an identity’s name as the component's address (wire note §2.2). */
  readonly identities: readonly DiscoIdentity[];
  readonly features: readonly string[];
  /** A node that stands for the entity itself; it has no others. */
  readonly node?: string;
  /** Addresses of what belongs to it. */
  readonly items?: readonly string[];
}

/** Who an entity is and what it can do. */
export function discoInfo({ identities, features }: DiscoEntity): XmlElement {
  return xml(
    'query',
    { xmlns: NS_DISCO_INFO },
    identities.map(({ category, type, name }) => xml('identity', { category, type, name })),
    [NS_DISCO_INFO, NS_DISCO_ITEMS, ...features].map((feature) => xml('feature', { var: feature })),
  );
}

/** Answers who an entity is and what belongs to it. */
export function discoHandlers(entity: DiscoEntity): IqHandler[] {
  const items = xml(
    'query',
    { xmlns: NS_DISCO_ITEMS },
    (entity.items ?? []).map((jid) => xml('item', { jid })),
  );
  return [discoHandler(NS_DISCO_INFO, discoInfo(entity), entity.node), discoHandler(NS_DISCO_ITEMS, items)];
}

function discoHandler(namespace: string, answer: XmlElement, knownNode?: string): IqHandler {
  return {
    type: 'get',
    namespace,
    element: 'query',
    answer: ({ payload }) => {
      const { node } = payload.attrs;
      if (node === undefined) return { content: answer };
      // XEP-0030 §3.1: the answer names the node.
      if (node === knownNode) return { content: withAttributes(answer, { node }) };
      return { error: stanzaError('cancel', 'item-not-found') };
    },
  };
}
