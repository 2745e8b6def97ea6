import { describe, expect, test } from 'vitest';
import { type MenuFacts, type MenuInput, type MenuState, NEW_MENU, stepMenu } from './menu.ts';
import type { IvrOutput } from './ivr-output.ts';

const FACTS: MenuFacts = { isMuted: false, isHandRaised: false, isHost: false, people: 3 };

function pressed(keys: string, facts: Partial<MenuFacts> = {}, state: MenuState = NEW_MENU): readonly IvrOutput[] {
  let step = { state, outputs: [] as readonly IvrOutput[] };
  for (const digit of keys) step = stepMenu(step.state, { kind: 'digit', digit }, { ...FACTS, ...facts }, 0);
  return step.outputs;
}

const plays = (...sounds: readonly string[]) => ({ kind: 'play', sounds });

describe('the keys of a phone in a room', () => {
  test('*6 turns the microphone off, and on again', () => {
    expect(pressed('*6')).toEqual([{ kind: 'setMuted', isMuted: true }]);
    expect(pressed('*6', { isMuted: true })).toEqual([{ kind: 'setMuted', isMuted: false }]);
  });

  test.each([
    [true, 'muted'],
    [false, 'unmuted'],
  ])('the caller hears what became of it: muted %s', (isMuted, sound) => {
    const answered: MenuInput = { kind: 'muteAnswered', isMuted, result: 'done' };
    expect(stepMenu(NEW_MENU, answered, FACTS, 0).outputs).toEqual([plays(sound)]);
  });

  test('*6 that moderators refuse says so, and pressed again raises the hand', () => {
    const facts = { isMuted: true };
    const refused = stepMenu(NEW_MENU, { kind: 'muteAnswered', isMuted: true, result: 'refused' }, FACTS, 0);
    expect(refused.outputs).toEqual([plays('muted-by-moderator')]);
    expect(pressed('*6', facts, refused.state)).toEqual([{ kind: 'setHand', isRaised: true }, plays('hand-raised')]);
  });

  test('*6 asks anew once the hand is up', () => {
    const refused = stepMenu(NEW_MENU, { kind: 'muteAnswered', isMuted: true, result: 'refused' }, FACTS, 0);
    const facts = { isMuted: true, isHandRaised: true };
    expect(pressed('*6', facts, refused.state)).toEqual([{ kind: 'setMuted', isMuted: false }]);
  });

  test('*5 raises the hand, and lowers it again', () => {
    expect(pressed('*5')).toEqual([{ kind: 'setHand', isRaised: true }, plays('hand-raised')]);
    expect(pressed('*5', { isHandRaised: true })).toEqual([
      { kind: 'setHand', isRaised: false },
      plays('hand-lowered'),
    ]);
  });

  test('*4 is quieter, *7 louder', () => {
    expect(pressed('*4')).toEqual([{ kind: 'changeVolume', byDb: -3 }]);
    expect(pressed('*7')).toEqual([{ kind: 'changeVolume', byDb: 3 }]);
  });

  test('*1 explains the keys', () => {
    expect(pressed('*1')).toEqual([plays('help')]);
  });

  test('*# says how many people are there', () => {
    expect(pressed('*#')).toEqual([plays('people-count', 'number-3')]);
    expect(pressed('*#', { people: 11 })).toEqual([plays('people-count', 'number-many')]);
  });

  test.each(['6', '#', '1', '*2', '*0', '*8', '*9', '*A', '6*', '**'])('%s does nothing', (keys) => {
    expect(pressed(keys)).toEqual([]);
  });

  test('*9 of a host mutes everybody else, *8 locks the meeting or opens it, *1 explains that too', () => {
    const host = { isHost: true };
    expect(pressed('*9', host)).toEqual([{ kind: 'muteOthers' }]);
    expect(pressed('*8', host)).toEqual([{ kind: 'toggleLock' }]);
    expect(pressed('*1', host)).toEqual([plays('help', 'host-help')]);
  });

  test.each(['others-muted', 'locked', 'unlocked', 'not-possible'] as const)(
    'a host hears what came of it: %s',
    (result) => {
      expect(stepMenu(NEW_MENU, { kind: 'hostAnswered', result }, FACTS, 0).outputs).toEqual([plays(result)]);
    },
  );

  test('a second * counts as the first', () => {
    expect(pressed('**6')).toEqual([{ kind: 'setMuted', isMuted: true }]);
  });

  test('a * waits three seconds for its key', () => {
    const star = stepMenu(NEW_MENU, { kind: 'digit', digit: '*' }, FACTS, 1_000);
    expect(star.wakeAtMs).toBe(4_000);
    const six: MenuInput = { kind: 'digit', digit: '6' };
    expect(stepMenu(star.state, six, FACTS, 3_999).outputs).toHaveLength(1);
    expect(stepMenu(star.state, six, FACTS, 4_000).outputs).toEqual([]);
    expect(stepMenu(star.state, { kind: 'time' }, FACTS, 4_000)).toEqual({
      state: NEW_MENU,
      outputs: [],
      wakeAtMs: undefined,
    });
  });
});
