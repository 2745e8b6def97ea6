/** What is spoken to callers; each is a file `<language>/<name>.wav` (PROMPTS.md). */
export const PROMPT_NAMES = [
  'welcome',
  'enter-pin',
  'wrong-pin',
  'goodbye',
  'enter-password',
  'wrong-password',
  'joining',
  'not-started',
  'alone',
  'lobby-wait',
  'lobby-granted',
  'lobby-denied',
  'meeting-ended',
  'muted',
  'unmuted',
  'muted-by-moderator',
  'start-muted',
  'may-speak',
  'max-occupants',
  'recording-on',
  'recording-off',
  'stream-on',
  'stream-off',
  'hand-raised',
  'hand-lowered',
  'e2ee-refused',
  'error',
  'help',
  'host-help',
  'others-muted',
  'locked',
  'unlocked',
  'not-possible',
  'people-count',
  'number-1',
  'number-2',
  'number-3',
  'number-4',
  'number-5',
  'number-6',
  'number-7',
  'number-8',
  'number-9',
  'number-10',
  'number-many',
] as const;
export type PromptName = (typeof PROMPT_NAMES)[number];

/** Signs without words, the same in all languages: files `tones/<name>.wav`. */
export const TONE_NAMES = ['tone-join', 'tone-leave', 'tone-waiting'] as const;
export type ToneName = (typeof TONE_NAMES)[number];

export type Sound = PromptName | ToneName;

const NUMBERS: ReadonlySet<string> = new Set(PROMPT_NAMES.filter((name) => name.startsWith('number-')));

/** The word for a count from one on; above ten there is one word for all. */
export function numberSound(count: number): Sound {
  const name = `number-${count}`;
  return NUMBERS.has(name) ? (name as PromptName) : 'number-many';
}
