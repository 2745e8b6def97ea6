import { expect, test } from 'vitest';
import { gatewayProblems, isUsable, unusableBecause } from './gateway-health.ts';

/** It answers no OPTIONS, as some providers. */
const WELL = { name: 'well', isRegistered: true, isReachable: false };
const ONLY_CALLS_US = { name: 'exchange' };
const DENIED = { name: 'denied', isRegistered: false, isReachable: true, problem: 'the registrar answers 403' };
const SILENT = { name: 'silent', isReachable: false };

test('each trunk that cannot be used is named with the reason', () => {
  expect(gatewayProblems(false, [WELL, ONLY_CALLS_US, DENIED, SILENT])).toEqual([
    'not registered at the trunk denied: the registrar answers 403',
    'the trunk silent does not answer',
  ]);
  expect(gatewayProblems(true, [WELL])).toHaveLength(1);
});

test('one trunk is enough, none is not', () => {
  expect(unusableBecause(false, [DENIED, SILENT, WELL])).toBeUndefined();
  expect(unusableBecause(false, [SILENT, ONLY_CALLS_US])).toBeUndefined();
  expect(unusableBecause(false, [])).toBeUndefined();
  expect(unusableBecause(false, [DENIED, SILENT])).toContain('denied');
});

test('what is not known of a trunk is not held against it', () => {
  expect([WELL, ONLY_CALLS_US, DENIED, SILENT, undefined].map(isUsable)).toEqual([true, true, false, false, false]);
});

test('while it drains no new call is taken, whatever the trunks', () => {
  expect(unusableBecause(true, [WELL])).toContain('no new calls');
});
