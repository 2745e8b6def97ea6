import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frame, FrameReader } from './framed-datagrams.ts';

const datagrams = fc.array(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  { maxLength: 8 },
);

test('datagrams come out as they went in, however the stream is cut', () => {
  fc.assert(
    fc.property(datagrams, fc.array(fc.nat(60), { maxLength: 20 }), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(frame));
      const reader = new FrameReader(40);
      const read: Buffer[] = [];
      let offset = 0;
      for (const cut of [...cuts, stream.length]) {
        const end = Math.min(stream.length, offset + cut);
        read.push(...(reader.push(stream.subarray(offset, end)) ?? []));
        offset = end;
      }
      read.push(...(reader.push(stream.subarray(offset)) ?? []));
      expect(read).toEqual(sent);
    }),
  );
});

test('a frame that is too long ends the reading', () => {
  expect(new FrameReader(40).push(frame(Buffer.alloc(41)))).toBeUndefined();
  expect(new FrameReader(40).push(Buffer.of(0xff, 0xff))).toBeUndefined();
});
