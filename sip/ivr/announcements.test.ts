import { describe, expect, test } from 'vitest';
import {
  type AnnouncementInput,
  type AnnouncementSettings,
  type AnnouncementState,
  startAnnouncements,
  stepAnnouncements,
} from './announcements.ts';
import type { RoomEnd } from './room-outcome.ts';

class Stay {
  nowMs = 0;
  wakeAtMs: number | undefined;
  #state: AnnouncementState;

  constructor(room: { people: number; others?: number }, settings: Partial<AnnouncementSettings> = {}) {
    const all = { tonesUpToPeople: 12, allowOnlyPhones: true, ...settings };
    const step = startAnnouncements(all, { others: room.people - 1, ...room }, 0);
    this.#state = step.state;
    this.wakeAtMs = step.wakeAtMs;
  }

  input(input: AnnouncementInput): string[] {
    const { state, outputs, wakeAtMs } = stepAnnouncements(this.#state, input, this.nowMs);
    this.#state = state;
    this.wakeAtMs = wakeAtMs;
    return outputs.flatMap((output): readonly string[] => {
      if (output.kind === 'play') return output.sounds;
      return output.kind === 'hangUp' ? [`hang up: ${output.reason}`] : [output.kind];
    });
  }

  people(people: number, others = people - 1): string[] {
    return this.input({ kind: 'people', people, others });
  }

  recording(isOn: boolean, of: 'recording' | 'stream' = 'recording'): string[] {
    return this.input({ kind: 'recording', isOn, of });
  }

  wait(ms: number): string[] {
    const endMs = this.nowMs + ms;
    const words: string[] = [];
    while (this.wakeAtMs !== undefined && this.wakeAtMs <= endMs) {
      this.nowMs = this.wakeAtMs;
      words.push(...this.input({ kind: 'time' }));
    }
    this.nowMs = endMs;
    return words;
  }
}

test('who comes in with the microphone off is told so, after what else is said on coming in', () => {
  const stay = new Stay({ people: 2 });
  expect(stay.input({ kind: 'startsMuted' })).toEqual([]);
  expect(stay.wait(1)).toEqual(['start-muted']);
  expect(stay.wait(60_000)).toEqual([]);
});

test.each([
  ['unmuteAllowed', 'may-speak'],
  ['handLowered', 'hand-lowered'],
] as const)('what a moderator does is told: %s', (kind, sound) => {
  expect(new Stay({ people: 2 }).input({ kind })).toEqual([sound]);
});

describe('who comes and goes', () => {
  test('is heard as a tone', () => {
    expect(new Stay({ people: 2 }).people(3)).toEqual(['tone-join']);
    expect(new Stay({ people: 3 }).people(2)).toEqual(['tone-leave']);
  });

  test('is heard at most every thirty seconds', () => {
    const stay = new Stay({ people: 2 });
    stay.people(3);
    stay.wait(29_999);
    expect(stay.people(4)).toEqual([]);
    stay.wait(1);
    expect(stay.people(5)).toEqual(['tone-join']);
  });

  test('is not heard in large rooms', () => {
    const stay = new Stay({ people: 12 });
    expect(stay.people(13)).toEqual([]);
    expect(stay.people(12)).toEqual(['tone-leave']);
  });

  test('is not heard when only something about somebody changed', () => {
    expect(new Stay({ people: 4 }).people(4)).toEqual([]);
  });
});

describe('who is alone', () => {
  test('is told after fifteen seconds, once', () => {
    const stay = new Stay({ people: 1 });
    expect(stay.wait(14_999)).toEqual([]);
    expect(stay.wait(1)).toEqual(['alone']);
    stay.people(1);
    expect(stay.wait(600_000)).toEqual([]);
  });

  test('is not told when somebody comes in time', () => {
    const stay = new Stay({ people: 1 });
    stay.wait(10_000);
    stay.people(2);
    expect(stay.wait(60_000)).toEqual([]);
  });

  test('is told again after having had company', () => {
    const stay = new Stay({ people: 2 });
    stay.people(1);
    expect(stay.wait(15_000)).toEqual(['alone']);
  });
});

describe('a meeting in which only phones are left', () => {
  test('goes on', () => {
    const stay = new Stay({ people: 3 });
    stay.people(2, 0);
    expect(stay.wait(60_000)).toEqual([]);
  });

  test('ends after twenty seconds where that is configured', () => {
    const stay = new Stay({ people: 3 }, { allowOnlyPhones: false });
    stay.people(2, 0);
    expect(stay.wait(19_999)).toEqual([]);
    expect(stay.wait(1)).toEqual(['goodbye', 'hang up: only-phones']);
    expect(stay.wakeAtMs).toBeUndefined();
  });

  test('goes on when somebody comes back', () => {
    const stay = new Stay({ people: 3 }, { allowOnlyPhones: false });
    stay.people(2, 0);
    stay.wait(10_000);
    stay.people(3, 1);
    expect(stay.wait(60_000)).toEqual([]);
  });
});

describe('recording and streaming', () => {
  test.each([
    ['recording', 'recording-on', 'recording-off'],
    ['stream', 'stream-on', 'stream-off'],
  ] as const)('%s is announced when it begins and when it ends', (of, on, off) => {
    const stay = new Stay({ people: 2 });
    expect(stay.recording(true, of)).toEqual([on]);
    stay.wait(10_000);
    expect(stay.recording(false, of)).toEqual([off]);
  });

  test('that is switched to and fro is announced at most every ten seconds, as it stands then', () => {
    const stay = new Stay({ people: 2 });
    expect(stay.recording(true)).toEqual(['recording-on']);
    expect([stay.recording(false), stay.recording(true), stay.recording(false)]).toEqual([[], [], []]);
    expect(stay.wait(10_000)).toEqual(['recording-off']);
    stay.recording(true);
    stay.recording(false);
    expect(stay.wait(60_000)).toEqual([]);
  });
});

test('a microphone that a moderator turned off is announced', () => {
  expect(new Stay({ people: 2 }).input({ kind: 'mutedByModerator' })).toEqual(['muted-by-moderator']);
});

test.each<[RoomEnd, readonly string[]]>([
  ['room-ended', ['stopPlay', 'meeting-ended', 'goodbye', 'hang up: room-ended']],
  ['kicked', ['stopPlay', 'hang up: kicked']],
  ['connection-lost', ['stopPlay', 'error', 'goodbye', 'hang up: unreachable']],
  ['left', []],
])('a stay that ends with %s', (reason, words) => {
  const stay = new Stay({ people: 1 });
  expect(stay.input({ kind: 'ended', reason })).toEqual(words);
  expect(stay.wakeAtMs).toBeUndefined();
});
