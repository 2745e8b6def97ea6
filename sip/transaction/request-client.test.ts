import { expect, test } from 'vitest';
import { sipRequest, sipResponse } from '../../test/support/sip/messages.ts';
import type { ClientSetting } from './invite-client.ts';
import {
  type RequestClientInput,
  type RequestClientState,
  requestClientWakeAt,
  startRequestClient,
  stepRequestClient,
} from './request-client.ts';
import { DEFAULT_TIMERS } from './timer-settings.ts';

const request = sipRequest('OPTIONS');
const overUdp: ClientSetting = { request, timers: DEFAULT_TIMERS, isReliable: false };
const overTcp: ClientSetting = { ...overUdp, isReliable: true };

function sendingTimes(setting: ClientSetting, first: readonly RequestClientInput[] = []): number[] {
  const sentAtMs = [0];
  let state: RequestClientState = startRequestClient(setting, 0).state;
  for (const input of first) state = stepRequestClient(state, input, setting, 100).state;
  for (let nowMs = requestClientWakeAt(state); nowMs !== undefined; nowMs = requestClientWakeAt(state)) {
    const step = stepRequestClient(state, { kind: 'time' }, setting, nowMs);
    state = step.state;
    if (step.outputs.some(({ kind }) => kind === 'send')) sentAtMs.push(nowMs);
    if (step.outputs.some(({ kind }) => kind === 'failed')) sentAtMs.push(-nowMs);
  }
  return sentAtMs;
}

const response = (status: number): RequestClientInput => ({ kind: 'response', response: sipResponse(request, status) });

test('a request nobody answers is sent again over UDP, never later than T2 after the last, and fails after 64 T1', () => {
  expect(sendingTimes(overUdp)).toEqual([
    0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500, -32_000,
  ]);
});

test('over TCP it is sent once', () => {
  expect(sendingTimes(overTcp)).toEqual([0, -32_000]);
});

test('a provisional response makes the repetition slow and does not end it', () => {
  expect(sendingTimes(overUdp, [response(100)])).toEqual([
    0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500, -32_000,
  ]);
});

test('the final response reaches the user once; what is repeated within T4 is swallowed', () => {
  const { state } = startRequestClient(overUdp, 0);
  const answered = stepRequestClient(state, response(200), overUdp, 100);
  expect(answered.outputs).toEqual([{ kind: 'deliver', message: sipResponse(request, 200) }]);
  expect(stepRequestClient(answered.state, response(200), overUdp, 200).outputs).toEqual([]);
  expect(requestClientWakeAt(answered.state)).toBe(5_100);
  expect(stepRequestClient(answered.state, { kind: 'time' }, overUdp, 5_100).state).toEqual({ phase: 'terminated' });
});

test('over TCP the final response ends the transaction', () => {
  expect(stepRequestClient(startRequestClient(overTcp, 0).state, response(404), overTcp, 100).state).toEqual({
    phase: 'terminated',
  });
});
