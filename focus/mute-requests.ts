import type { MuteRequest } from '#protocol/xmpp/mute.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { Occupant } from './occupant.ts';

/**
 * Whether a mute request is allowed (wire note §5.11): moderators mute anybody; everybody mutes and unmutes themselves;
 * nobody unmutes somebody else, nor itself where moderation forbids it.
 * @param target undefined: nobody of that address is in the room.
 * @param isForbidden whether moderators have reserved this kind for others than the target (wire note §7.3).
 */
export function muteProblem(
  { isMuted }: MuteRequest,
  sender: Occupant,
  target: Occupant | undefined,
  isForbidden: boolean,
): StanzaError | undefined {
  if (target === undefined) return stanzaError('cancel', 'item-not-found', 'nobody of that address is in the room');
  if (target.nick === sender.nick) {
    return isForbidden && !isMuted ? stanzaError('cancel', 'not-allowed', 'a moderator must approve this') : undefined;
  }
  if (!isMuted) return stanzaError('cancel', 'not-allowed', 'only people themselves can unmute');
  return sender.isModerator ? undefined : stanzaError('cancel', 'not-allowed', 'only moderators mute others');
}
