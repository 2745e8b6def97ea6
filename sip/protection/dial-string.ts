/**
 * Which numbers may be dialled (sip-and-recording.md §3.3). A pattern is `+` and digits, with `x` for any one digit and `*` at
 * the end for any more; `!` before it forbids what it matches. Nothing is allowed that no pattern allows.
 */
export interface DialRules {
  readonly allow: readonly DialPattern[];
  readonly deny: readonly DialPattern[];
}

export interface DialPattern {
  readonly digits: string;
  readonly isPrefix: boolean;
}

export type DialVerdict =
  | { readonly ok: true; /** Digits, with a `+` before a country. */ readonly number: string }
  | { readonly ok: false; readonly reason: DialRefusal };

export type DialRefusal = 'not-a-number' | 'emergency' | 'not-allowed';

/** What people write between digits. */
const SEPARATORS = /[ ()./-]/g;
/** E.164 has at most 15 digits; some exchanges want a prefix before them. */
const NUMBER = /^\+?\d{2,20}$/;
const MAX_CHARACTERS = 64;
const INTERNATIONAL_PREFIX = '00';

/**
 * Emergency and crisis lines of the world, which need a place to send help to: a meeting has none. No list of patterns opens
 * them.
 */
const EMERGENCY = new Set(
  (
    '000 066 08 100 101 102 103 104 105 106 107 108 110 111 112 113 114 115 116 117 118 119 120 122 123 125 127 128 131 132 133 ' +
    '140 144 147 150 155 158 160 166 180 190 191 192 193 194 195 196 197 198 199 911 912 922 933 988 990 991 992 993 994 995 997 ' +
    '998 999 1717 1770 116000 116111 116117 116123'
  ).split(' '),
);

/**
 * Where a minute costs what somebody likes. A pattern opens these only by naming them: `*` and `+30*` do not. No such list is
 * whole; what a trunk's provider bars is the better one.
 */
const PREMIUM_RATE =
  '0900 0906 0909 +1900 +3090 +31900 +31906 +31909 +3290 +3389 +41900 +41901 +41906 +43900 +43930 +449 +49900'.split(
    ' ',
  );

/** Undefined for a text that is no pattern. */
export function parseDialRules(patterns: readonly string[]): DialRules | undefined {
  const rules = { allow: [] as DialPattern[], deny: [] as DialPattern[] };
  for (const pattern of patterns) {
    const match = /^(!?)(\+?[\dx]{0,20})(\*?)$/i.exec(pattern);
    if (match === null || `${match[2]}${match[3]}` === '') return undefined;
    const [, not, digits = '', star] = match;
    rules[not === '!' ? 'deny' : 'allow'].push({ digits: digits.toLowerCase(), isPrefix: star === '*' });
  }
  return rules;
}

/** Judges what somebody wants to have dialled, before anything of SIP is made of it. */
export function judgeDialString(text: string, { allow, deny }: DialRules): DialVerdict {
  if (text.length > MAX_CHARACTERS) return refuse('not-a-number');
  const plain = text.replaceAll(SEPARATORS, '');
  const number = plain.startsWith(INTERNATIONAL_PREFIX) ? `+${plain.slice(INTERNATIONAL_PREFIX.length)}` : plain;
  const isEmergency = EMERGENCY.has(plain) || EMERGENCY.has(number.replace('+', ''));
  if (isEmergency) return refuse('emergency');
  if (!NUMBER.test(number)) return refuse('not-a-number');
  const premium = PREMIUM_RATE.find((prefix) => number.startsWith(prefix)) ?? '';
  const isAllowed = allow.some((pattern) => matches(number, pattern) && pattern.digits.startsWith(premium));
  const isDenied = deny.some((pattern) => matches(number, pattern));
  return isAllowed && !isDenied ? { ok: true, number } : refuse('not-allowed');
}

function refuse(reason: DialRefusal): DialVerdict {
  return { ok: false, reason };
}

/** How many digits of a number a pattern states; undefined where it does not fit. */
export function lengthOfMatch(number: string, pattern: DialPattern): number | undefined {
  return matches(number, pattern) ? pattern.digits.length : undefined;
}

function matches(number: string, { digits, isPrefix }: DialPattern): boolean {
  if (isPrefix ? number.length < digits.length : number.length !== digits.length) return false;
  for (let i = 0; i < digits.length; i++) {
    const isAny = digits.charAt(i) === 'x' && number.charAt(i) !== '+';
    if (!isAny && digits.charAt(i) !== number.charAt(i)) return false;
  }
  return true;
}
