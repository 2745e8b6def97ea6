import { NS_DISCO_INFO, NS_DISCO_ITEMS, type DiscoIdentity } from '#protocol/xmpp/disco.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError } from '#protocol/xmpp/stanza.ts';
import type { IqHandler } from '../routing/iq-table.ts';

export interface DiscoEntity {
  /** Jitsi clients take an identity’s name as the component's address (wire note §2.2). */
  readonly identities: readonly DiscoIdentity[];
  readonly features: readonly string[];
  /** Addresses of what belongs to it. */
  readonly items?: readonly string[];
}

/** Answers who an entity is and what belongs to it; it has no nodes. */
export function discoHandlers(entity: DiscoEntity): IqHandler[] {
  const info = xml(
    'query',
    { xmlns: NS_DISCO_INFO },
    entity.identities.map(({ category, type, name }) => xml('identity', { category, type, name })),
    [NS_DISCO_INFO, NS_DISCO_ITEMS, ...entity.features].map((feature) => xml('feature', { var: feature })),
  );
  const items = xml(
    'query',
    { xmlns: NS_DISCO_ITEMS },
    (entity.items ?? []).map((jid) => xml('item', { jid })),
  );
  return [discoHandler(NS_DISCO_INFO, info), discoHandler(NS_DISCO_ITEMS, items)];
}

function discoHandler(namespace: string, answer: XmlElement): IqHandler {
  return {
    type: 'get',
    namespace,
    element: 'query',
    answer: ({ payload }) =>
      payload.attrs['node'] === undefined ? { content: answer } : { error: stanzaError('cancel', 'item-not-found') },
  };
}
