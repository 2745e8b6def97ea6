import { oneLine } from '#protocol/xmpp/display-name.ts';

/** What a caller may take of a list of people. */
const MAX_CHARACTERS = 64;
/** Cut before anything else looks at it, so that a long name costs nothing. */
const MAX_READ = 512;

/** A caller's name as people may see it: one line of at most 64 characters, nothing that is not seen. Not escaped for HTML. */
export function cleanDisplayName(name: string): string {
  return Array.from(oneLine(name.slice(0, MAX_READ)))
    .slice(0, MAX_CHARACTERS)
    .join('')
    .trimEnd();
}
