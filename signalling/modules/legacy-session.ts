import type { IqHandler } from '../routing/iq-table.ts';
import { NS_SESSION } from '../stream/negotiation.ts';

/** RFC 3921 §3: nothing happens any more, but clients that see it offered wait for the answer (wire note §1.2). */
export const legacySessionHandler: IqHandler = {
  type: 'set',
  namespace: NS_SESSION,
  element: 'session',
  answer: () => ({ content: undefined }),
};
