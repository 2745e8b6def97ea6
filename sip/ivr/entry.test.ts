import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type EntryInput, type EntryOptions, type EntryState, startEntry, stepEntry } from './entry.ts';
import type { IvrOutput } from './ivr-output.ts';
import type { JoinRefusal, RoomEnd } from './room-outcome.ts';

const ROOM = 'standup@muc.meet.example';
const PIN = '1234567890';

/** A caller, and what the machine wants done. Time goes on only where the test says so. */
class Call {
  nowMs = 0;
  state: EntryState;
  wakeAtMs: number | undefined;
  #outputs: readonly IvrOutput[];

  constructor(options: Partial<EntryOptions> = {}) {
    const { state, outputs, wakeAtMs } = startEntry({ pinDigits: 10, ...options }, 0);
    this.state = state;
    this.wakeAtMs = wakeAtMs;
    this.#outputs = outputs;
  }

  /** What is to be done since it was asked last, in words. */
  get said(): string[] {
    const words = this.#outputs.map(describeOutput);
    this.#outputs = [];
    return words;
  }

  input(input: EntryInput): this {
    const { state, outputs, wakeAtMs } = stepEntry(this.state, input, this.nowMs);
    this.state = state;
    this.wakeAtMs = wakeAtMs;
    this.#outputs = [...this.#outputs, ...outputs];
    return this;
  }

  press(keys: string): this {
    for (const digit of keys) this.input({ kind: 'digit', digit });
    return this;
  }

  /** Lets time pass, waking the machine whenever it asked for it. */
  wait(ms: number): this {
    const endMs = this.nowMs + ms;
    while (this.wakeAtMs !== undefined && this.wakeAtMs <= endMs) {
      this.nowMs = this.wakeAtMs;
      this.input({ kind: 'time' });
      if (this.state.phase !== 'over' && this.wakeAtMs <= this.nowMs) throw new Error('the machine wakes without end');
    }
    this.nowMs = endMs;
    return this;
  }

  resolve(room: string | undefined): this {
    return this.input({ kind: 'pinResolved', room });
  }

  refuse(reason: JoinRefusal): this {
    return this.input({ kind: 'refused', reason });
  }

  /** Forgets what was said up to here. */
  silently(): this {
    this.#outputs = [];
    return this;
  }
}

function describeOutput(output: IvrOutput): string {
  switch (output.kind) {
    case 'play':
      return `play ${output.sounds.join(', ')}`;
    case 'resolvePin':
      return `resolve ${output.pin}`;
    case 'join':
      return `join ${output.room}${output.password === undefined ? '' : ` with ${output.password}`}`;
    case 'hangUp':
      return `hang up: ${output.reason}`;
    default:
      return output.kind;
  }
}

function calledWithPin(): Call {
  return new Call().press(PIN).resolve(ROOM).silently();
}

describe('the way into a room', () => {
  test('leads from the welcome over the PIN into the room', () => {
    const call = new Call();
    expect(call.said).toEqual(['play welcome, enter-pin']);
    call.input({ kind: 'played' }).press(PIN);
    expect(call.said.filter((word) => word !== 'stopPlay')).toEqual([`resolve ${PIN}`]);
    expect(call.resolve(ROOM).said).toEqual(['play joining', `join ${ROOM}`]);
    expect(call.input({ kind: 'joined' }).said).toEqual(['play tone-join']);
    expect(call.state.phase).toBe('in-room');
    expect(call.wakeAtMs).toBeUndefined();
  });

  test('asks nothing where the number called names the room', () => {
    const call = new Call({ room: ROOM, password: '77' });
    expect(call.said).toEqual(['play welcome, joining', `join ${ROOM} with 77`]);
  });

  test('a key ends what is spoken', () => {
    expect(new Call().silently().press('1').said).toEqual(['stopPlay']);
  });

  test('a letter of a phone that has some does nothing', () => {
    expect(new Call().silently().press('A').said).toEqual([]);
  });

  test('keys pressed while the number is looked up are not of the next question', () => {
    const call = new Call().press(`${PIN}42`).silently().resolve(undefined).silently();
    expect(call.press(PIN).said.at(-1)).toBe(`resolve ${PIN}`);
  });
});

