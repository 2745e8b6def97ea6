import { xml, type XmlElement } from '#protocol/xmpp/element.ts';

/** What moderators ask of a meeting's components (wire note §7), and of people over the bridge (§6). */

/** Ends the meeting for everybody (wire note §7.8). @param to the component */
export function endConferenceMessage(to: string): XmlElement {
  return xml('message', { to }, xml('end_conference'));
}

/** Jitsi's name of the message, to one endpoint or all, that asks to lower a hand. */
const LOWER_HAND = 'lower-hand-message';

export const lowerHandPayload = { name: LOWER_HAND } as const;

export function isLowerHand(payload: Readonly<Record<string, unknown>>): boolean {
  return payload['name'] === LOWER_HAND;
}
