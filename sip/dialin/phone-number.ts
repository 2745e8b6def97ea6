/** A number as SIP carries it: `+302101234567` for `+30 210 123 4567`. */
export function plainNumber(number: string): string {
  return number.replaceAll(/[^+\d]/g, '');
}
