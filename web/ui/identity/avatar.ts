const COLOUR_COUNT = 12;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Index of the avatar colour (`--avatar-n`): 32-bit FNV-1a over the UTF-8 bytes of the endpoint id. */
export function avatarColour(endpointId: string): number {
  let hash = FNV_OFFSET;
  for (const byte of new TextEncoder().encode(endpointId)) {
    hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  }
  return hash % COLOUR_COUNT;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** First letters of the first and the last word; one letter for one word; empty for no name. */
export function initials(displayName: string): string {
  const words = displayName.trim().split(/\s+/u).filter(Boolean);
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words.slice(0, 1);
  return ends.map((word) => capital(word ?? '')).join('');
}

function capital(word: string): string {
  // Skip quotes and brackets: “(Ann)” is A.
  const start = word.replace(/^[^\p{L}\p{N}\p{Extended_Pictographic}]+/u, '') || word;
  const first = graphemes.segment(start)[Symbol.iterator]().next().value?.segment ?? '';
  // Greek capitals drop the accent: Άννα is Α.
  return first
    .toLocaleUpperCase()
    .normalize('NFD')
    .replace(/(\p{Script=Greek})[\u0300\u0301]/gu, '$1')
    .normalize('NFC');
}
