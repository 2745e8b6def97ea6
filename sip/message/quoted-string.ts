/** The text that a quoted string stands for (RFC 3261 §25.1); any other text stands for itself. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const inner = text.slice(1, -1);
  if (!inner.includes('\\')) return inner;
  const parts: string[] = [];
  for (let from = 0; from < inner.length;) {
    const at = inner.indexOf('\\', from);
    if (at < 0) {
      parts.push(inner.slice(from));
      break;
    }
    parts.push(inner.slice(from, at), inner.slice(at + 1, at + 2));
    from = at + 2;
  }
  return parts.join('');
}

/** Quotes a text; of control characters only the tab may stand unescaped, and CR and LF not at all (serialising refuses them). */
export function quote(text: string): string {
  return `"${text.replace(/["\\\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '\\$&')}"`;
}
