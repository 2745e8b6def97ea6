import { asked, type DigitEntry, EMPTY_ENTRY, type EntryResult, press, waited } from './digit-entry.ts';
import type { HangUpReason } from './hang-up-reason.ts';
import { type IvrOutput, type IvrStep, play } from './ivr-output.ts';
import { type Farewell, farewellOfEnd, farewellOfRefusal, type JoinRefusal, type RoomEnd } from './room-outcome.ts';
import type { Sound } from './sound.ts';

/**
 * The way of a caller from the answered call into a room (sip-and-recording.md §5.1): meeting number, password where the
 * room asks for one, lobby or a meeting that has not begun. Pure: the call's coordinator plays, looks up, joins and keeps
 * the one timer.
 */
export type EntryState =
  | (Dialogue & { readonly phase: 'pin'; readonly entry: DigitEntry })
  | (Dialogue & { readonly phase: 'resolving' })
  | (Dialogue & { readonly phase: 'password'; readonly room: string; readonly entry: DigitEntry })
  | (Dialogue & Target & { readonly phase: 'joining' })
  | (Wait & Target & { readonly phase: 'not-live' })
  | (Wait & { readonly phase: 'lobby' })
  /** Menu and announcements go on from here. */
  | { readonly phase: 'in-room' }
  /** The call has been told to end. */
  | { readonly phase: 'over' };

interface Dialogue {
  readonly pinDigits: number;
  /** Wrong answers to the question at hand. */
  readonly wrong: number;
  /** When the dialogue as a whole has lasted too long. */
  readonly overAtMs: number;
}

interface Target {
  readonly room: string;
  readonly password: string | undefined;
  /** Until when a meeting that has not begun is waited for, once it is. */
  readonly patientUntilMs: number | undefined;
}

interface Wait {
  readonly pinDigits: number;
  readonly overAtMs: number;
  /** The next sign of life to the caller, or try to join. */
  readonly nextAtMs: number | undefined;
}

export type EntryInput =
  /** A key of the phone: `0` … `9`, `*`, `#`, `A` … `D`. */
  | { readonly kind: 'digit'; readonly digit: string }
  /** All that was to be played has been played. */
  | { readonly kind: 'played' }
  /** @property room bare address; undefined: there is none of this number. */
  | { readonly kind: 'pinResolved'; readonly room: string | undefined }
  | { readonly kind: 'joined' }
  | { readonly kind: 'lobby' }
  | { readonly kind: 'admitted' }
  | { readonly kind: 'refused'; readonly reason: JoinRefusal }
  | { readonly kind: 'ended'; readonly reason: RoomEnd }
  | { readonly kind: 'time' };

export interface EntryOptions {
  /** Length of meeting numbers, after which none waits for `#`. */
  readonly pinDigits: number;
  /** Bare address, where the called number or the trunk names a room: nothing is asked then. */
  readonly room?: string;
  readonly password?: string;
}

type Step = IvrStep<EntryState>;

const DIALOGUE_MS = 90_000;
const MAX_WRONG = 3;
const MAX_SILENCES = 2;
const WAIT_MS = 600_000;
/** Between two signs of life while waiting. */
const SIGN_EVERY_MS = 10_000;

export function startEntry({ pinDigits, room, password }: EntryOptions, nowMs: number): Step {
  const dialogue = { pinDigits, wrong: 0, overAtMs: nowMs + DIALOGUE_MS };
  if (room === undefined) {
    return step({ ...dialogue, phase: 'pin', entry: EMPTY_ENTRY }, [play('welcome', 'enter-pin')]);
  }
  return join(dialogue, { room, password, patientUntilMs: undefined }, [play('welcome', 'joining')]);
}

export function stepEntry(state: EntryState, input: EntryInput, nowMs: number): Step {
  switch (state.phase) {
    case 'pin':
    case 'password':
      return stepQuestion(state, input, nowMs);
    case 'resolving':
      if (input.kind === 'pinResolved') return pinResolved(state, input.room, nowMs);
      return stay(state, input, nowMs);
    case 'joining':
      return stepJoining(state, input, nowMs);
    case 'not-live':
      return stepNotLive(state, input, nowMs);
    case 'lobby':
      return stepLobby(state, input, nowMs);
    case 'in-room':
    case 'over':
      return step(state, []);
  }
}

