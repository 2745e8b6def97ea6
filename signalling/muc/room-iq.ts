import { NS_DISCO_INFO, NS_DISCO_ITEMS } from '#protocol/xmpp/disco.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_MUC_ADMIN, NS_MUC_OWNER } from '#protocol/xmpp/muc.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { IqRequest } from '../routing/iq-table.ts';
import { administer, listAffiliated } from './admin.ts';
import { ownerCommand, ownerForm } from './owner.ts';
import { roomInfo } from './room-disco.ts';
import type { Occupant, Room, Send } from './room.ts';

/** What a request to a room leads to. */
export type RoomIqOutcome =
  { readonly content: XmlElement | undefined; readonly sends: readonly Send[] } | { readonly error: StanzaError };

type Rule = (room: Room, actor: Occupant, payload: XmlElement) => RoomIqOutcome;

/** Requests a room answers, each for occupants only: outsiders learn nothing about a meeting (wire note §4.6). */
const RULES: Readonly<Record<string, Rule>> = {
  [`get ${NS_DISCO_INFO}`]: (room) => content(roomInfo(room)),
  // XEP-0045 §6.5: who is in a room is for those who are in it, and they know.
  [`get ${NS_DISCO_ITEMS}`]: () => content(xml('query', { xmlns: NS_DISCO_ITEMS })),
  [`get ${NS_MUC_ADMIN}`]: (room, actor, query) => content(listAffiliated(room, actor, query)),
  [`set ${NS_MUC_ADMIN}`]: (room, actor, query) => changes(administer(room, actor, query)),
  [`get ${NS_MUC_OWNER}`]: (room, actor) => content(ownerForm(room, actor)),
  [`set ${NS_MUC_OWNER}`]: (room, actor, query) => changes(ownerCommand(room, actor, query)),
};

export function answerRoomIq(room: Room, { sender, type, payload }: IqRequest): RoomIqOutcome {
  const rule = payload.name === 'query' ? RULES[`${type} ${payload.attrs['xmlns'] ?? ''}`] : undefined;
  if (rule === undefined) return { error: stanzaError('cancel', 'service-unavailable') };
  const actor = room.byJid(sender.jid);
  if (actor === undefined) return { error: stanzaError('auth', 'forbidden', 'You are not in this room.') };
  return rule(room, actor, payload);
}

function content(answer: XmlElement | StanzaError): RoomIqOutcome {
  return 'condition' in answer ? { error: answer } : { content: answer, sends: [] };
}

function changes(answer: readonly Send[] | StanzaError): RoomIqOutcome {
  return 'condition' in answer ? { error: answer } : { content: undefined, sends: answer };
}
