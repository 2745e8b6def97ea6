import { describe, expect, test } from 'vitest';
import { numbersFinding, portFindings, trunkFinding } from './telephone-findings.ts';

describe('numbers', () => {
  test.each([
    [[{}, { room: 'board' }], [], 'well', 'numbers: 1 in invitations, 1 that lead into a room'],
    [[{}], [], 'well', 'numbers: 1 in invitations'],
    [[], ['+30*'], 'note', 'no numbers: meetings call telephones, and are called by none'],
    [[], [], 'broken', 'No number is configured: invitations show none, and nobody knows what to call.'],
  ])('%j, with calls out to %j: %s', (numbers, allow, state, what) => {
    expect(numbersFinding({ numbers, dialOut: { allow } })).toMatchObject({ state, what });
  });
});

describe('ports', () => {
  const udp = (isReached: boolean) => ({ transport: 'udp', port: 5060, isReached }) as const;
  const tls = (isReached: boolean) => ({ transport: 'tls', port: 5061, isReached }) as const;

  test('that are reached are named', () => {
    expect(portFindings('meet.example', [udp(true), tls(true)], [{ register: false }])).toEqual([
      { state: 'well', what: 'SIP is reached at meet.example: UDP port 5060, TLS port 5061' },
    ]);
  });

  test('that are not are broken where a trunk calls without our registering there', () => {
    const findings = portFindings('meet.example', [udp(false), tls(true)], [{ register: true }, { register: false }]);
    expect(findings.map(({ state }) => state)).toEqual(['well', 'broken']);
    expect(findings[1]?.what).toContain('UDP port 5060');
    expect(portFindings('meet.example', [udp(false)], [{ register: true }])).toMatchObject([{ state: 'note' }]);
  });
});

describe('a trunk', () => {
  test.each([
    [{ isRegistered: true, isReachable: true }, 'well', 'registered'],
    [{ isReachable: true }, 'well', 'it answers'],
    [{}, 'note', 'known when it calls'],
    [{ isReachable: false }, 'broken', 'does not answer'],
    [{ isRegistered: false }, 'broken', 'no answer yet'],
    [{ isRegistered: false, isReachable: true, problem: 'the registrar answers 503' }, 'broken', 'answers 503'],
  ])('%j is %s: %s', (facts, state, what) => {
    const finding = trunkFinding({ name: 'provider', ...facts });
    expect(finding.state).toBe(state);
    expect(finding.what).toContain(what);
  });

  test('whose password is wrong is to be asked about the password', () => {
    const problem = 'the registrar refuses the user name or password (401)';
    const finding = trunkFinding({ name: 'provider', isRegistered: false, problem });
    expect(finding).toMatchObject({ remedy: 'Check username, password and domain of the trunk with your provider.' });
  });
});
