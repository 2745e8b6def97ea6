import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf, resourceOf } from '#protocol/xmpp/jid.ts';
import type { MeetingState, MuteKind, Reservations } from '../meeting-types.ts';
import type { JsonObject } from '../room/component-message.ts';

/** Kinds of media that moderators keep for those whom they allow (AV moderation, wire note §7.3); pure. */

export const MEDIA_KINDS = ['audio', 'video', 'desktop'] as const satisfies readonly MuteKind[];
/** More are not listed; a room has fewer people. */
const MAX_ALLOWED = 10_000;

export const NOTHING_RESERVED: Reservations = { kinds: [], allowedSelf: [], allowed: {} };

/** Whether this person must be allowed before it may send that kind. */
export function needsAllowance({ self, reservations }: Pick<MeetingState, 'self' | 'reservations'>, kind: MuteKind) {
  return reservations.kinds.includes(kind) && !self.isModerator && !reservations.allowedSelf.includes(kind);
}

/** @param room bare JID. @returns the same object for what is none of the component's messages */
export function changeReservations(before: Reservations, message: JsonObject, room: string): Reservations {
  const { type, mediaType, enabled, whitelists, approved, removed } = message;
  if (type !== 'av_moderation') return before;
  if (typeof whitelists === 'object' && whitelists !== null) {
    return message['room'] === room ? { ...before, allowed: readWhitelists({ ...whitelists }, room) } : before;
  }
  const kind = MEDIA_KINDS.find((known) => known === mediaType);
  if (kind === undefined) return before;
  if (typeof enabled === 'boolean') {
    return message['room'] === room ? switched(before, kind, enabled) : before;
  }
  if (approved !== true && removed !== true) return before;
  const allowedSelf = before.allowedSelf.filter((other) => other !== kind);
  return { ...before, allowedSelf: approved === true ? [...allowedSelf, kind] : allowedSelf };
}

/** With each switch the list of those who may begins anew. */
function switched(before: Reservations, kind: MuteKind, isOn: boolean): Reservations {
  const others = before.kinds.filter((other) => other !== kind);
  return {
    kinds: isOn ? [...others, kind] : others,
    allowedSelf: before.allowedSelf.filter((other) => other !== kind),
    allowed: { ...before.allowed, [kind]: [] },
  };
}

function readWhitelists(lists: Readonly<Record<string, unknown>>, room: string): Reservations['allowed'] {
  return Object.fromEntries(
    MEDIA_KINDS.map((kind) => {
      const addresses: unknown = lists[kind];
      const known = Array.isArray(addresses) ? addresses.slice(0, MAX_ALLOWED) : [];
      const ids = known.flatMap((address: unknown) =>
        typeof address === 'string' && bareOf(address) === room ? (resourceOf(address) ?? []) : [],
      );
      return [kind, ids];
    }),
  );
}

/** @param to the component */
export function reserveMessage(to: string, kind: MuteKind, isReserved: boolean): XmlElement {
  return xml('message', { to }, xml('av_moderation', { enable: isReserved, mediaType: kind }));
}

/** @param address occupant's */
export function allowMessage(to: string, kind: MuteKind, address: string, isAllowed: boolean): XmlElement {
  const attribute = isAllowed ? 'jidToWhitelist' : 'jidToBlacklist';
  return xml('message', { to }, xml('av_moderation', { [attribute]: address, mediaType: kind }));
}
