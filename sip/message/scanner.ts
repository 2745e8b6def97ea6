// The characters SIP is made of (RFC 3261 §25.1) and a cursor over one unfolded header value. Every step moves forward, so
// reading takes time linear in the text.

const TOKEN = 1;
const SPACE = 2;

const classes = new Uint8Array(128);
for (const character of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.!%*_+`'~") {
  classes[character.charCodeAt(0)] = TOKEN;
}
for (const character of ' \t') classes[character.charCodeAt(0)] = SPACE;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (classes[text.charCodeAt(i)] !== TOKEN) return false;
  return text !== '';
}

/** Without the spaces and tabs at both ends; `trim` would take more than those. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && classes[text.charCodeAt(start)] === SPACE) start++;
  while (end > start && classes[text.charCodeAt(end - 1)] === SPACE) end--;
  return text.slice(start, end);
}

/** Decimal digits with a value from 0 to `maximum`, leading zeros allowed, no sign. */
export function parseNumber(text: string, maximum: number): number | undefined {
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
    if (value > maximum) return undefined;
  }
  return text === '' ? undefined : value;
}

export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** The next character, not taken; the empty string at the end. */
  get next(): string {
    return this.text.charAt(this.position);
  }

  skipSpace(): void {
    while (classes[this.text.charCodeAt(this.position)] === SPACE) this.position++;
  }

  /** Takes this character, if it is the next one. */
  take(character: string): boolean {
    if (this.next !== character) return false;
    this.position++;
    return true;
  }

  /** Takes a separator with the white space that may stand around it. */
  takeSeparator(character: string): boolean {
    const start = this.position;
    this.skipSpace();
    if (!this.take(character)) {
      this.position = start;
      return false;
    }
    this.skipSpace();
    return true;
  }

  /** As many characters as a token has; the empty string when there is none. */
  takeToken(): string {
    const start = this.position;
    while (classes[this.text.charCodeAt(this.position)] === TOKEN) this.position++;
    return this.text.slice(start, this.position);
  }

  /** Everything before the first of these characters, white space and the end among them. */
  takeUntil(stops: string): string {
    const start = this.position;
    while (!this.isAtEnd && classes[this.text.charCodeAt(this.position)] !== SPACE && !stops.includes(this.next)) {
      this.position++;
    }
    return this.text.slice(start, this.position);
  }

  /** The same, but white space belongs to it. */
  takeThroughSpaceUntil(stops: string): string {
    const start = this.position;
    while (!this.isAtEnd && !stops.includes(this.next)) this.position++;
    return this.text.slice(start, this.position);
  }

  /** A quoted string with its quotes and escapes as they stand; undefined when it does not end. */
  takeQuoted(): string | undefined {
    const start = this.position;
    if (!this.take('"')) return undefined;
    while (!this.isAtEnd) {
      const code = this.text.charCodeAt(this.position++);
      if (code === BACKSLASH) this.position++;
      else if (code === QUOTE) return this.text.slice(start, this.position);
    }
    return undefined;
  }
}
