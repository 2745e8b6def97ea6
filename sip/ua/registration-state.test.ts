import { expect, test } from 'vitest';
import {
  type RegistrationInput,
  type RegistrationStep,
  registrationWakeAt,
  startRegistration,
  stepRegistration,
} from './registration-state.ts';

function after(inputs: readonly RegistrationInput[], nowMs = 0, random = 1): RegistrationStep {
  let step = startRegistration(600);
  for (const input of inputs) step = stepRegistration(step.state, input, nowMs, random);
  return step;
}

const failed: RegistrationInput = { kind: 'failed', reason: 'no answer' };

test('it is refreshed when four fifths of what the registrar grants are over', () => {
  const { state } = after([{ kind: 'accepted', expiresSeconds: 300 }]);
  expect(registrationWakeAt(state)).toBe(240_000);
  expect(stepRegistration(state, { kind: 'time' }, 239_999, 0).isToRegister).toBe(false);
  expect(stepRegistration(state, { kind: 'time' }, 240_000, 0).isToRegister).toBe(true);
});

test('a registrar that grants next to nothing is not asked again at once', () => {
  expect(registrationWakeAt(after([{ kind: 'accepted', expiresSeconds: 0 }]).state)).toBe(5_000);
});

test('failures wait ever longer, up to five minutes, and never less than a second', () => {
  const waits: number[] = [];
  let step = startRegistration(600);
  let nowMs = 0;
  for (let tries = 0; tries < 10; tries++) {
    step = stepRegistration(step.state, failed, nowMs, 1);
    const atMs = registrationWakeAt(step.state) ?? expect.fail('it gave up');
    waits.push((atMs - nowMs) / 1000);
    nowMs = atMs;
    step = stepRegistration(step.state, { kind: 'time' }, nowMs, 1);
    expect(step.isToRegister).toBe(true);
  }
  expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  expect(registrationWakeAt(after([failed], 0, 0).state)).toBe(1_000);
});

test('after a success the waiting begins anew', () => {
  const { state } = after([failed, failed, failed, { kind: 'accepted', expiresSeconds: 600 }, failed]);
  expect(registrationWakeAt(state)).toBe(2_000);
});

test('what is too brief is asked for again as the registrar wants it, but not for ever more', () => {
  const longer = after([{ kind: 'too-brief', minExpiresSeconds: 3_600 }]);
  expect(longer).toMatchObject({ isToRegister: true, state: { phase: 'trying', expiresSeconds: 3_600 } });
  const same = stepRegistration(longer.state, { kind: 'too-brief', minExpiresSeconds: 3_600 }, 0, 1);
  expect(same).toMatchObject({ isToRegister: false, state: { phase: 'waiting' } });
});
