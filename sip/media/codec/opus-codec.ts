// What the gateway needs of an Opus codec; the library behind it is named in one file (libopus.ts).

export interface OpusDecoder {
  /**
   * One packet to 16 kHz mono; the samples are valid until the next call.
   * @throws DecodeError
   */
  decode(packet: Uint8Array): Int16Array;
  /** What the packet before this one held, as far as this one repeats it (in-band FEC), else concealment. @throws DecodeError */
  recover(nextPacket: Uint8Array, samples: number): Int16Array;
  /** Sound in place of a lost packet. */
  conceal(samples: number): Int16Array;
  free(): void;
}

export interface OpusEncoder {
  /** 20 ms of 16 kHz mono to one packet. */
  encode(samples: Int16Array): Uint8Array;
  free(): void;
}

export interface OpusCodec {
  createDecoder(): Promise<OpusDecoder>;
  createEncoder(): Promise<OpusEncoder>;
}
