import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DtmfReceiver } from './dtmf-receiver.ts';
import { SilenceWatch } from './silence-watch.ts';
import { SourceLatch } from './source-latch.ts';
import { SourceLock } from './source-lock.ts';

describe('DTMF', () => {
  const event = (event: number, duration = 160) => ({ event, isEnd: false, duration });

  it('counts a press once, whichever of its packets come', () => {
    const presses = fc.array(
      fc.record({
        event: fc.integer({ min: 0, max: 15 }),
        arrived: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }).filter((flags) => flags.includes(true)),
      }),
    );
    fc.assert(
      fc.property(presses, fc.integer({ min: 0, max: 0xffff_ffff }), (presses, start) => {
        const receiver = new DtmfReceiver();
        const digits = presses.flatMap(({ event, arrived }, press) =>
          arrived.flatMap((hasArrived, packet) => {
            if (!hasArrived) return [];
            const timestamp = (start + 1280 * press) >>> 0;
            const isEnd = packet >= 3;
            return receiver.receive(timestamp, { event, isEnd, duration: 160 * (packet + 1) }) ?? [];
          }),
        );
        expect(digits).toEqual(presses.map(({ event }) => '0123456789*#ABCD'[event]));
      }),
    );
  });

  it('of 200 keys, each 80 ms long, with one packet of twenty lost gets at least 198 and none twice', () => {
    let seed = 42;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const receiver = new DtmfReceiver();
    const presses = Array.from({ length: 200 }, () => Math.floor(random() * 12));
    const heard = presses.map((event, press) => {
      // A packet every 20 ms, and the last one three times (RFC 4733 §2.5.1.4).
      const arrived = Array.from({ length: 6 }, () => random() >= 0.05);
      return arrived
        .map((hasArrived, index) => ({ hasArrived, duration: 160 * Math.min(4, index + 1), isEnd: index >= 3 }))
        .filter(({ hasArrived }) => hasArrived)
        .flatMap(({ duration, isEnd }) => receiver.receive(1280 * press, { event, isEnd, duration }) ?? []);
    });
    expect(heard.filter((digits) => digits.length > 1)).toEqual([]);
    const right = heard.filter(([digit], press) => digit === '0123456789*#'[presses[press] ?? 0]);
    expect(right.length).toBeGreaterThanOrEqual(198);
  });

  it('ignores a duration that goes back, packets overtaken by the next press, and what is no key', () => {
    const receiver = new DtmfReceiver();
    expect(receiver.receive(1000, event(5, 480))).toBe('5');
    expect(receiver.receive(1000, event(5, 160))).toBeUndefined();
    expect(receiver.receive(2000, event(6))).toBe('6');
    expect(receiver.receive(1000, event(5, 640))).toBeUndefined();
    expect(receiver.receive(3000, event(16))).toBeUndefined();
    expect(receiver.receive(3000, event(255))).toBeUndefined();
  });

  it('takes the segments of a very long press for one', () => {
    const receiver = new DtmfReceiver();
    expect(receiver.receive(0, event(1, 0xffff))).toBe('1');
    expect(receiver.receive(0xffff, event(1))).toBeUndefined();
    expect(receiver.receive(0xffff + 0xffff, event(2))).toBe('2');
  });

  it('begins anew with another source', () => {
    const receiver = new DtmfReceiver();
    expect(receiver.receive(5000, event(1))).toBe('1');
    receiver.reset();
    expect(receiver.receive(100, event(1))).toBe('1');
  });
});

describe('where a phone is', () => {
  const stated = { address: '192.0.2.1', port: 4000 };
  const elsewhere = { address: '198.51.100.7', port: 4000 };

  it('is what the description says until a packet comes from another port there', () => {
    const latch = new SourceLatch(stated, false);
    expect(latch.target).toEqual(stated);
    expect(latch.accept({ ...stated, port: 61_000 }, 0)).toBe(true);
    expect(latch.target).toEqual({ ...stated, port: 61_000 });
  });

  it('is never another address, unless the trunk is known to be behind a NAT', () => {
    const strict = new SourceLatch(stated, false);
    expect(strict.accept(elsewhere, 0)).toBe(false);
    expect(strict.target).toEqual(stated);
    const natted = new SourceLatch(stated, true);
    expect(natted.accept(elsewhere, 0)).toBe(true);
    expect(natted.target).toEqual(elsewhere);
  });

  it('changes only after two seconds of silence there, or a new description', () => {
    const latch = new SourceLatch(stated, true);
    expect(latch.accept(stated, 0)).toBe(true);
    expect(latch.accept(elsewhere, 1999)).toBe(false);
    expect(latch.accept(stated, 1999)).toBe(true);
    expect(latch.accept(elsewhere, 3998)).toBe(false);
    expect(latch.accept(elsewhere, 3999)).toBe(true);
    latch.renegotiate({ ...stated, port: 5000 });
    expect(latch.target).toEqual({ ...stated, port: 5000 });
    expect(latch.accept({ ...stated, port: 5000 }, 4000)).toBe(true);
  });

  it('stays when a new description says the same', () => {
    const latch = new SourceLatch(stated, false);
    latch.accept({ ...stated, port: 61_000 }, 0);
    latch.renegotiate({ ...stated });
    expect(latch.target.port).toBe(61_000);
  });
});

describe('the source of a phone', () => {
  it('is followed to another one when it ends, but two at once are not mixed up', () => {
    const lock = new SourceLock();
    expect(lock.accept(1, 0)).toBe('new');
    expect(lock.accept(2, 100)).toBe('other');
    expect(lock.accept(1, 120)).toBe('same');
    expect(lock.accept(2, 319)).toBe('other');
    expect(lock.accept(2, 320)).toBe('new');
    lock.release();
    expect(lock.accept(1, 321)).toBe('new');
  });
});

describe('a silent phone', () => {
  const limits = { warnMs: 10_000, endMs: 60_000 };

  it('is told of once, and once more when there is no hope', () => {
    const watch = new SilenceWatch(limits, 0);
    expect(watch.check(9999)).toBeUndefined();
    expect(watch.check(10_000)).toEqual({ seconds: 10, isOver: false });
    expect(watch.check(59_999)).toBeUndefined();
    expect(watch.check(60_000)).toEqual({ seconds: 60, isOver: true });
    expect(watch.check(70_000)).toBeUndefined();
    expect(watch.heard(70_001)).toBe(true);
    expect(watch.heard(70_002)).toBe(false);
    expect(watch.check(80_002)).toEqual({ seconds: 10, isOver: false });
  });

  it('may be silent as long as it likes while on hold', () => {
    const watch = new SilenceWatch(limits, 0);
    watch.setHeld(true, 5000);
    expect(watch.check(500_000)).toBeUndefined();
    watch.setHeld(false, 500_000);
    expect(watch.check(509_999)).toBeUndefined();
    expect(watch.check(510_000)).toEqual({ seconds: 10, isOver: false });
  });
});
