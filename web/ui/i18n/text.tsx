import type { ComponentChildren } from 'preact';
import { formatArgument, type MessageArguments, type MessagePart, pluralCase } from './format-message.ts';
import { currentLanguage, messageParts, type MessageKey } from './messages.ts';

/** A message as elements: arguments that are text are isolated, so a name never reorders the sentence around it. */
export function Text({ k, args = {} }: { k: MessageKey; args?: MessageArguments }) {
  const language = currentLanguage();
  const render = (parts: readonly MessagePart[], count: number | undefined): ComponentChildren =>
    parts.map((part) => {
      switch (part.kind) {
        case 'text':
          return part.value;
        case 'bold':
          return <b>{render(part.parts, count)}</b>;
        case 'number':
          return formatArgument(count ?? '', language);
        case 'argument': {
          const value = args[part.name] ?? '';
          return typeof value === 'number' ? formatArgument(value, language) : <bdi>{value}</bdi>;
        }
        case 'plural': {
          const value = Number(args[part.name]);
          return render(pluralCase(part, value, language), value);
        }
      }
    });
  return <>{render(messageParts(k), undefined)}</>;
}
