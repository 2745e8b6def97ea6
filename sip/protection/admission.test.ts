import { expect, it } from 'vitest';
import { CaughtLog } from '../../test/support/caught-log.ts';
import { Admission } from './admission.ts';
import { GUARD_LIMITS, SourceGuard } from './source-guard.ts';

const TRUNK = '192.0.2.1';
/** Has to show a password, call by call. */
const ROAMING = '192.0.2.2';
const STRANGER = '203.0.113.5';
const OPTIONS = Buffer.from('OPTIONS sip:1@gateway SIP/2.0\r\n');

function admission(answersStrangers: boolean, totalPerSecond = GUARD_LIMITS.totalPerSecond) {
  const log = new CaughtLog();
  const clock = { nowMs: 0 };
  const judged = new Admission({
    guard: new SourceGuard({ ...GUARD_LIMITS, totalPerSecond }, 0),
    trunkAt: (address) =>
      address === TRUNK || address === ROAMING ? { name: 'my-provider', authenticate: address === ROAMING } : undefined,
    answersStrangers,
    logger: log.logger,
    now: () => clock.nowMs,
  });
  return { judged, log, clock };
}

it('strangers are neither connected to nor read', () => {
  const { judged } = admission(false);
  expect([judged.isAllowed(STRANGER), judged.admits(STRANGER, OPTIONS)]).toEqual([false, false]);
  expect([judged.isAllowed(TRUNK), judged.admits(TRUNK, OPTIONS)]).toEqual([true, true]);
});

it('strangers that are to be refused aloud are read until they send too much', () => {
  const { judged } = admission(true);
  const admitted = Array.from({ length: 50 }, () => judged.admits(STRANGER, OPTIONS));
  expect([judged.isAllowed(STRANGER), admitted.filter(Boolean).length]).toEqual([true, 40]);
});

it('a trunk is never banned, unless its address proves nothing', () => {
  const { judged } = admission(false);
  const admitted = [TRUNK, ROAMING].map((address) => Array.from({ length: 50 }, () => judged.admits(address, OPTIONS)));
  expect(admitted.map((verdicts) => verdicts.filter(Boolean).length)).toEqual([50, 40]);
});

it('a trunk that is not heard is named in the log with the reason, once in a while', () => {
  const { judged, log, clock } = admission(false, 1);
  for (let i = 0; i < 5; i++) judged.admits(TRUNK, OPTIONS);
  expect(log.text.match(/"trunk":"my-provider","verdict":"overload"/g)).toHaveLength(1);
  clock.nowMs = 10_000;
  for (let i = 0; i < 5; i++) judged.admits(TRUNK, OPTIONS);
  expect(log.text.match(/"verdict":"overload"/g)).toHaveLength(2);
});
