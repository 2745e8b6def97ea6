import { eventSubject } from '../bus-subject.ts';
import type { XmlElement } from './element.ts';

/**
 * Ours: `<connection origin="wss://host" elect="false" dial="true"/>` on the presences of people that signalling hands to the focus,
 * and to nobody else. `origin`: scheme and host under which the person's own WebSocket came, for the URL of its bridge
 * channel. `elect`: whether the focus may choose this person as moderator; default true. `dial`: whether it may have others
 * called by telephone; by default moderators may.
 */
export const NS_CONNECTION = 'urn:parley:connection';

/** One stanza on its way between signalling and a component inside the trust of the bus. */
export interface ComponentStanza {
  readonly stanza: XmlElement;
}

/**
 * signalling → focus: every stanza addressed to `focus.D` or to `focus@auth.D` (whose occupants' traffic is included),
 * in the order in which it was routed. `from` is verified by signalling.
 */
export const stanzaForFocus = eventSubject<ComponentStanza>('focus.handle-stanza');

/**
 * focus → signalling: route a stanza whose `from` is `focus.D`, `focus@auth.D/focus`; signalling refuses other senders.
 * Order is kept.
 */
export const stanzaFromFocus = eventSubject<ComponentStanza>('signalling.route-stanza');