describe('a caller who presses nothing', () => {
  test('is asked again after ten seconds, and after ten more the call ends', () => {
    const call = new Call().input({ kind: 'played' }).silently().wait(10_000);
    expect(call.said).toEqual(['play enter-pin']);
    call.input({ kind: 'played' }).wait(9_999);
    expect(call.said).toEqual([]);
    expect(call.wait(1).said).toEqual(['play goodbye', 'hang up: no-input']);
  });

  test('for five seconds in the number has it looked up as it stands', () => {
    expect(new Call().press('123').wait(5_000).said.at(-1)).toBe('resolve 123');
  });
});

describe('a wrong PIN', () => {
  test('may be entered twice; the third ends the call', () => {
    const call = new Call();
    for (let time = 1; time <= 2; time += 1) {
      call.press(PIN).silently().resolve(undefined);
      expect(call.said).toEqual(['play wrong-pin, enter-pin']);
    }
    call.press(PIN).silently().resolve(undefined);
    expect(call.said).toEqual(['play wrong-pin, goodbye', 'hang up: wrong-pin']);
    expect(call.state.phase).toBe('over');
  });

  test('with too many digits is looked up after the last that a PIN has', () => {
    expect(new Call().press(`${PIN}999999#`).said.filter((word) => word.startsWith('resolve'))).toEqual([
      `resolve ${PIN}`,
    ]);
  });
});

describe('the dialogue', () => {
  test('ends after 90 seconds, however busy the caller is', () => {
    const call = new Call();
    for (let time = 0; time < 22; time += 1) call.press('1*').wait(4_000);
    expect(call.silently().press('1').wait(2_000).said.slice(-2)).toEqual(['play goodbye', 'hang up: too-long']);
  });

  test('ends after 90 seconds of joining, and leaves', () => {
    expect(calledWithPin().wait(90_000).said).toEqual(['stopPlay', 'leave', 'play goodbye', 'hang up: too-long']);
  });
});

describe('a room with a password', () => {
  test('is entered by typing it', () => {
    const call = calledWithPin().refuse('password-required');
    expect(call.said).toEqual(['play enter-password']);
    expect(call.press('4711#').said.slice(-2)).toEqual(['play joining', `join ${ROOM} with 4711`]);
    expect(call.input({ kind: 'joined' }).state.phase).toBe('in-room');
  });

  test('ends the call with the third wrong one', () => {
    const call = calledWithPin().refuse('password-required').silently();
    for (let time = 1; time <= 2; time += 1) {
      call.press('0#').silently().refuse('wrong-password');
      expect(call.said).toEqual(['play wrong-password, enter-password']);
    }
    call.press('0#').silently().refuse('wrong-password');
    expect(call.said).toEqual(['play wrong-password, goodbye', 'hang up: wrong-password']);
  });

  test('is asked for as the PIN is', () => {
    const call = calledWithPin().refuse('password-required').input({ kind: 'played' }).silently().wait(10_000);
    expect(call.said).toEqual(['play enter-password']);
  });
});

describe('the lobby', () => {
  const waiting = () => calledWithPin().input({ kind: 'lobby' });

  test('tells the caller to wait, gives a sign now and then, and leads into the room', () => {
    const call = waiting();
    expect(call.said).toEqual(['play lobby-wait']);
    expect(call.input({ kind: 'played' }).wait(10_000).said).toEqual(['play tone-waiting']);
    expect(call.input({ kind: 'played' }).wait(10_000).said).toEqual(['play tone-waiting']);
    expect(call.input({ kind: 'admitted' }).said).toEqual(['stopPlay', 'play lobby-granted']);
    expect(call.state.phase).toBe('in-room');
  });

  test('ends the call when a moderator does not let the caller in', () => {
    const call = waiting().silently().input({ kind: 'ended', reason: 'lobby-denied' });
    expect(call.said).toEqual(['stopPlay', 'play lobby-denied, goodbye', 'hang up: not-admitted']);
  });

  test('ends the call when the meeting ends', () => {
    const call = waiting().silently().input({ kind: 'ended', reason: 'lobby-room-ended' });
    expect(call.said).toEqual(['stopPlay', 'play meeting-ended, goodbye', 'hang up: room-ended']);
  });

  test('ends the call after ten minutes', () => {
    const call = waiting();
    call.wait(599_999);
    expect(call.state.phase).toBe('lobby');
    expect(call.silently().wait(1).said).toEqual(['leave', 'play lobby-denied, goodbye', 'hang up: not-admitted']);
  });

  test('ends the call when the room turns out to be full', () => {
    expect(waiting().silently().refuse('room-full').said.at(-1)).toBe('hang up: room-full');
  });

  test('does nothing for keys', () => {
    expect(waiting().silently().press('*612#').said).toEqual([]);
  });
});

