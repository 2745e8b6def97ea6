/** UTF-16 code units shown of a person's name, or of a room's. */
const MAX_LENGTH = 128;

/** Breaks of lines, and what has no picture. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/**
 * What turns the direction of the text beside it, or hides in it, and half characters. The joiners U+200C and U+200D stay:
 * Persian and many emoji need them.
 */
const UNSHOWN = /[\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** Text from others as one line that says only what can be seen. */
export function oneLine(text: string): string {
  return text.replaceAll(CONTROLS, ' ').replaceAll(UNSHOWN, '').trim();
}

/** A name as others may have made it up, fit to be shown; empty where there is none. */
export function readDisplayName(name: unknown): string {
  if (typeof name !== 'string') return '';
  // Cut first, so that a long one costs nothing; half a character at the end goes with the rest.
  return oneLine(name.slice(0, MAX_LENGTH));
}
