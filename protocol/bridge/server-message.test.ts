import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeServerMessage } from './channel-message.ts';
import { DecodeError } from '../xmpp/decode-error.ts';
import { readServerMessage } from './server-message.ts';

const messages = [
  { colibriClass: 'ServerHello', version: '1' },
  {
    colibriClass: 'DominantSpeakerEndpointChangeEvent',
    dominantSpeakerEndpoint: 'b27de114',
    previousSpeakers: ['1f0c9a7e'],
    silence: false,
  },
  { colibriClass: 'ForwardedSources', forwardedSources: ['b27de114-v0'] },
  { colibriClass: 'SenderSourceConstraints', sourceName: '1f0c9a7e-v0', maxHeight: -1 },
  { colibriClass: 'ConnectionStats', estimatedDownlinkBandwidth: 2_000_000 },
  { colibriClass: 'EndpointStats', from: 'b27de114', connectionQuality: 97 },
  { colibriClass: 'EndpointMessage', from: 'b27de114', to: '', msgPayload: { type: 'wave' } },
];

/** What a reader says, errors included, so that two can be compared. */
function outcome(read: (frame: string) => unknown, frame: string): unknown {
  try {
    return read(frame);
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
}

describe('messages of the bridge', () => {
  test.each(messages)('$colibriClass is read', (message) => {
    expect(readServerMessage(JSON.stringify(message))).toEqual(message);
  });

  test('classes of later versions are ignored', () => {
    expect(readServerMessage('{"colibriClass":"SomethingNew"}')).toBeUndefined();
  });

  test('the browser’s reader and the schema of the protocol agree on every message', () => {
    const value = fc.oneof(fc.integer({ min: -2, max: 5 }), fc.boolean(), fc.constantFrom('x', ''), fc.constant(null));
    const changed = fc
      .record({
        message: fc.constantFrom(...messages),
        key: fc.constantFrom(...new Set(messages.flatMap((message) => Object.keys(message)))),
        value: fc.oneof(value, fc.array(value, { maxLength: 2 }), fc.constant(undefined)),
      })
      .map((change) => JSON.stringify({ ...change.message, [change.key]: change.value }));
    fc.assert(
      fc.property(fc.oneof(changed, fc.json(), fc.string()), (frame) => {
        expect(outcome(readServerMessage, frame)).toEqual(outcome(decodeServerMessage, frame));
      }),
      { numRuns: 500 },
    );
  });
});
