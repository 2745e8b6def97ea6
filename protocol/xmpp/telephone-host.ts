import { child, text, xml, type XmlElement } from './element.ts';
import { NS_MUC } from './muc.ts';

/** Ours: moderating by telephone, with the second PIN of a meeting (sip-and-recording.md §5.2). */
const NS_TELEPHONE = 'urn:parley:telephone';

const PIN = /^\d{9,10}$/;

/** Within the `<x/>` of a join: the caller has shown the host PIN. Only a gateway's word counts. */
export const hostMark = xml('host', { xmlns: NS_TELEPHONE });

/** Whether the presence that enters a room bears the mark. */
export function isHostJoin(presence: XmlElement): boolean {
  const join = child(presence, 'x', NS_MUC);
  return join !== undefined && child(join, 'host', NS_TELEPHONE) !== undefined;
}

/** A moderator asks the focus, and the focus a gateway, for the host PIN of a meeting. @param room for gateways: whose */
export function hostPinRequest(room?: string): XmlElement {
  return xml('host-pin', { xmlns: NS_TELEPHONE, room });
}

/** What an IQ asks so; undefined if it asks something else. */
export function readHostPinRequest(iq: XmlElement): { readonly room: string | undefined } | undefined {
  const request = iq.attrs['type'] === 'get' ? child(iq, 'host-pin', NS_TELEPHONE) : undefined;
  return request === undefined ? undefined : { room: request.attrs['room'] };
}

export function hostPinAnswer(pin: string): XmlElement {
  return xml('host-pin', { xmlns: NS_TELEPHONE }, pin);
}

/** The PIN of an answer; undefined where there is none. */
export function readHostPin(iq: XmlElement): string | undefined {
  const answer = child(iq, 'host-pin', NS_TELEPHONE);
  const pin = answer === undefined ? '' : text(answer);
  return PIN.test(pin) ? pin : undefined;
}
