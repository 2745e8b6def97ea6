import type { DialInNumber } from '#protocol/dialin/phone-number-list.ts';

/** The number to show first: of the country that a person's languages name (`el-GR`), else the first of the list. */
export function ownNumber(numbers: readonly DialInNumber[], languages: readonly string[]): DialInNumber | undefined {
  const countries = languages.map(regionOf);
  const found = countries.map((country) => numbers.find(({ countryCode }) => countryCode === country));
  return found.find((number) => number !== undefined) ?? numbers[0];
}

function regionOf(language: string): string | undefined {
  try {
    return new Intl.Locale(language).maximize().region;
  } catch {
    // Browsers let people write anything there.
    return undefined;
  }
}
