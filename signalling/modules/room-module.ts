import { childElements, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { RoomFeature } from '../muc/room-feature.ts';
import type { Occupant, Room, Send } from '../muc/room.ts';
import { IqTable } from '../routing/iq-table.ts';
import type { Component } from '../routing/router.ts';
import type { Sender } from '../routing/sender.ts';
import { discoHandlers } from './disco.ts';
import { pingHandler } from './ping.ts';

/** Something that people in a room do together through an address of its own (wire note §7). */
export interface RoomModule extends RoomFeature {
  /** Where clients send to, and where its messages come from. */
  readonly host: string;
  /** The type under which clients find it (wire note §2.2). */
  readonly identityType: string;
  /** What clients look for at its own address (wire note §2.1). */
  readonly features?: readonly string[];
  /** An occupant asks for something; the answer is what everybody is told, or why not. */
  receive(room: Room, actor: Occupant, message: XmlElement): readonly Send[] | StanzaError;
}

/** What modules need of the rooms. */
export interface ModuleRooms {
  /** @param named what a message says which room it is about, if it does. */
  roomFor(sender: Sender, named: string | undefined): Room | undefined;
  judgeBroadcast(sender: Sender, stanza: XmlElement): StanzaError | undefined;
  /** Carries out what a rule answers. @returns its refusal, or undefined. */
  act(room: Room, rule: () => readonly Send[] | StanzaError): StanzaError | undefined;
}

/** The component of a module: it finds the room and the occupant, or refuses; the module knows what is asked. */
export function roomComponent(module: RoomModule, rooms: ModuleRooms): Component {
  return {
    host: module.host,
    iqs: new IqTable([
      ...discoHandlers({
        identities: [{ category: 'component', type: module.identityType }],
        features: [NS_JITMEET, ...(module.features ?? [])],
        node: module.identityType,
      }),
      pingHandler,
    ]),
    receiveMessage: (sender, message) => {
      const named = childElements(message).find(({ attrs }) => attrs['room'] !== undefined)?.attrs['room'];
      const room = rooms.roomFor(sender, named);
      const actor = room?.byJid(sender.jid);
      // Outsiders learn nothing of a room, not even that it exists.
      if (room === undefined || actor === undefined) return NOT_IN_ROOM;
      return rooms.judgeBroadcast(sender, message) ?? rooms.act(room, () => module.receive(room, actor, message));
    },
  };
}

const NOT_IN_ROOM = stanzaError('auth', 'forbidden', 'You are not in this room.');

/** Refusals that modules share. */
export const ONLY_MODERATORS = stanzaError('auth', 'forbidden', 'Only moderators may do this.');
export const MALFORMED = stanzaError('modify', 'bad-request');
/** A message that is about nothing this module knows. */
export const UNKNOWN_MESSAGE = stanzaError('cancel', 'service-unavailable');
