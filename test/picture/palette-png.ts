import { crc32, deflateSync } from 'node:zlib';
import { decodePng } from './decode-png.ts';

/** Six bits a channel tell colours apart well enough to choose 256 of them. */
const BITS = 6;
const COLORS = 256;
/** After so many rounds of k-means the palette hardly moves. */
const ROUNDS = 6;

/** A PNG of at most 256 colours in place of a screenshot's millions: a third of the bytes. */
export function palettePng(png: Uint8Array): Uint8Array {
  const { width, height, rgb } = decodePng(Buffer.from(png));
  const { palette, indexOf } = quantize(rgb);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf[key(rgb, (y * width + x) * 3)] ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const signature = png.subarray(0, 8);
  const data = deflateSync(rows, { level: 9, memLevel: 9 });
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('PLTE', palette),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const key = (rgb: Uint8Array, at: number): number =>
  [0, 1, 2].reduce((bits, channel) => (bits << BITS) | ((rgb[at + channel] ?? 0) >> (8 - BITS)), 0);

const channelOf = (color: number, channel: number): number => (color >> ((2 - channel) * BITS)) & ((1 << BITS) - 1);

/** Median cut, then k-means: the box with most pixels times spread is split in the middle of its pixels until there are enough. */
function quantize(rgb: Uint8Array): { palette: Buffer; indexOf: Uint8Array } {
  const counts = new Uint32Array(1 << (3 * BITS));
  const sums = new Float64Array(counts.length * 3);
  for (let at = 0; at < rgb.length; at += 3) {
    const color = key(rgb, at);
    counts[color] = (counts[color] ?? 0) + 1;
    for (let c = 0; c < 3; c++) sums[color * 3 + c] = (sums[color * 3 + c] ?? 0) + (rgb[at + c] ?? 0);
  }
  const weight = (box: readonly number[]) => box.reduce((sum, color) => sum + (counts[color] ?? 0), 0);
  const widest = (box: readonly number[]) => {
    const spreads = [0, 1, 2].map((channel) => {
      const values = box.map((color) => channelOf(color, channel));
      return Math.max(...values) - Math.min(...values);
    });
    const spread = Math.max(...spreads);
    return { channel: spreads.indexOf(spread), spread };
  };
  const measured = (box: number[]) => ({ box, ...widest(box), worth: Math.sqrt(weight(box)) * widest(box).spread });
  const boxes = [measured([...counts.keys()].filter((color) => counts[color] !== 0))];
  while (boxes.length < COLORS) {
    boxes.sort((a, b) => a.worth - b.worth);
    const largest = boxes.pop();
    if (!largest || largest.spread === 0) break;
    const { channel } = largest;
    const sorted = largest.box.toSorted((a, b) => channelOf(a, channel) - channelOf(b, channel));
    const half = weight(sorted) / 2;
    let middle = 1;
    for (let sum = counts[sorted[0] ?? 0] ?? 0; sum < half && middle < sorted.length - 1; middle++) {
      sum += counts[sorted[middle] ?? 0] ?? 0;
    }
    boxes.push(measured(sorted.slice(0, middle)), measured(sorted.slice(middle)));
  }
  const used = boxes.flatMap(({ box }) => box);
  const indexOf = new Uint8Array(counts.length);
  for (const [index, { box }] of boxes.entries()) for (const color of box) indexOf[color] = index;
  let palette = meansOf(used, indexOf, boxes.length, counts, sums);
  for (let round = 0; round < ROUNDS; round++) {
    for (const color of used) indexOf[color] = nearest(palette, color, counts, sums);
    palette = meansOf(used, indexOf, boxes.length, counts, sums);
  }
  return { palette: Buffer.from(palette), indexOf };
}

/** The mean of the pixels that each entry of the palette stands for. */
function meansOf(
  used: readonly number[],
  indexOf: Uint8Array,
  size: number,
  counts: Uint32Array,
  sums: Float64Array,
): Float64Array {
  const totals = new Float64Array(size * 3);
  const pixels = new Float64Array(size);
  for (const color of used) {
    const index = indexOf[color] ?? 0;
    pixels[index] = (pixels[index] ?? 0) + (counts[color] ?? 0);
    for (let c = 0; c < 3; c++) totals[index * 3 + c] = (totals[index * 3 + c] ?? 0) + (sums[color * 3 + c] ?? 0);
  }
  return totals.map((total, at) => total / Math.max(1, pixels[Math.floor(at / 3)] ?? 0));
}

function nearest(palette: Float64Array, color: number, counts: Uint32Array, sums: Float64Array): number {
  const count = counts[color] ?? 1;
  const [red, green, blue] = [0, 1, 2].map((c) => (sums[color * 3 + c] ?? 0) / count) as [number, number, number];
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let at = 0; at < palette.length; at += 3) {
    const distance =
      2 * ((palette[at] ?? 0) - red) ** 2 +
      4 * ((palette[at + 1] ?? 0) - green) ** 2 +
      ((palette[at + 2] ?? 0) - blue) ** 2;
    if (distance < least) [best, least] = [at / 3, distance];
  }
  return best;
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const tail = Buffer.alloc(4);
  tail.writeUInt32BE(crc32(body));
  return Buffer.concat([head, body, tail]);
}
