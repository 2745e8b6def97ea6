import { type IvrOutput, type IvrStep, play } from './ivr-output.ts';
import { farewellOfEnd, type RoomEnd } from './room-outcome.ts';
import type { Sound } from './sound.ts';

/**
 * What a phone in a room is told without asking (sip-and-recording.md §5.1, "Announcement rules"): who comes and goes,
 * that nobody else is there, that it is recorded, that it was muted, that the meeting is over. Pure, as entry.ts.
 */
export interface AnnouncementState {
  readonly settings: AnnouncementSettings;
  readonly people: number;
  /** No earlier than this may a tone for arrivals and departures sound. */
  readonly nextToneAtMs: number;
  /** When to say that nobody else is there. */
  readonly aloneAtMs: number | undefined;
  /** When a meeting of phones alone ends. */
  readonly onlyPhonesEndAtMs: number | undefined;
  readonly recording: Recorded;
  readonly stream: Recorded;
  /** No earlier than this may a recording be announced. */
  readonly nextRecordingAtMs: number;
  /** The phone came in with its microphone off, and has not been told yet. */
  readonly tellsMutedAtMs: number | undefined;
}

/** Whether something is recorded, and what the caller was told last. */
interface Recorded {
  readonly isOn: boolean;
  readonly wasSaid: boolean;
}

export interface AnnouncementSettings {
  /** In rooms of more people arrivals and departures make no sound. */
  readonly tonesUpToPeople: number;
  /** A meeting goes on when nobody but phones is left. */
  readonly allowOnlyPhones: boolean;
}

export type AnnouncementInput =
  | ({ readonly kind: 'people' } & RoomPeople)
  | { readonly kind: 'recording'; readonly isOn: boolean; readonly of: 'recording' | 'stream' }
  | { readonly kind: 'mutedByModerator' }
  /** A moderator lets the phone speak, which it could not before. */
  | { readonly kind: 'unmuteAllowed' }
  /** A moderator has lowered the phone's hand. */
  | { readonly kind: 'handLowered' }
  /** The phone is heard, or would be: the meeting has who comes in begin with the microphone off. */
  | { readonly kind: 'startsMuted' }
  | { readonly kind: 'ended'; readonly reason: RoomEnd }
  | { readonly kind: 'time' };

export interface RoomPeople {
  /** Occupants of the room, this phone included, the focus not. */
  readonly people: number;
  /** Occupants that are no phones of this gateway. */
  readonly others: number;
}

type Step = IvrStep<AnnouncementState>;

const TONE_EVERY_MS = 30_000;
const ALONE_AFTER_MS = 15_000;
const ONLY_PHONES_MS = 20_000;
const RECORDING_EVERY_MS = 10_000;
const NOT_RECORDED: Recorded = { isOn: false, wasSaid: false };

/** @param room as it is when the phone comes in. */
export function startAnnouncements(settings: AnnouncementSettings, room: RoomPeople, nowMs: number): Step {
  const state: AnnouncementState = {
    settings,
    people: room.people,
    nextToneAtMs: nowMs,
    aloneAtMs: room.people <= 1 ? nowMs + ALONE_AFTER_MS : undefined,
    onlyPhonesEndAtMs: undefined,
    recording: NOT_RECORDED,
    stream: NOT_RECORDED,
    nextRecordingAtMs: nowMs,
    tellsMutedAtMs: undefined,
  };
  return step(withPeople(state, room, nowMs), []);
}

export function stepAnnouncements(state: AnnouncementState, input: AnnouncementInput, nowMs: number): Step {
  switch (input.kind) {
    case 'people':
      return peopleChanged(state, input, nowMs);
    case 'recording':
      return sayRecorded({ ...state, [input.of]: { ...state[input.of], isOn: input.isOn } }, nowMs);
    case 'mutedByModerator':
      return step(state, [play('muted-by-moderator')]);
    case 'unmuteAllowed':
      return step(state, [play('may-speak')]);
    case 'handLowered':
      return step(state, [play('hand-lowered')]);
    case 'startsMuted':
      // In a moment: that it is in the meeting is said first.
      return step({ ...state, tellsMutedAtMs: nowMs }, []);
    case 'ended':
      return ended(state, input.reason);
    case 'time':
      return timePassed(state, nowMs);
  }
}

