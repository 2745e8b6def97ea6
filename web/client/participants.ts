import type { ConnectionQuality, Participant, RemoteSource } from './meeting-types.ts';
import type { Occupant } from './room/presence.ts';
import type { ReceivedMedia } from './session/media-link.ts';

/** Everything that is known of others, from the room, the media session and the bridge. */
export interface ParticipantFacts {
  readonly occupants: ReadonlyMap<string, Occupant>;
  readonly received: readonly ReceivedMedia[];
  /** Names of the video sources that the bridge sends; undefined before it said so: all count (wire note §6.1). */
  readonly forwarded: ReadonlySet<string> | undefined;
  readonly qualities: ReadonlyMap<string, ConnectionQuality>;
}

/** The participants as the page sees them; what did not change stays the same object. */
export function participantsOf(facts: ParticipantFacts, before: readonly Participant[]): readonly Participant[] {
  const beforeById = new Map(before.map((participant) => [participant.id, participant]));
  const sourcesByOwner = Map.groupBy(facts.received, ({ source }) => source.owner);
  const participants = Array.from(facts.occupants.values(), (occupant) => {
    const previous = beforeById.get(occupant.nick);
    const received = sourcesByOwner.get(occupant.nick) ?? [];
    return reuse(previous, participantOf(occupant, received, facts, previous));
  });
  const isSame =
    participants.length === before.length && participants.every((participant, index) => participant === before[index]);
  return isSame ? before : participants;
}

function participantOf(
  occupant: Occupant,
  received: ParticipantFacts['received'],
  { forwarded, qualities }: ParticipantFacts,
  previous: Participant | undefined,
): Participant {
  const sources = received.map(({ source, track, isDirect }): RemoteSource => {
    const state = occupant.sources.get(source.name);
    const next: RemoteSource = {
      name: source.name,
      kind: source.kind,
      videoType: source.kind === 'audio' ? undefined : (state?.videoType ?? source.videoType ?? 'camera'),
      isMuted: state?.isMuted ?? true,
      isForwarded:
        isDirect === true || source.kind === 'audio' || forwarded === undefined || forwarded.has(source.name),
      track,
    };
    return reuse(
      previous?.sources.find(({ name }) => name === source.name),
      next,
    );
  });
  const sameSources =
    previous !== undefined &&
    previous.sources.length === sources.length &&
    sources.every((source, index) => source === previous.sources[index]);
  return {
    id: occupant.nick,
    displayName: occupant.displayName,
    matrixId: occupant.matrixId,
    userId: occupant.userId,
    pictureUrl: occupant.pictureUrl,
    isModerator: occupant.isModerator,
    isMicrophoneMuted: occupant.sources.get(`${occupant.nick}-a0`)?.isMuted ?? true,
    isCameraMuted: occupant.sources.get(`${occupant.nick}-v0`)?.isMuted ?? true,
    handRaisedAtMs: occupant.handRaisedAtMs,
    quality: qualities.get(occupant.nick),
    sources: sameSources ? previous.sources : sources,
    phone: occupant.phone && reuse(previous?.phone, occupant.phone),
  };
}

/** The earlier object if every member is identical. */
function reuse<Value extends object>(before: Value | undefined, after: Value): Value {
  if (before === undefined) return after;
  const keys = Object.keys(after) as (keyof Value)[];
  return keys.every((key) => Object.is(before[key], after[key])) ? before : after;
}
