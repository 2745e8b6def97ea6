/** RFC 4571 framing, which ICE over TCP uses (RFC 6544 §3): each datagram follows its length in 16 bits. */

export function frame(datagram: Buffer): Buffer {
  const framed = Buffer.alloc(2 + datagram.length);
  framed.writeUInt16BE(datagram.length, 0);
  datagram.copy(framed, 2);
  return framed;
}

/** Cuts a stream into datagrams. It holds back at most one incomplete datagram of the given length. */
export class FrameReader {
  readonly #maxLength: number;
  #rest = Buffer.alloc(0);

  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** @returns undefined when a frame is longer than allowed: the stream cannot be followed any more. */
  push(chunk: Buffer): Buffer[] | undefined {
    let stream = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const datagrams: Buffer[] = [];
    while (stream.length >= 2) {
      const length = stream.readUInt16BE(0);
      if (length > this.#maxLength) return undefined;
      if (stream.length < 2 + length) break;
      datagrams.push(stream.subarray(2, 2 + length));
      stream = stream.subarray(2 + length);
    }
    this.#rest = Buffer.from(stream);
    return datagrams;
  }
}
