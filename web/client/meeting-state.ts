import type { MeetingState } from './meeting-types.ts';
import { NOTHING_RESTRICTED } from './moderation/chat-rights.ts';
import { NOTHING_RESERVED } from './moderation/reservations.ts';
import { NOBODY_STARTS_MUTED } from './moderation/start-muted.ts';
import { createStore, type WritableStore } from './store.ts';

/** The state of a meeting that nobody has joined yet. */
export function initialState(roomName: string, displayName: string): MeetingState {
  return {
    phase: { name: 'idle' },
    roomName,
    subject: '',
    startedAtMs: undefined,
    self: {
      id: '',
      displayName,
      matrixId: undefined,
      pictureUrl: undefined,
      isModerator: false,
      isMicrophoneMuted: true,
      isCameraMuted: true,
      isSharingScreen: false,
      handRaisedAtMs: undefined,
      handLoweredBy: undefined,
      quality: undefined,
      mutedBy: undefined,
    },
    participants: [],
    removed: undefined,
    dominantSpeaker: undefined,
    recentSpeakers: [],
    chat: [],
    polls: [],
    breakout: { rooms: [], current: undefined, isMoving: false, endsAtMs: undefined },
    reactions: [],
    isLocked: false,
    lobby: { isOn: false, knockers: [], messages: [] },
    reservations: NOTHING_RESERVED,
    permissions: NOTHING_RESTRICTED,
    startMuted: NOBODY_STARTS_MUTED,
    isDirect: false,
    troubles: [],
  };
}

/** A store of an object of which parts are replaced; equal parts leave it untouched. */
export class StateStore {
  readonly store: WritableStore<MeetingState>;

  constructor(initial: MeetingState) {
    this.store = createStore(initial);
  }

  get value(): MeetingState {
    return this.store.get();
  }

  patch(changes: Partial<MeetingState>): void {
    this.store.set(merged(this.value, changes));
  }

  patchSelf(changes: Partial<MeetingState['self']>): void {
    this.patch({ self: merged(this.value.self, changes) });
  }
}

/** With these parts replaced; the same object if they are equal. */
export function merged<Value extends object>(before: Value, changes: Partial<Value>): Value {
  const keys = Object.keys(changes) as (keyof Value)[];
  return keys.every((key) => Object.is(before[key], changes[key])) ? before : { ...before, ...changes };
}
