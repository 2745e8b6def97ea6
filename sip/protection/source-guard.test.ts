import { describe, expect, it } from 'vitest';
import { GUARD_LIMITS, type GuardVerdict, SourceGuard } from './source-guard.ts';

const INVITE = Buffer.from('INVITE sip:1@gateway SIP/2.0\r\n');
const OPTIONS = Buffer.from('OPTIONS sip:1@gateway SIP/2.0\r\n');
const STRANGER = '203.0.113.5';

function guard(): SourceGuard {
  return new SourceGuard(GUARD_LIMITS, 0);
}

/** Verdicts over so many messages at one moment. */
function burst(of: SourceGuard, count: number, bytes: Buffer, address = STRANGER, isTrunk = false): GuardVerdict[] {
  return Array.from({ length: count }, () => of.judge(address, bytes, isTrunk, 0));
}

describe('a source that is no trunk', () => {
  it.each([
    ['INVITE', 10, INVITE],
    ['other', 40, OPTIONS],
  ])('may send twice a second’s %s messages at once; one more bans it for ten minutes', (_, allowed, bytes) => {
    const judged = guard();
    expect(burst(judged, allowed, bytes)).toEqual(Array.from({ length: allowed }, () => 'pass'));
    expect(burst(judged, 2, bytes)).toEqual(['too-many', 'banned']);
    expect(judged.judge(STRANGER, OPTIONS, false, 599_999)).toBe('banned');
    expect(judged.judge(STRANGER, OPTIONS, false, 600_000)).toBe('pass');
    expect(judged.bans).toBe(0);
  });

  it('may go on at its rate for ever', () => {
    const judged = guard();
    const verdicts = Array.from({ length: 1_000 }, (_, i) => judged.judge(STRANGER, INVITE, false, i * 200));
    expect(new Set(verdicts)).toEqual(new Set(['pass']));
  });

  it('is a /64 in IPv6, and the same with or without the IPv4 mapping', () => {
    const judged = guard();
    burst(judged, 10, INVITE, '2001:db8:1:2::1');
    expect(judged.judge('2001:db8:1:2:ffff::9', INVITE, false, 0)).toBe('too-many');
    expect(judged.judge('2001:db8:1:3::1', INVITE, false, 0)).toBe('pass');
    burst(judged, 10, INVITE);
    expect(judged.judge(`::ffff:${STRANGER}`, INVITE, false, 0)).toBe('too-many');
  });

  it('does not shut others out', () => {
    const judged = guard();
    burst(judged, 50, INVITE);
    expect(judged.judge('203.0.113.6', INVITE, false, 0)).toBe('pass');
  });
});

it('a trunk is never banned, but not beyond the limit for all', () => {
  const judged = new SourceGuard({ ...GUARD_LIMITS, totalPerSecond: 100 }, 0);
  const verdicts = burst(judged, 101, INVITE, STRANGER, true);
  expect([verdicts[99], verdicts[100]]).toEqual(['pass', 'overload']);
  expect(judged.judge(STRANGER, INVITE, true, 1_000)).toBe('pass');
});

it('a ban of an address before it became a trunk’s counts no more', () => {
  const judged = guard();
  burst(judged, 11, INVITE);
  expect(judged.judge(STRANGER, INVITE, true, 0)).toBe('pass');
});

it('what is larger than a message may be is not read', () => {
  expect(guard().judge(STRANGER, Buffer.alloc(65_537), true, 0)).toBe('too-large');
});

it('any number of forged sources costs no more memory than there is room for', () => {
  const judged = new SourceGuard({ ...GUARD_LIMITS, othersPerSecond: 0 }, 0);
  for (let i = 0; i < 30_000; i++) judged.judge(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, OPTIONS, false, 0);
  expect(judged.bans).toBe(10_000);
});
