/**
 * Messages in a small part of ICU's syntax: `{name}`, `{count, plural, =0 {…} one {…} other {…}}` with `#` for the
 * number, and `<b>…</b>`. Parsed once per message; the result is a tree that text and elements are made from.
 */
export type MessagePart =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'argument'; readonly name: string }
  | { readonly kind: 'number' }
  | { readonly kind: 'bold'; readonly parts: readonly MessagePart[] }
  | { readonly kind: 'plural'; readonly name: string; readonly cases: ReadonlyMap<string, readonly MessagePart[]> };

export class MessageSyntaxError extends Error {
  override readonly name = 'MessageSyntaxError';
}

export function parseMessage(source: string): readonly MessagePart[] {
  const reader = new Reader(source);
  const parts = reader.parts(false);
  reader.expectEnd();
  return parts;
}

class Reader {
  private readonly source: string;
  private position = 0;

  constructor(source: string) {
    this.source = source;
  }

  parts(inPlural: boolean): readonly MessagePart[] {
    const parts: MessagePart[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ kind: 'text', value: text });
      text = '';
    };
    while (this.position < this.source.length) {
      const rest = this.source.slice(this.position);
      const char = rest[0] ?? '';
      if (char === '}' || rest.startsWith('</b>')) break;
      if (char === '{') {
        flush();
        parts.push(this.placeholder());
      } else if (rest.startsWith('<b>')) {
        flush();
        this.position += 3;
        parts.push({ kind: 'bold', parts: this.parts(inPlural) });
        this.take('</b>');
      } else if (char === '#' && inPlural) {
        flush();
        this.position++;
        parts.push({ kind: 'number' });
      } else {
        text += char;
        this.position++;
      }
    }
    flush();
    return parts;
  }

  expectEnd(): void {
    if (this.position < this.source.length) this.fail('unexpected closing');
  }

  private placeholder(): MessagePart {
    this.take('{');
    const name = this.match(/^\s*(\w+)\s*/u, 'an argument name');
    if (this.source[this.position] === '}') {
      this.position++;
      return { kind: 'argument', name };
    }
    this.match(/^,\s*(plural)\s*,\s*/u, 'plural');
    const cases = new Map<string, readonly MessagePart[]>();
    while (this.source[this.position] !== '}') {
      const category = this.match(/^(=\d+|zero|one|two|few|many|other)\s*/u, 'a plural category');
      this.take('{');
      cases.set(category, this.parts(true));
      this.take('}');
      this.match(/^(\s*)/u, 'space');
    }
    this.take('}');
    if (!cases.has('other')) this.fail('no case "other"');
    return { kind: 'plural', name, cases };
  }

  private match(pattern: RegExp, expected: string): string {
    const found = pattern.exec(this.source.slice(this.position));
    if (!found) this.fail(`expected ${expected}`);
    this.position += found[0].length;
    return found[1] ?? '';
  }

  private take(text: string): void {
    if (!this.source.startsWith(text, this.position)) this.fail(`expected ${text}`);
    this.position += text.length;
  }

  private fail(reason: string): never {
    throw new MessageSyntaxError(`${reason} at ${this.position} in “${this.source}”`);
  }
}

/** Names of all arguments, for the test that compares languages. */
export function argumentNames(parts: readonly MessagePart[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const part of parts) {
    if (part.kind === 'argument' || part.kind === 'plural') names.add(part.name);
    const inner = part.kind === 'bold' ? [part.parts] : part.kind === 'plural' ? [...part.cases.values()] : [];
    for (const nested of inner) for (const name of argumentNames(nested)) names.add(name);
  }
  return names;
}

export type MessageArguments = Readonly<Record<string, string | number>>;

export function pluralCase(
  part: Extract<MessagePart, { kind: 'plural' }>,
  count: number,
  language: string,
): readonly MessagePart[] {
  const { cases } = part;
  return cases.get(`=${count}`) ?? cases.get(new Intl.PluralRules(language).select(count)) ?? cases.get('other') ?? [];
}

/** The message as plain text: for names, descriptions and announcements. */
export function formatText(parts: readonly MessagePart[], args: MessageArguments, language: string): string {
  const render = (list: readonly MessagePart[], count: number | undefined): string =>
    list
      .map((part) => {
        switch (part.kind) {
          case 'text':
            return part.value;
          case 'bold':
            return render(part.parts, count);
          case 'number':
            return formatArgument(count ?? '', language);
          case 'argument':
            return formatArgument(args[part.name] ?? '', language);
          case 'plural': {
            const value = Number(args[part.name]);
            return render(pluralCase(part, value, language), value);
          }
        }
      })
      .join('');
  return render(parts, undefined);
}

export function formatArgument(value: string | number, language: string): string {
  return typeof value === 'number' ? new Intl.NumberFormat(language).format(value) : value;
}
