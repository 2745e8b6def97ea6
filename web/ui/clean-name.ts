export const MAX_NAME_LENGTH = 80;

/** One line, without control characters or forged direction marks, cut to what a presence may carry. */
export function cleanName(name: string): string {
  const line = name
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
  return Array.from(line.toWellFormed()).slice(0, MAX_NAME_LENGTH).join('');
}
