// Short, friendly, hard to mishear. 48 × 48 × 48 × 10 000 ≈ 2^30 names: enough that nobody meets strangers by chance.
const ADJECTIVES =
  'amber brave bright brisk calm clear clever coral crisp early fair fresh gentle glad golden grand green happy honest kind lively lucky mellow merry mild neat noble olive open pearl plain polite proud quick quiet rapid ready silver simple sunny swift tidy true velvet vivid warm wise young'.split(
    ' ',
  );
const KINDS =
  'alpine autumn bamboo birch canyon cedar cliff clover coast copper coral desert dune fern field forest garden granite harbor hazel hill island ivory jasmine lagoon lake lemon linen maple marble meadow morning moss mountain ocean orchard pine prairie river sand sea spring stone summer valley walnut willow winter'.split(
    ' ',
  );
const NOUNS =
  'anchor badger balcony beacon bell bridge canoe castle comet compass cricket dolphin falcon ferry finch fiddle fox heron kestrel kettle kite ladder lantern lark lighthouse lynx magnet mill orbit otter owl paddle parrot piano puffin rabbit robin rocket sail sparrow swan teapot tiger trumpet turtle violin whale wren'.split(
    ' ',
  );

/** A readable name for a new meeting, such as `calm-river-otter-4821`. `random` gives numbers in [0, 1). */
export function generateRoomName(random: () => number = secureRandom): string {
  const pick = (words: readonly string[]) => words[Math.floor(random() * words.length)] ?? '';
  const digits = String(Math.floor(random() * 10_000)).padStart(4, '0');
  return `${pick(ADJECTIVES)}-${pick(KINDS)}-${pick(NOUNS)}-${digits}`;
}

function secureRandom(): number {
  const [value = 0] = crypto.getRandomValues(new Uint32Array(1));
  return value / 2 ** 32;
}
