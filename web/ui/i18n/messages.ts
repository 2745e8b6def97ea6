import { signal } from '@preact/signals';
import type en from '../messages/en.json';
import { formatText, type MessageArguments, type MessagePart, parseMessage } from './format-message.ts';
import { LANGUAGES, type LanguageCode } from './languages.ts';

export type MessageKey = keyof typeof en;

interface Loaded {
  readonly code: LanguageCode;
  readonly messages: ReadonlyMap<string, string>;
}

const loaded = signal<Loaded>({ code: 'en', messages: new Map() });
const parsed = new Map<string, readonly MessagePart[]>();

/** Loads only this language's file and applies it to the page. Components that used a message draw again. */
export async function loadLanguage(code: LanguageCode): Promise<void> {
  const language = LANGUAGES.find((candidate) => candidate.code === code) ?? LANGUAGES[0];
  const module = await language.load();
  parsed.clear();
  loaded.value = { code: language.code, messages: new Map(Object.entries(module.default)) };
  document.documentElement.lang = language.code;
  document.documentElement.dir = language.dir;
}

export function currentLanguage(): LanguageCode {
  return loaded.value.code;
}

/** The message's parts in the language in use. A key that is missing shows itself; the build lets none be missing. */
export function messageParts(key: MessageKey): readonly MessagePart[] {
  const source = loaded.value.messages.get(key) ?? key;
  const known = parsed.get(key);
  if (known) return known;
  const parts = parseMessage(source);
  parsed.set(key, parts);
  return parts;
}

/** A message as text. For text on the page that carries names use `<Text>`, which isolates their direction. */
export function t(key: MessageKey, args: MessageArguments = {}): string {
  return formatText(messageParts(key), args, currentLanguage());
}
