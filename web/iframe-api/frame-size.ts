/** CSS lengths that embedders give as text. */
const LENGTH = /^\d+(?:\.\d+)?(?:px|em|rem|pt|%|[dsl]?v(?:w|h|min|max|i|b))$/u;

/** A width or height as CSS; a number is one of pixels. @returns undefined for what is none */
export function cssLength(size: unknown): string | undefined {
  if (typeof size === 'number' && Number.isFinite(size) && size >= 0) return `${size}px`;
  if (typeof size !== 'string') return undefined;
  const text = size.trim();
  if (LENGTH.test(text)) return text;
  return /^\d+(?:\.\d+)?$/u.test(text) ? `${text}px` : undefined;
}
