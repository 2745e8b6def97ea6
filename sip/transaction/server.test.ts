import { describe, expect, test } from 'vitest';
import { sipRequest, sipResponse } from '../../test/support/sip/messages.ts';
import {
  INVITE_SERVER_START,
  type InviteServerInput,
  type InviteServerState,
  inviteServerWakeAt,
  type ServerSetting,
  stepInviteServer,
} from './invite-server.ts';
import { REQUEST_SERVER_START, requestServerWakeAt, stepRequestServer } from './request-server.ts';
import type { Step } from './step.ts';
import { DEFAULT_TIMERS } from './timer-settings.ts';

const overUdp: ServerSetting = { timers: DEFAULT_TIMERS, isReliable: false };
const overTcp: ServerSetting = { timers: DEFAULT_TIMERS, isReliable: true };
const invite = sipRequest('INVITE');
const ack = sipRequest('ACK');

const again: InviteServerInput = { kind: 'request', request: invite };
const acknowledged: InviteServerInput = { kind: 'request', request: ack };
const respond = (status: number): InviteServerInput => ({ kind: 'respond', response: sipResponse(invite, status) });
const sent = (status: number) => ({ kind: 'send', message: sipResponse(invite, status) });

function after(inputs: readonly InviteServerInput[], setting = overUdp): Step<InviteServerState> {
  let step: Step<InviteServerState> = { state: INVITE_SERVER_START, outputs: [] };
  for (const input of inputs) step = stepInviteServer(step.state, input, setting, 0);
  return step;
}

function sendingTimes({ state }: Step<InviteServerState>, setting: ServerSetting): (number | string)[] {
  const seen: (number | string)[] = [];
  let current = state;
  for (let nowMs = inviteServerWakeAt(current); nowMs !== undefined; nowMs = inviteServerWakeAt(current)) {
    const step = stepInviteServer(current, { kind: 'time' }, setting, nowMs);
    current = step.state;
    for (const output of step.outputs) seen.push(output.kind === 'failed' ? `${output.reason} ${nowMs}` : nowMs);
  }
  return seen;
}

describe('an INVITE that comes again', () => {
  test('gets the last provisional response again', () => {
    expect(after([respond(100), respond(180), again]).outputs).toEqual([sent(180)]);
  });

  test('gets the refusal again', () => {
    expect(after([respond(486), again]).outputs).toEqual([sent(486)]);
  });

  test('is swallowed once accepted: the user repeats its 2xx by itself', () => {
    expect(after([respond(200), again]).outputs).toEqual([]);
    expect(after([respond(200), respond(200)]).outputs).toEqual([sent(200)]);
  });
});

describe('a refusal', () => {
  test('is repeated over UDP, never later than T2 after the last, until 64 T1 without an ACK', () => {
    expect(sendingTimes(after([respond(486)]), overUdp)).toEqual([
      500,
      1_500,
      3_500,
      7_500,
      11_500,
      15_500,
      19_500,
      23_500,
      27_500,
      31_500,
      'timeout 32000',
    ]);
  });

  test('is not repeated over TCP', () => {
    expect(sendingTimes(after([respond(486)], overTcp), overTcp)).toEqual(['timeout 32000']);
  });

  test('is repeated no more once acknowledged; the ACK is swallowed for T4 and does not reach the user', () => {
    const confirmed = after([respond(486), acknowledged]);
    expect(confirmed).toEqual({ state: { phase: 'confirmed', endAtMs: 5_000 }, outputs: [] });
    expect(sendingTimes(confirmed, overUdp)).toEqual([]);
  });
});

test('the ACK of an acceptance that has its branch reaches the user', () => {
  expect(after([respond(200), acknowledged]).outputs).toEqual([{ kind: 'deliver', message: ack }]);
});

test('nothing else is sent after an acceptance', () => {
  expect(after([respond(200), respond(486)]).outputs).toEqual([]);
});

test('another request that comes again gets its answer again for 64 T1 over UDP', () => {
  const options = sipRequest('OPTIONS');
  const response = sipResponse(options, 200);
  const fresh = stepRequestServer(REQUEST_SERVER_START, { kind: 'request' }, overUdp, 0);
  expect(fresh.outputs).toEqual([]);
  const answered = stepRequestServer(fresh.state, { kind: 'respond', response }, overUdp, 0);
  expect(answered.outputs).toEqual([{ kind: 'send', message: response }]);
  expect(stepRequestServer(answered.state, { kind: 'request' }, overUdp, 10).outputs).toEqual([
    { kind: 'send', message: response },
  ]);
  expect(requestServerWakeAt(answered.state)).toBe(32_000);
  expect(stepRequestServer(answered.state, { kind: 'time' }, overUdp, 32_000).state).toEqual({ phase: 'terminated' });
  expect(stepRequestServer(fresh.state, { kind: 'respond', response }, overTcp, 0).state).toEqual({
    phase: 'terminated',
  });
});
