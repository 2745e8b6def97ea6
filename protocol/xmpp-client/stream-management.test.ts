import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { xml } from '../xmpp/element.ts';
import { readCounter, StreamManagement } from './stream-management.ts';

const stanza = (id: number) => xml('message', { id });

describe('stanzas on their way', () => {
  test('what the server has acknowledged is not sent again', () => {
    const management = new StreamManagement();
    for (const id of [1, 2, 3]) management.sent(stanza(id));
    expect(management.acknowledged(2)).toBe(true);
    expect(management.unacknowledged().map(({ attrs }) => attrs['id'])).toEqual(['3']);
  });

  test('the sender learns when its stanza arrived', () => {
    const arrived: string[] = [];
    const management = new StreamManagement();
    management.sent(stanza(1), () => arrived.push('first'));
    management.sent(stanza(2), () => arrived.push('second'));
    management.acknowledged(1);
    expect(arrived).toEqual(['first']);
  });

  test('acknowledgements of more than was sent, or of less than before, change nothing', () => {
    const management = new StreamManagement();
    for (const id of [1, 2, 3]) management.sent(stanza(id));
    expect(management.acknowledged(4)).toBe(false);
    management.acknowledged(2);
    expect(management.acknowledged(1)).toBe(false);
    expect(management.unacknowledged()).toHaveLength(1);
  });

  test('an acknowledgement is asked for after five stanzas, and at once where someone waits for it', () => {
    const management = new StreamManagement();
    expect([1, 2, 3, 4, 5, 6].map((id) => management.sent(stanza(id)))).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(management.sent(stanza(7), () => undefined)).toBe(true);
  });

  test('whatever a server acknowledges, nothing unsent counts as delivered', () => {
    const counters = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 20 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), counters, (sent, acknowledged) => {
        let delivered = 0;
        const management = new StreamManagement();
        for (let id = 0; id < sent; id++) management.sent(stanza(id), () => delivered++);
        for (const h of acknowledged) management.acknowledged(h);
        expect(delivered + management.unacknowledged().length).toBe(sent);
      }),
    );
  });
});

test('resumption needs the id that the server gave', () => {
  const management = new StreamManagement();
  management.enabled(xml('enabled', { id: 'sm-1' }));
  expect(management.resumeId).toBeUndefined();
  management.enabled(xml('enabled', { id: 'sm-1', resume: 'true' }));
  expect(management.resumeId).toBe('sm-1');
});

test.each(['', '-1', '1.5', '4294967296', 'x', '99999999999'])('%j is no counter', (h) => {
  expect(readCounter(xml('a', { h }))).toBeUndefined();
});
