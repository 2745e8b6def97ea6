import { describe, expect, test } from 'vitest';
import { sipRequest, sipResponse } from '../../test/support/sip/messages.ts';
import { answerTimer, askForTimer, timerDeadline, timerOfResponse } from './session-timer.ts';

const invite = (...headers: readonly (readonly [name: string, value: string])[]) =>
  sipRequest('INVITE', { others: headers.map(([name, value]) => ({ name, value })) });

describe('a caller', () => {
  test('that knows no timers is refreshed by us', () => {
    expect(answerTimer(invite())).toEqual({
      kind: 'agreed',
      timer: { intervalSeconds: 1_800, isRefresher: true },
      headers: [{ name: 'session-expires', value: '1800;refresher=uas' }],
    });
  });

  test('that asks to be refreshed is', () => {
    const outcome = answerTimer(invite(['supported', 'timer, 100rel'], ['session-expires', '600;refresher=uas']));
    expect(outcome).toMatchObject({ timer: { intervalSeconds: 600, isRefresher: true } });
  });

  test('whose proxy wants a longer interval gets it', () => {
    const outcome = answerTimer(invite(['supported', 'timer'], ['session-expires', '120'], ['min-se', '300']));
    expect(outcome).toMatchObject({ timer: { intervalSeconds: 300 } });
  });

  test.each(['nonsense', '', '-5', '9999999999'])('that says %j is treated as one that says nothing', (value) => {
    expect(answerTimer(invite(['supported', 'timer'], ['session-expires', value]))).toMatchObject({
      timer: { intervalSeconds: 1_800 },
    });
  });
});

test('the answer to ours says who refreshes; without one there is no timer', () => {
  const answer = (value: string) =>
    timerOfResponse(sipResponse(invite(), 200, { others: [{ name: 'session-expires', value }] }));
  expect(answer('900;refresher=uas')).toEqual({ intervalSeconds: 900, isRefresher: false });
  expect(answer('900;refresher=uac')).toEqual({ intervalSeconds: 900, isRefresher: true });
  expect(timerOfResponse(sipResponse(invite(), 200))).toBeUndefined();
});

test('a refresh keeps who refreshes', () => {
  expect(askForTimer({ intervalSeconds: 600, isRefresher: true })[0]?.value).toBe('600;refresher=uac');
  expect(askForTimer(undefined)[0]?.value).toBe('1800');
});

test('who refreshes does so at half the time; who does not gives up shortly before the end', () => {
  expect(timerDeadline({ intervalSeconds: 1_800, isRefresher: true }, 1_000)).toBe(901_000);
  expect(timerDeadline({ intervalSeconds: 1_800, isRefresher: false }, 0)).toBe(1_768_000);
  expect(timerDeadline({ intervalSeconds: 90, isRefresher: false }, 0)).toBe(60_000);
});
