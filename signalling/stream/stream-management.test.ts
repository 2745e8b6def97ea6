import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
import { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { readCounter, StreamManagement } from './stream-management.ts';

const limits = { maxUnacknowledgedStanzas: 1_000, maxUnacknowledgedLength: 1_000_000 };
const stanza = (n: number): OutgoingStanza => new OutgoingStanza(xml('message', { id: n }));

test('whatever is sent and acknowledged, the backlog is exactly what lies between', () => {
  const action = fc.oneof(
    fc.record({ send: fc.nat(20) }),
    fc.record({ ackFraction: fc.double({ min: 0, max: 1, noNaN: true }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const streamManagement = new StreamManagement('id', limits);
      const all: OutgoingStanza[] = [];
      let acknowledged = 0;
      for (const step of actions) {
        if ('send' in step) {
          for (let i = 0; i < step.send; i += 1) {
            const next = stanza(all.length);
            all.push(next);
            streamManagement.keep(next);
          }
        } else {
          acknowledged += Math.floor((all.length - acknowledged) * step.ackFraction);
          expect(streamManagement.acknowledge(acknowledged)).toBe(true);
        }
        expect(streamManagement.unacknowledged).toEqual(all.slice(acknowledged));
        expect(streamManagement.sent).toBe(all.length);
      }
    }),
  );
});

test('an h beyond what was sent, or behind what was acknowledged, is refused and changes nothing', () => {
  const streamManagement = new StreamManagement('id', limits);
  for (let i = 0; i < 5; i += 1) streamManagement.keep(stanza(i));
  expect(streamManagement.acknowledge(3)).toBe(true);
  expect(streamManagement.acknowledge(6)).toBe(false);
  expect(streamManagement.acknowledge(2)).toBe(false);
  expect(streamManagement.unacknowledged).toHaveLength(2);
  expect(streamManagement.acknowledge(3)).toBe(true);
});

test('it says when more waits than is allowed, in stanzas and in characters', () => {
  const few = new StreamManagement('id', { ...limits, maxUnacknowledgedStanzas: 2 });
  expect([few.keep(stanza(1)), few.keep(stanza(2)), few.keep(stanza(3))]).toEqual([true, true, false]);
  const short = new StreamManagement('id', { ...limits, maxUnacknowledgedLength: 40 });
  expect([short.keep(stanza(1)), short.keep(stanza(2)), short.keep(stanza(3))]).toEqual([true, true, false]);
  expect(short.acknowledge(3)).toBe(true);
  expect(short.keep(stanza(4))).toBe(true);
});

test('one request for an acknowledgement at a time, after five stanzas; a new connection starts over', () => {
  const streamManagement = new StreamManagement('id', limits);
  const sendFive = (): boolean[] =>
    Array.from({ length: 5 }, (_, i) => {
      streamManagement.keep(stanza(i));
      return streamManagement.takeAckRequest();
    });
  expect(sendFive()).toEqual([false, false, false, false, true]);
  expect(sendFive()).toEqual([false, false, false, false, false]);
  streamManagement.acknowledge(10);
  expect(streamManagement.takeAckRequest()).toBe(true);
  streamManagement.resumed();
  expect(sendFive().at(-1)).toBe(true);
});

test('counters wrap at 2³²', () => {
  expect(readCounter('4294967295')).toBe(4294967295);
  expect(['4294967296', '-1', '1.5', 'x', '', undefined].map(readCounter)).toEqual(Array(6).fill(undefined));
});
