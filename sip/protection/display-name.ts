/** What a caller may take of a list of people. */
const MAX_CHARACTERS = 64;
/** Cut before anything else looks at it, so that a long name costs nothing. */
const MAX_READ = 512;

/** Breaks of lines, and what has no picture. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
/** What turns the direction of the text beside it, or hides in it, and half characters. */
const UNSHOWN = /[\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** A caller's name as people may see it: one line of at most 64 characters, nothing that is not seen. Not escaped for HTML. */
export function cleanDisplayName(name: string): string {
  const line = name.slice(0, MAX_READ).replaceAll(CONTROLS, ' ').replaceAll(UNSHOWN, '').trim();
  return Array.from(line).slice(0, MAX_CHARACTERS).join('').trimEnd();
}
