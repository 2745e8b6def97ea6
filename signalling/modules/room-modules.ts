import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { avModeration } from './av-moderation.ts';
import type { BreakoutRooms } from './breakout-rooms.ts';
import { conferenceDuration } from './conference-duration.ts';
import { endConference } from './end-conference.ts';
import { polls } from './polls.ts';
import { roomMetadata } from './room-metadata.ts';
import type { RoomModule } from './room-module.ts';
import { speakerStats } from './speaker-stats.ts';

/** All that people in a room do together through components; clients find them by disco (wire note §2.2). */
export function roomModules(hosts: XmppHosts, breakouts: BreakoutRooms): readonly RoomModule[] {
  return [
    breakouts,
    roomMetadata(hosts.metadata, breakouts),
    speakerStats(hosts.speakerStats, () => performance.now()),
    conferenceDuration(hosts.conferenceDuration),
    endConference(hosts.endConference, breakouts),
    avModeration(hosts.avModeration),
    polls(hosts.polls),
  ];
}
