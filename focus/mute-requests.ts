import type { MuteRequest } from '#protocol/xmpp/mute.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Occupant } from './occupant.ts';

/**
 * Whether a mute request is allowed (wire note §5.11): moderators mute anybody; everybody mutes and unmutes themselves;
 * nobody unmutes somebody else.
 * @param target undefined: nobody of that address is in the room.
 */
export function muteProblem(
  { isMuted }: MuteRequest,
  sender: Occupant,
  target: Occupant | undefined,
): StanzaError | undefined {
  if (target === undefined) return stanzaError('cancel', 'item-not-found', 'nobody of that address is in the room');
  if (target.nick === sender.nick) return undefined;
  if (!isMuted) return stanzaError('cancel', 'not-allowed', 'only people themselves can unmute');
  return sender.isModerator ? undefined : stanzaError('cancel', 'not-allowed', 'only moderators mute others');
}