describe('a meeting that has not begun', () => {
  test('is tried again every ten seconds while the caller hears that it has not', () => {
    const call = calledWithPin().refuse('not-live');
    expect(call.said).toEqual(['play not-started']);
    expect(call.wait(10_000).said).toEqual([`join ${ROOM}`]);
    expect(call.refuse('not-live').said).toEqual(['play tone-waiting']);
    expect(call.wait(10_000).said).toEqual([`join ${ROOM}`]);
    expect(call.input({ kind: 'joined' }).state.phase).toBe('in-room');
  });

  test('ends the call after ten minutes', () => {
    const call = calledWithPin().refuse('not-live');
    for (let tries = 0; tries < 70 && call.state.phase !== 'over'; tries += 1) call.wait(10_000).refuse('not-live');
    expect(call.nowMs).toBe(600_000);
    expect(call.said.slice(-2)).toEqual(['play goodbye', 'hang up: not-live']);
  });
});

test.each<[JoinRefusal, string, string]>([
  ['room-full', 'max-occupants, goodbye', 'room-full'],
  ['not-allowed', 'lobby-denied, goodbye', 'not-admitted'],
  ['banned', 'lobby-denied, goodbye', 'not-admitted'],
  ['encrypted', 'e2ee-refused, goodbye', 'encrypted'],
  ['no-focus', 'error, goodbye', 'unreachable'],
  ['unreachable', 'error, goodbye', 'unreachable'],
])('a room that refuses with %s is told to the caller, and the call ends', (refusal, sounds, reason) => {
  expect(calledWithPin().refuse(refusal).said).toEqual(['stopPlay', `play ${sounds}`, `hang up: ${reason}`]);
});

test.each<[RoomEnd, readonly string[]]>([
  ['room-ended', ['stopPlay', 'play meeting-ended, goodbye', 'hang up: room-ended']],
  ['kicked', ['stopPlay', 'hang up: kicked']],
  ['encrypted', ['stopPlay', 'play e2ee-refused, goodbye', 'hang up: encrypted']],
  ['connection-lost', ['stopPlay', 'play error, goodbye', 'hang up: unreachable']],
  ['left', []],
])('a stay that ends with %s while joining is told to the caller', (reason, words) => {
  const call = calledWithPin().input({ kind: 'ended', reason });
  expect(call.said).toEqual(words);
  expect(call.state.phase).toBe('over');
});

test('whatever comes, each call ends at most once, and then nothing more is done', () => {
  const anyInput: fc.Arbitrary<EntryInput> = fc.oneof(
    fc.constantFrom(...'0123456789*#A'.split('')).map((digit) => ({ kind: 'digit', digit }) as const),
    fc.constantFrom<EntryInput>(
      { kind: 'played' },
      { kind: 'time' },
      { kind: 'joined' },
      { kind: 'lobby' },
      { kind: 'admitted' },
      { kind: 'pinResolved', room: undefined },
      { kind: 'pinResolved', room: ROOM },
      { kind: 'refused', reason: 'not-live' },
      { kind: 'refused', reason: 'password-required' },
      { kind: 'refused', reason: 'room-full' },
      { kind: 'ended', reason: 'room-ended' },
    ),
  );
  const inputs = fc.array(fc.tuple(anyInput, fc.integer({ min: 0, max: 20_000 })), { maxLength: 60 });
  fc.assert(
    fc.property(inputs, (events) => {
      const call = new Call();
      const words: string[] = [];
      for (const [input, afterMs] of events) words.push(...call.wait(afterMs).input(input).said);
      const ends = words.findIndex((word) => word.startsWith('hang up'));
      expect(ends === -1 || ends === words.length - 1).toBe(true);
    }),
  );
});