type Question = Extract<EntryState, { readonly phase: 'pin' | 'password' }>;

function stepQuestion(state: Question, input: EntryInput, nowMs: number): Step {
  if (nowMs >= state.overAtMs) return tooLong();
  switch (input.kind) {
    case 'played':
      return step({ ...state, entry: asked(state.entry, nowMs) }, []);
    case 'digit': {
      if (!/^[\d*#]$/.test(input.digit)) return step(state, []);
      const length = state.phase === 'pin' ? state.pinDigits : undefined;
      // Who presses a key wants to hear no more.
      return answer(state, press(state.entry, input.digit, length, nowMs), [{ kind: 'stopPlay' }]);
    }
    case 'time':
      return answer(state, waited(state.entry, nowMs), []);
    default:
      return step(state, []);
  }
}

function answer(state: Question, result: EntryResult, before: readonly IvrOutput[]): Step {
  const { pinDigits, wrong, overAtMs } = state;
  switch (result.kind) {
    case 'more':
      return step({ ...state, entry: result.entry }, before);
    case 'silent':
      if (result.entry.silences >= MAX_SILENCES) return hangUp(['goodbye'], 'no-input', before);
      return step({ ...state, entry: result.entry }, [...before, ask(state)]);
    case 'entered':
      if (state.phase === 'pin') {
        const pin: IvrOutput = { kind: 'resolvePin', pin: result.digits };
        return step({ phase: 'resolving', pinDigits, wrong, overAtMs }, [...before, pin]);
      }
      return join(
        { pinDigits, wrong, overAtMs },
        { room: state.room, password: result.digits, patientUntilMs: undefined },
        [...before, play('joining')],
      );
  }
}

function ask({ phase }: Question): IvrOutput {
  return play(phase === 'pin' ? 'enter-pin' : 'enter-password');
}

function pinResolved(
  { pinDigits, wrong, overAtMs }: Extract<EntryState, { readonly phase: 'resolving' }>,
  room: string | undefined,
  nowMs: number,
): Step {
  if (room !== undefined) {
    const dialogue = { pinDigits, wrong: 0, overAtMs };
    return join(dialogue, { room, password: undefined, patientUntilMs: undefined }, [play('joining')]);
  }
  if (wrong + 1 >= MAX_WRONG) return hangUp(['wrong-pin', 'goodbye'], 'wrong-pin');
  if (nowMs >= overAtMs) return tooLong();
  const state = { phase: 'pin', pinDigits, wrong: wrong + 1, overAtMs, entry: EMPTY_ENTRY } as const;
  return step(state, [play('wrong-pin', 'enter-pin')]);
}

function stepJoining(
  state: Extract<EntryState, { readonly phase: 'joining' }>,
  input: EntryInput,
  nowMs: number,
): Step {
  switch (input.kind) {
    case 'joined':
    case 'admitted':
      return step({ phase: 'in-room' }, [play('tone-join')]);
    case 'lobby':
      return step({ phase: 'lobby', pinDigits: state.pinDigits, overAtMs: nowMs + WAIT_MS, nextAtMs: undefined }, [
        play('lobby-wait'),
      ]);
    case 'refused':
      return refused(state, input.reason, nowMs);
    case 'ended':
      return ended(input.reason);
    default:
      return stay(state, input, nowMs);
  }
}

function refused(state: Extract<EntryState, { readonly phase: 'joining' }>, reason: JoinRefusal, nowMs: number): Step {
  const { pinDigits, overAtMs, room, password, patientUntilMs } = state;
  switch (reason) {
    case 'password-required':
    case 'wrong-password': {
      // A password that nobody typed was none of the caller's.
      const wrong = password === undefined ? state.wrong : state.wrong + 1;
      if (wrong >= MAX_WRONG) return hangUp(['wrong-password', 'goodbye'], 'wrong-password');
      const question = { phase: 'password', pinDigits, wrong, overAtMs, room, entry: EMPTY_ENTRY } as const;
      return step(question, [password === undefined ? ask(question) : play('wrong-password', 'enter-password')]);
    }
    case 'not-live': {
      const until = patientUntilMs ?? nowMs + WAIT_MS;
      const wait = { phase: 'not-live', pinDigits, overAtMs: until, nextAtMs: nowMs + SIGN_EVERY_MS } as const;
      const sound = patientUntilMs === undefined ? 'not-started' : 'tone-waiting';
      return step({ ...wait, room, password, patientUntilMs: until }, [play(sound)]);
    }
    default:
      return goodbye(farewellOfRefusal(reason));
  }
}

function stepNotLive(
  state: Extract<EntryState, { readonly phase: 'not-live' }>,
  input: EntryInput,
  nowMs: number,
): Step {
  if (input.kind !== 'time' || state.nextAtMs === undefined || nowMs < state.nextAtMs) return step(state, []);
  if (nowMs >= state.overAtMs) return hangUp(['goodbye'], 'not-live');
  const { pinDigits, room, password, patientUntilMs } = state;
  // The dialogue as a whole is over; joining alone takes its own time.
  return join({ pinDigits, wrong: 0, overAtMs: nowMs + DIALOGUE_MS }, { room, password, patientUntilMs }, []);
}

function stepLobby(state: Extract<EntryState, { readonly phase: 'lobby' }>, input: EntryInput, nowMs: number): Step {
  switch (input.kind) {
    case 'admitted':
    case 'joined':
      return step({ phase: 'in-room' }, [{ kind: 'stopPlay' }, play('lobby-granted')]);
    case 'refused':
      return reasonOfLobby(input.reason);
    case 'ended':
      return ended(input.reason);
    case 'played':
      return step({ ...state, nextAtMs: nowMs + SIGN_EVERY_MS }, []);
    case 'time':
      if (nowMs >= state.overAtMs) return hangUp(['lobby-denied', 'goodbye'], 'not-admitted', [{ kind: 'leave' }]);
      if (state.nextAtMs === undefined || nowMs < state.nextAtMs) return step(state, []);
      return step({ ...state, nextAtMs: undefined }, [play('tone-waiting')]);
    default:
      return step(state, []);
  }
}

/** Who is let in may still find the room full. */
function reasonOfLobby(reason: JoinRefusal): Step {
  if (reason === 'password-required' || reason === 'wrong-password' || reason === 'not-live') {
    return hangUp(['lobby-denied', 'goodbye'], 'not-admitted');
  }
  return goodbye(farewellOfRefusal(reason));
}

/** Nothing is asked: only time may end this. */
function stay(
  state: Extract<EntryState, { readonly phase: 'resolving' | 'joining' }>,
  input: EntryInput,
  nowMs: number,
): Step {
  if (input.kind !== 'time' || nowMs < state.overAtMs) return step(state, []);
  return tooLong(state.phase === 'joining' ? [{ kind: 'leave' }] : []);
}

function join(dialogue: Dialogue, target: Target, before: readonly IvrOutput[]): Step {
  const { room, password } = target;
  return step({ ...dialogue, ...target, phase: 'joining' }, [...before, { kind: 'join', room, password }]);
}

function ended(reason: RoomEnd): Step {
  const farewell = farewellOfEnd(reason);
  return farewell === undefined ? step({ phase: 'over' }, []) : goodbye(farewell);
}

function goodbye({ sounds, reason }: Farewell): Step {
  return hangUp(sounds, reason, [{ kind: 'stopPlay' }]);
}

function tooLong(before: readonly IvrOutput[] = []): Step {
  return hangUp(['goodbye'], 'too-long', [{ kind: 'stopPlay' }, ...before]);
}

function hangUp(sounds: readonly Sound[], reason: HangUpReason, before: readonly IvrOutput[] = []): Step {
  const words: readonly IvrOutput[] = sounds.length === 0 ? [] : [play(...sounds)];
  return step({ phase: 'over' }, [...before, ...words, { kind: 'hangUp', reason }]);
}

function step(state: EntryState, outputs: readonly IvrOutput[]): Step {
  return { state, outputs, wakeAtMs: wakeOf(state) };
}

function wakeOf(state: EntryState): number | undefined {
  switch (state.phase) {
    case 'pin':
    case 'password':
      return Math.min(state.entry.dueAtMs ?? Infinity, state.overAtMs);
    case 'resolving':
    case 'joining':
      return state.overAtMs;
    case 'not-live':
    case 'lobby':
      return Math.min(state.nextAtMs ?? Infinity, state.overAtMs);
    case 'in-room':
    case 'over':
      return undefined;
  }
}
