import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { avModeration } from './av-moderation.ts';
import { conferenceDuration } from './conference-duration.ts';
import { endConference } from './end-conference.ts';
import { polls } from './polls.ts';
import { roomMetadata } from './room-metadata.ts';
import type { RoomModule } from './room-module.ts';
import { speakerStats } from './speaker-stats.ts';

/** All that people in a room do together through components; clients find them by disco (wire note §2.2). */
export function roomModules(hosts: XmppHosts): readonly RoomModule[] {
  return [
    roomMetadata(hosts.metadata),
    speakerStats(hosts.speakerStats, () => performance.now()),
    conferenceDuration(hosts.conferenceDuration),
    endConference(hosts.endConference),
    avModeration(hosts.avModeration),
    polls(hosts.polls),
  ];
}
