import type { IqHandler } from '../routing/iq-table.ts';

/** XEP-0199 */
export const NS_PING = 'urn:xmpp:ping';

export const pingHandler: IqHandler = {
  type: 'get',
  namespace: NS_PING,
  element: 'ping',
  answer: () => ({ content: undefined }),
};
