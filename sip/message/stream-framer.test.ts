import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Frame, StreamFramer } from './stream-framer.ts';

const BYE = Buffer.from('BYE sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n');
const INFO = Buffer.from('INFO sip:a@b SIP/2.0\r\nl :\r\n 5\r\n\r\nab\r\n\r');

/** Frames with their bytes as text. */
function texts(frames: readonly Frame[]): string[] {
  return frames.map((frame) => (frame.kind === 'message' ? frame.bytes.toString() : frame.kind));
}

it('cuts by Content-Length, compact and folded too, however the stream is cut into chunks', () => {
  const stream = Buffer.concat([BYE, INFO, INFO, BYE]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const framer = new StreamFramer();
      const frames: Frame[] = [];
      for (let from = 0, i = 0; from < stream.length; i++) {
        const size = sizes[i % sizes.length] ?? 1;
        frames.push(...framer.push(stream.subarray(from, from + size)));
        from += size;
      }
      expect(texts(frames)).toEqual([BYE, INFO, INFO, BYE].map(String));
    }),
  );
});

it('tells a keep-alive and its answer from messages (RFC 5626)', () => {
  const framer = new StreamFramer();
  expect(texts(framer.push(Buffer.from('\r\n\r\n')))).toEqual(['ping']);
  expect(texts(framer.push(Buffer.from('\r\n')))).toEqual(['pong']);
  expect(texts(framer.push(Buffer.concat([Buffer.from('\r\n\r\n'), BYE])))).toEqual(['ping', BYE.toString()]);
});

it.each([
  ['no Content-Length', 'BYE sip:a@b SIP/2.0\r\n\r\n'],
  ['two of them', 'BYE sip:a@b SIP/2.0\r\nl: 0\r\nContent-Length: 0\r\n\r\n'],
  ['a negative one', 'BYE sip:a@b SIP/2.0\r\nl: -1\r\n\r\n'],
  ['one beyond the limit', 'BYE sip:a@b SIP/2.0\r\nl: 70000\r\n\r\n'],
  ['a head without an end', 'X'.repeat(65_537)],
  ['a carriage return alone', '\rX'],
])('%s breaks the connection, and nothing is read after it', (_, text) => {
  const framer = new StreamFramer();
  expect(texts(framer.push(Buffer.from(text)))).toEqual(['broken']);
  expect(framer.push(BYE)).toEqual([]);
});

it('the bytes of a message stay what they are when more arrives', () => {
  const framer = new StreamFramer();
  const [first] = framer.push(BYE);
  framer.push(INFO);
  expect(texts(first === undefined ? [] : [first])).toEqual([BYE.toString()]);
});
