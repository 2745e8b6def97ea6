import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DecodeError } from '../xmpp/decode-error.ts';
import { decodeClientMessage, decodeServerMessage, encodeChannelMessage } from './channel-message.ts';

test('reads what a Jitsi client sends first, and keeps absent fields absent', () => {
  const message = decodeClientMessage(
    '{"colibriClass":"ReceiverVideoConstraints","assumedBandwidthBps":-1,"lastN":-1}',
  );
  expect(message).toEqual({ colibriClass: 'ReceiverVideoConstraints', assumedBandwidthBps: -1, lastN: -1 });
});

test('classes that this version does not know are ignored in both directions', () => {
  expect(decodeClientMessage('{"colibriClass":"AddReceiver","x":1}')).toBeUndefined();
  expect(decodeServerMessage('{"colibriClass":"VideoSourcesMap","mappedSources":[]}')).toBeUndefined();
});

test.each([
  '[]',
  '1',
  'null',
  '"x"',
  '{',
  '{}',
  '{"colibriClass":7}',
  '{"colibriClass":"LastNChangedEvent","lastN":"all"}',
  '{"colibriClass":"LastNChangedEvent","lastN":1e300}',
  '{"colibriClass":"EndpointMessage","msgPayload":"text"}',
  `{"colibriClass":"EndpointMessage","msgPayload":{"x":"${'x'.repeat(70_000)}"}}`,
  `{"colibriClass":"ReceiverVideoConstraints","onStageSources":[${Array(600).fill('"a"').join(',')}]}`,
])('refuses %.60s', (frame) => {
  expect(() => decodeClientMessage(frame)).toThrow(DecodeError);
});

test('a payload cannot reach a prototype', () => {
  const frame = '{"colibriClass":"EndpointMessage","to":"","msgPayload":{"__proto__":{"polluted":true},"a":1}}';
  const message = decodeClientMessage(frame);
  expect(message).toMatchObject({ msgPayload: { a: 1 } });
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
});

test('property: no frame throws anything but DecodeError', () => {
  const classes = fc.constantFrom('ReceiverVideoConstraints', 'EndpointMessage', 'EndpointStats', 'ClientHello', 'X');
  const objects = fc.record({ colibriClass: classes, lastN: fc.anything(), msgPayload: fc.anything() });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        objects.map((value) => JSON.stringify(value, bigintAsText)),
      ),
      (frame) => {
        try {
          decodeClientMessage(frame);
          decodeServerMessage(frame);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      },
    ),
    { numRuns: 2000 },
  );
});

test('what the bridge writes, the client reads', () => {
  const message = { colibriClass: 'SenderSourceConstraints', sourceName: '1f0c9a7e-v0', maxHeight: 180 } as const;
  expect(decodeServerMessage(encodeChannelMessage(message))).toEqual(message);
});

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
