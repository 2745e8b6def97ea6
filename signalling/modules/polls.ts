import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { componentMessage } from '#protocol/xmpp/json-message.ts';
import { decodePollRequest, type PollMessage, type PollRequest } from '#protocol/xmpp/polls.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { displayName } from '../muc/lobby-rules.ts';
import { mayUse, NOT_ALLOWED_HERE } from '../muc/permissions.ts';
import type { Occupant, Room, Send } from '../muc/room.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { PollBox } from './poll-box.ts';
import { MALFORMED, type RoomModule } from './room-module.ts';

/** Polls of a room (wire note §7.6): whoever may asks, everybody answers, newcomers get all there has been. */
export function polls(host: string): RoomModule {
  const boxes = new WeakMap<Room, PollBox>();
  const boxOf = (room: Room): PollBox => {
    const box = boxes.get(room) ?? new PollBox();
    boxes.set(room, box);
    return box;
  };
  const say = (to: readonly string[], message: PollMessage): Send => ({
    stanza: new OutgoingStanza(componentMessage(host, message)),
    to,
  });
  return {
    host,
    identityType: 'polls',
    receive: (room, actor, message) => {
      const request = read(message);
      if ('condition' in request) return request;
      if (request.command === 'new-poll' && !mayUse(room, actor, 'create-polls')) return NOT_ALLOWED_HERE;
      const name = displayName(actor.payload);
      const refusal = boxOf(room).take(actor.nick, name, request);
      if (refusal !== undefined) return REFUSALS[refusal];
      const senderName = name === undefined ? {} : { senderName: name };
      return [say(people(room), { ...request, senderId: actor.nick, ...senderName })];
    },
    entered: (room, who) => {
      const { all } = boxOf(room);
      if (who.nick === FOCUS_NICK || all.length === 0) return [];
      return [say([who.jid], { type: 'polls', command: 'old-polls', polls: all })];
    },
  };
}

const REFUSALS: Readonly<Record<'exists' | 'unknown' | 'other-answers' | 'full', StanzaError>> = {
  exists: stanzaError('cancel', 'conflict', 'There is a poll of this id.'),
  unknown: stanzaError('cancel', 'item-not-found', 'There is no poll of this id.'),
  'other-answers': stanzaError('modify', 'bad-request', 'The poll has another number of answers.'),
  full: stanzaError('wait', 'resource-constraint', 'This meeting has had too many polls.'),
};

function read(message: XmlElement): PollRequest | StanzaError {
  try {
    return decodePollRequest(message);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return error.reason === 'too-large' ? stanzaError('modify', 'policy-violation', error.message) : MALFORMED;
  }
}

function people(room: Room): string[] {
  return [...room.occupants].flatMap(({ nick, jid }: Occupant) => (nick === FOCUS_NICK ? [] : [jid]));
}
