import { describe, expect, test } from 'vitest';
import { sipRequest, sipResponse } from '../../test/support/sip/messages.ts';
import {
  type ClientSetting,
  type InviteClientInput,
  type InviteClientState,
  inviteClientWakeAt,
  startInviteClient,
  stepInviteClient,
} from './invite-client.ts';
import type { Step } from './step.ts';
import { DEFAULT_TIMERS } from './timer-settings.ts';

const invite = sipRequest('INVITE');
const overUdp: ClientSetting = { request: invite, timers: DEFAULT_TIMERS, isReliable: false };
const overTcp: ClientSetting = { ...overUdp, isReliable: true };

/** Wakes the machine when it wants to be, until it ends, and says when it sent something. */
function runAlone(step: Step<InviteClientState>, setting: ClientSetting): { sentAtMs: number[]; failedAtMs?: number } {
  const sentAtMs = [0];
  let { state } = step;
  for (let nowMs = inviteClientWakeAt(state); nowMs !== undefined; nowMs = inviteClientWakeAt(state)) {
    const next = stepInviteClient(state, { kind: 'time' }, setting, nowMs);
    state = next.state;
    for (const output of next.outputs) {
      if (output.kind === 'send') sentAtMs.push(nowMs);
      if (output.kind === 'failed') return { sentAtMs, failedAtMs: nowMs };
    }
  }
  return { sentAtMs };
}

function after(setting: ClientSetting, inputs: readonly InviteClientInput[], nowMs = 100): Step<InviteClientState> {
  let step = startInviteClient(setting, 0);
  for (const input of inputs) step = stepInviteClient(step.state, input, setting, nowMs);
  return step;
}

const response = (status: number): InviteClientInput => ({ kind: 'response', response: sipResponse(invite, status) });

describe('an INVITE nobody answers', () => {
  test('is sent seven times over UDP, each wait doubled, and given up after 64 T1', () => {
    expect(runAlone(startInviteClient(overUdp, 0), overUdp)).toEqual({
      sentAtMs: [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500],
      failedAtMs: 32_000,
    });
  });

  test('is sent once over TCP', () => {
    expect(runAlone(startInviteClient(overTcp, 0), overTcp)).toEqual({ sentAtMs: [0], failedAtMs: 32_000 });
  });
});

test('a provisional response ends both the repetition and the waiting for an end', () => {
  const { state, outputs } = after(overUdp, [response(180)]);
  expect(outputs).toEqual([{ kind: 'deliver', message: sipResponse(invite, 180) }]);
  expect(inviteClientWakeAt(state)).toBeUndefined();
});

describe('a refusal', () => {
  test('is acknowledged with the branch, number and request line of the INVITE and the To of the refusal', () => {
    const routes = [{ uri: invite.uri, parameters: new Map<string, string | undefined>([['lr', undefined]]) }];
    const request = { ...invite, routes };
    const refusal = sipResponse(request, 486);
    const { outputs } = after({ ...overUdp, request }, [{ kind: 'response', response: refusal }]);
    expect(outputs[0]).toMatchObject({
      kind: 'send',
      message: {
        method: 'ACK',
        uri: request.uri,
        via: request.via,
        to: refusal.to,
        routes,
        cSeq: { number: 1, method: 'ACK' },
      },
    });
    expect(outputs[1]).toEqual({ kind: 'deliver', message: refusal });
  });

  test('that is repeated gets the ACK again and does not reach the user twice, for 32 s over UDP', () => {
    const { state, outputs } = after(overUdp, [response(486), response(486)]);
    expect(outputs.map(({ kind }) => kind)).toEqual(['send']);
    expect(inviteClientWakeAt(state)).toBe(32_100);
    expect(stepInviteClient(state, { kind: 'time' }, overUdp, 32_100).state).toEqual({ phase: 'terminated' });
  });

  test('ends the transaction at once over TCP', () => {
    expect(after(overTcp, [response(486)]).state).toEqual({ phase: 'terminated' });
  });
});

describe('an acceptance', () => {
  test('is not acknowledged by the transaction, and others that follow reach the user too', () => {
    const { state, outputs } = after(overUdp, [response(180), response(200), response(200)]);
    expect(outputs.map(({ kind }) => kind)).toEqual(['deliver']);
    expect(inviteClientWakeAt(state)).toBe(32_100);
  });

  test('is not undone by a refusal of another branch', () => {
    expect(after(overUdp, [response(200), response(486)]).outputs).toEqual([]);
  });
});

test('an INVITE that cannot be sent fails; an ACK that cannot does not', () => {
  expect(after(overUdp, [{ kind: 'transport-error' }]).outputs).toEqual([{ kind: 'failed', reason: 'transport' }]);
  expect(after(overUdp, [response(486), { kind: 'transport-error' }]).outputs).toEqual([]);
});