function peopleChanged(state: AnnouncementState, room: RoomPeople, nowMs: number): Step {
  const difference = room.people - state.people;
  const next = withPeople(state, room, nowMs);
  const isHeard = difference !== 0 && nowMs >= state.nextToneAtMs && room.people <= state.settings.tonesUpToPeople;
  if (!isHeard) return step(next, []);
  const tone = play(difference > 0 ? 'tone-join' : 'tone-leave');
  return step({ ...next, nextToneAtMs: nowMs + TONE_EVERY_MS }, [tone]);
}

function withPeople(state: AnnouncementState, { people, others }: RoomPeople, nowMs: number): AnnouncementState {
  const isAlone = people <= 1;
  const wasAlone = isAlone && state.people <= 1;
  const isEmpty = others === 0 && !state.settings.allowOnlyPhones;
  return {
    ...state,
    people,
    aloneAtMs: !isAlone ? undefined : wasAlone ? state.aloneAtMs : nowMs + ALONE_AFTER_MS,
    onlyPhonesEndAtMs: isEmpty ? (state.onlyPhonesEndAtMs ?? nowMs + ONLY_PHONES_MS) : undefined,
  };
}

function timePassed(state: AnnouncementState, nowMs: number): Step {
  if (state.onlyPhonesEndAtMs !== undefined && nowMs >= state.onlyPhonesEndAtMs) {
    const end: IvrOutput = { kind: 'hangUp', reason: 'only-phones' };
    return over(state, [play('goodbye'), end]);
  }
  if (state.tellsMutedAtMs !== undefined) {
    return step({ ...state, tellsMutedAtMs: undefined }, [play('start-muted')]);
  }
  const isAlone = state.aloneAtMs !== undefined && nowMs >= state.aloneAtMs;
  const said = sayRecorded(isAlone ? { ...state, aloneAtMs: undefined } : state, nowMs);
  return isAlone ? { ...said, outputs: [play('alone'), ...said.outputs] } : said;
}

/** Says what has changed since it was said last, at most once in a while: who switches to and fro is heard once. */
function sayRecorded(state: AnnouncementState, nowMs: number): Step {
  if (nowMs < state.nextRecordingAtMs) return step(state, []);
  const sounds: Sound[] = [];
  const { recording, stream } = state;
  if (recording.isOn !== recording.wasSaid) sounds.push(recording.isOn ? 'recording-on' : 'recording-off');
  if (stream.isOn !== stream.wasSaid) sounds.push(stream.isOn ? 'stream-on' : 'stream-off');
  if (sounds.length === 0) return step(state, []);
  const next = {
    ...state,
    recording: { isOn: recording.isOn, wasSaid: recording.isOn },
    stream: { isOn: stream.isOn, wasSaid: stream.isOn },
    nextRecordingAtMs: nowMs + RECORDING_EVERY_MS,
  };
  return step(next, [play(...sounds)]);
}

function ended(state: AnnouncementState, reason: RoomEnd): Step {
  const farewell = farewellOfEnd(reason);
  if (farewell === undefined) return over(state, []);
  const words: readonly IvrOutput[] = farewell.sounds.length === 0 ? [] : [play(...farewell.sounds)];
  return over(state, [{ kind: 'stopPlay' }, ...words, { kind: 'hangUp', reason: farewell.reason }]);
}

/** Nothing more will be announced. */
function over(state: AnnouncementState, outputs: readonly IvrOutput[]): Step {
  return { state, outputs, wakeAtMs: undefined };
}

function step(state: AnnouncementState, outputs: readonly IvrOutput[]): Step {
  const { aloneAtMs, onlyPhonesEndAtMs, recording, stream, nextRecordingAtMs, tellsMutedAtMs } = state;
  const isOutstanding = recording.isOn !== recording.wasSaid || stream.isOn !== stream.wasSaid;
  const moments = [aloneAtMs, onlyPhonesEndAtMs, tellsMutedAtMs, isOutstanding ? nextRecordingAtMs : undefined];
  const wakeAtMs = Math.min(...moments.map((atMs) => atMs ?? Infinity));
  return { state, outputs, wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined };
}
