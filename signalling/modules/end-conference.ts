import { child } from '#protocol/xmpp/element.ts';
import { destroy } from '../muc/leave.ts';
import type { BreakoutRooms } from './breakout-rooms.ts';
import { ONLY_MODERATORS, UNKNOWN_MESSAGE, type RoomModule } from './room-module.ts';

/** A moderator ends the meeting for all (wire note §7.8), in whichever room of it they are. */
export function endConference(host: string, breakouts: Pick<BreakoutRooms, 'endOthers'>): RoomModule {
  return {
    host,
    identityType: 'end_conference',
    receive: (room, actor, message) => {
      if (child(message, 'end_conference') === undefined) return UNKNOWN_MESSAGE;
      if (actor.role !== 'moderator') return ONLY_MODERATORS;
      breakouts.endOthers(room, actor.nick);
      return destroy(room, 'The meeting has been terminated', undefined, actor.nick);
    },
  };
}
