import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelData, clientMessage } from '../../test/support/turn/turn-message.ts';
import { Method } from '../stun/message-type.ts';
import { StreamFramer } from './stream-framer.ts';

function padded(message: Buffer): Buffer {
  return Buffer.concat([message, Buffer.alloc((4 - (message.length % 4)) % 4)]);
}

const message = fc.oneof(
  fc
    .tuple(fc.integer({ min: 0x4000, max: 0x7fff }), fc.uint8Array({ maxLength: 50 }))
    .map(([channel, data]) => channelData(channel, data)),
  fc
    .uint8Array({ maxLength: 50 })
    .map((data) => clientMessage({ method: Method.SEND, write: (writer) => writer.attributeBytes(0x13, data) })),
);

describe('the framing of streams', () => {
  it('finds every message again however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (messages, cuts) => {
          const stream = Buffer.concat(messages.map(padded));
          const framer = new StreamFramer();
          const found: Buffer[] = [];
          for (let offset = 0, i = 0; offset < stream.length; i++) {
            const size = cuts[i % cuts.length] ?? 1;
            const isReadable = framer.feed(stream.subarray(offset, offset + size), (bytes, start, length) => {
              found.push(Buffer.from(bytes.subarray(start, start + length)));
              return true;
            });
            expect(isReadable).toBe(true);
            offset += size;
          }
          expect(found).toEqual(messages);
          expect(framer.hasPartialMessage).toBe(false);
        },
      ),
    );
  });

  it('gives up at the first byte, length or cookie that begins no message', () => {
    const binding = clientMessage({ method: Method.BINDING });
    const wrongCookie = Buffer.from(binding);
    wrongCookie[4] = 0;
    const oddLength = Buffer.from([0, 1, 0, 3]);
    for (const bytes of [
      Buffer.from('\r\n\r\n'),
      Buffer.from([0x16, 3, 1]),
      Buffer.from([0x80]),
      wrongCookie,
      oddLength,
    ]) {
      const framer = new StreamFramer();
      expect(framer.feed(Buffer.concat([binding, bytes]), () => true)).toBe(false);
    }
  });

  it('never holds more than one message and one chunk, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 64 })), (chunks) => {
        const framer = new StreamFramer();
        for (const chunk of chunks) if (!framer.feed(Buffer.from(chunk), () => true)) return;
      }),
    );
    // The largest message there is, byte by byte at the end.
    const framer = new StreamFramer();
    const large = channelData(0x4000, Buffer.alloc(0xffff));
    let found = 0;
    framer.feed(large, () => {
      found++;
      return true;
    });
    expect(found).toBe(0);
    framer.feed(Buffer.alloc(1), () => {
      found++;
      return true;
    });
    expect(found).toBe(1);
  });
});
