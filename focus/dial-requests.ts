import type { XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { callReference, HEADER_DIALLED_BY, HEADER_ROOM_NAME, type Dial } from '#protocol/xmpp/rayo.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { DialOutcome } from './gateways.ts';
import type { Occupant } from './occupant.ts';

/** Whether somebody may be called into a room (wire note §7.11): moderators and those whose token says so have it done. */
export function dialProblem({ headers }: Dial, sender: Occupant, room: string): StanzaError | undefined {
  const named = headers.get(HEADER_ROOM_NAME);
  if (named === undefined) return stanzaError('modify', 'bad-request', `the header ${HEADER_ROOM_NAME} is missing`);
  if (named.toLowerCase() !== room) {
    return stanzaError('modify', 'bad-request', `${HEADER_ROOM_NAME} must be the room that you are in`);
  }
  return sender.mayDialOut ? undefined : stanzaError('auth', 'forbidden', 'only moderators have people called');
}

/** The wish as gateways get it: with who has it, whatever a client wrote there. */
export function dialFor({ jid }: Pick<Occupant, 'jid'>, dial: Dial): Dial {
  return { ...dial, headers: new Map([...dial.headers, [HEADER_DIALLED_BY, bareOf(jid)]]) };
}

/** What is answered: where to hang up, or why nobody is called. */
export function dialAnswer(outcome: DialOutcome): XmlElement | StanzaError {
  switch (outcome.kind) {
    case 'dialled':
      return callReference(outcome.reference);
    case 'refused':
      return outcome.error;
    case 'no-gateway':
      return stanzaError('wait', 'service-unavailable', 'no telephone gateway can take the call now');
    case 'no-answer':
      return stanzaError('wait', 'remote-server-timeout', 'no telephone gateway answers');
  }
}
