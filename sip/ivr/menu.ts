import { type IvrOutput, type IvrStep, play } from './ivr-output.ts';
import { numberSound } from './sound.ts';

/** The keys of a phone in a room (sip-and-recording.md §5.2). Pure, as entry.ts. */
export interface MenuState {
  /** A `*` waits until then for the key that says what it is for. */
  readonly starUntilMs: number | undefined;
  /** Unmuting was refused: asked once more, `*6` raises the hand. */
  readonly wasRefused: boolean;
}

export type MenuInput =
  | { readonly kind: 'digit'; readonly digit: string }
  /** What came of `setMuted`; `refused` where moderators keep microphones for themselves. */
  | { readonly kind: 'muteAnswered'; readonly isMuted: boolean; readonly result: 'done' | 'refused' }
  /** What came of `muteOthers` or `toggleLock`. */
  | { readonly kind: 'hostAnswered'; readonly result: HostResult }
  | { readonly kind: 'time' };

export type HostResult = 'others-muted' | 'locked' | 'unlocked' | 'not-possible';

/** How the phone stands in its room. */
export interface MenuFacts {
  readonly isMuted: boolean;
  readonly isHandRaised: boolean;
  /** The caller came with the host PIN. */
  readonly isHost: boolean;
  /** Occupants of the room, this phone included, the focus not. */
  readonly people: number;
}

export const NEW_MENU: MenuState = { starUntilMs: undefined, wasRefused: false };

const STAR_MS = 3_000;
const VOLUME_STEP_DB = 3;

export function stepMenu(state: MenuState, input: MenuInput, facts: MenuFacts, nowMs: number): IvrStep<MenuState> {
  switch (input.kind) {
    case 'muteAnswered':
      return muteAnswered(state, input.isMuted, input.result);
    case 'hostAnswered':
      return step(state, [play(input.result)]);
    case 'time':
      return step(nowMs < (state.starUntilMs ?? 0) ? state : { ...state, starUntilMs: undefined }, []);
    case 'digit': {
      const isForStar = state.starUntilMs !== undefined && nowMs < state.starUntilMs;
      if (input.digit === '*') return step({ ...state, starUntilMs: nowMs + STAR_MS }, []);
      const idle = { ...state, starUntilMs: undefined };
      return isForStar ? choose(idle, input.digit, facts) : step(idle, []);
    }
  }
}

function choose(state: MenuState, key: string, facts: MenuFacts): IvrStep<MenuState> {
  switch (key) {
    case '1':
      return step(state, [facts.isHost ? play('help', 'host-help') : play('help')]);
    case '4':
      return step(state, [{ kind: 'changeVolume', byDb: -VOLUME_STEP_DB }]);
    case '7':
      return step(state, [{ kind: 'changeVolume', byDb: VOLUME_STEP_DB }]);
    case '5':
      return hand(state, !facts.isHandRaised);
    case '6':
      if (facts.isMuted && state.wasRefused && !facts.isHandRaised) return hand({ ...state, wasRefused: false }, true);
      return step(state, [{ kind: 'setMuted', isMuted: !facts.isMuted }]);
    case '8':
      return step(state, facts.isHost ? [{ kind: 'toggleLock' }] : []);
    case '9':
      return step(state, facts.isHost ? [{ kind: 'muteOthers' }] : []);
    case '#':
      return step(state, [play('people-count', numberSound(facts.people))]);
    default:
      return step(state, []);
  }
}

function hand(state: MenuState, isRaised: boolean): IvrStep<MenuState> {
  return step(state, [{ kind: 'setHand', isRaised }, play(isRaised ? 'hand-raised' : 'hand-lowered')]);
}

function muteAnswered(state: MenuState, isMuted: boolean, result: 'done' | 'refused'): IvrStep<MenuState> {
  if (result === 'refused') return step({ ...state, wasRefused: true }, [play('muted-by-moderator')]);
  return step({ ...state, wasRefused: false }, [play(isMuted ? 'muted' : 'unmuted')]);
}

function step(state: MenuState, outputs: readonly IvrOutput[]): IvrStep<MenuState> {
  return { state, outputs, wakeAtMs: state.starUntilMs };
}
