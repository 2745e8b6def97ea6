// G.711 (ITU-T Rec. G.711): eight bits per sample at 8 kHz, µ-law (PCMU) and A-law (PCMA), by tables.

export type G711Law = 'PCMU' | 'PCMA';

interface Tables {
  readonly linear: Int16Array;
  /** By sample + 32 768. */
  readonly companded: Uint8Array;
}

/** µ-law (Table 2a/2b): a bias of 33 of 14 bits, eight segments, all bits inverted. */
function expandMuLaw(code: number): number {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return (bits & 0x80) === 0 ? magnitude : -magnitude;
}

/** A-law (Table 1a/1b): thirteen bits, the even bits inverted; bit 7 set for positive values. */
function expandALaw(code: number): number {
  const bits = code ^ 0x55;
  const segment = (bits & 0x70) >> 4;
  const mantissa = (bits & 0x0f) << 4;
  const magnitude = segment === 0 ? mantissa + 8 : (mantissa + 0x108) << (segment - 1);
  return (bits & 0x80) === 0 ? -magnitude : magnitude;
}

/** Every sample gets the code whose value is nearest; of two as near, the one of smaller magnitude. */
function tablesOf(expand: (code: number) => number): Tables {
  const linear = Int16Array.from({ length: 256 }, (_, code) => expand(code));
  const codes = Array.from({ length: 256 }, (_, code) => code).toSorted(
    (a, b) => (linear[a] ?? 0) - (linear[b] ?? 0) || a - b,
  );
  const companded = new Uint8Array(65_536);
  let position = 0;
  const valueAt = (index: number): number => linear[codes[index] ?? 0] ?? 0;
  for (let sample = -32_768; sample <= 32_767; sample += 1) {
    while (position < 255 && isNearer(sample, valueAt(position + 1), valueAt(position))) position += 1;
    companded[sample + 32_768] = codes[position] ?? 0;
  }
  return { linear, companded };
}

function isNearer(sample: number, value: number, than: number): boolean {
  const difference = Math.abs(sample - value) - Math.abs(sample - than);
  return difference < 0 || (difference === 0 && Math.abs(value) <= Math.abs(than));
}

const tables: Readonly<Record<G711Law, Tables>> = { PCMU: tablesOf(expandMuLaw), PCMA: tablesOf(expandALaw) };

/** A sample of 16 bits per byte, into the beginning of `samples`. */
export function decodeG711(law: G711Law, payload: Uint8Array, samples: Int16Array): void {
  const { linear } = tables[law];
  for (let index = 0; index < payload.length; index += 1) samples[index] = linear[payload[index] ?? 0] ?? 0;
}

/** A byte per sample. */
export function encodeG711(law: G711Law, samples: Int16Array): Uint8Array {
  const { companded } = tables[law];
  const payload = new Uint8Array(samples.length);
  for (let index = 0; index < samples.length; index += 1) {
    payload[index] = companded[(samples[index] ?? 0) + 32_768] ?? 0;
  }
  return payload;
}
