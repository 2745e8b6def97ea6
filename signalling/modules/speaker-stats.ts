import { booleanText } from '#protocol/xmpp/attributes.ts';
import { child } from '#protocol/xmpp/element.ts';
import { FOCUS_NICK } from '#protocol/xmpp/hosts.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import { componentMessage } from '#protocol/xmpp/json-message.ts';
import { displayName } from '../muc/lobby-rules.ts';
import type { Occupant, Room } from '../muc/room.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { UNKNOWN_MESSAGE, type RoomModule } from './room-module.ts';
import { SpeakerTimes } from './speaker-times.ts';

/**
 * Who has spoken for how long (wire note §7.1). Clients say when they have become the dominant speaker, each for itself;
 * newcomers get the totals, also of those who have left. Expressions of faces are not kept.
 */
export function speakerStats(host: string, now: () => number): RoomModule {
  const timesOf = new WeakMap<Room, SpeakerTimes>();
  const times = (room: Room): SpeakerTimes => {
    const known = timesOf.get(room) ?? new SpeakerTimes();
    timesOf.set(room, known);
    return known;
  };
  return {
    host,
    identityType: 'speakerstats',
    receive: (room, actor, message) => {
      if (child(message, 'faceLandmarks', NS_JITMEET) !== undefined) return [];
      const report = child(message, 'speakerstats', NS_JITMEET);
      if (report === undefined) return UNKNOWN_MESSAGE;
      times(room).speaks(actor.nick, booleanText(report.attrs['silence'] ?? 'false'), now());
      return [];
    },
    entered: (room, who) => {
      if (who.nick === FOCUS_NICK) return [];
      const earlier = times(room)
        .users(now())
        .filter(([nick, { spokenMs }]) => nick !== who.nick && spokenMs > 0);
      times(room).knows(who.nick, nameOf(who));
      if (earlier.length === 0) return [];
      const message = {
        type: 'speakerstats',
        users: Object.fromEntries(
          earlier.map(([nick, { name, spokenMs }]) => [
            nick,
            { displayName: name, totalDominantSpeakerTime: Math.round(spokenMs), faceLandmarks: [] },
          ]),
        ),
      };
      return [{ stanza: new OutgoingStanza(componentMessage(host, message)), to: [who.jid] }];
    },
    changed: (room, _before, who) => {
      if (who.nick !== FOCUS_NICK) times(room).knows(who.nick, nameOf(who));
      return [];
    },
    left: (room, who) => {
      times(room).falls(who.nick, now());
      return [];
    },
  };
}

function nameOf({ payload }: Occupant): string {
  return displayName(payload) ?? '';
}
