/** A number under which meetings are reached by phone. */
export interface DialInNumber {
  /** ISO 3166, upper case; empty where the list does not say. */
  readonly countryCode: string;
  /** As people read it: `+30 210 123 4567`. */
  readonly formattedNumber: string;
  readonly tollFree: boolean;
}

const MAX_NUMBERS = 500;
const NUMBER = /^[+\d][\d ()./-]{2,39}$/;

/**
 * What `phoneNumberList` answers (sip-and-recording.md §5.3): a list, or Jitsi's older map of country codes and numbers.
 * What is no number is left out: other people's servers answer here too.
 */
export function readPhoneNumberList(answer: unknown): readonly DialInNumber[] {
  if (Array.isArray(answer)) return answer.slice(0, MAX_NUMBERS).flatMap((entry: unknown) => readEntry(entry));
  if (!isRecord(answer) || answer['numbersEnabled'] === false || !isRecord(answer['numbers'])) return [];
  return Object.entries(answer['numbers'])
    .flatMap(([countryCode, numbers]) =>
      (Array.isArray(numbers) ? numbers : []).flatMap((formattedNumber: unknown) =>
        readEntry({ countryCode, formattedNumber }),
      ),
    )
    .slice(0, MAX_NUMBERS);
}

function readEntry(entry: unknown): readonly DialInNumber[] {
  if (!isRecord(entry)) return [];
  const { countryCode, formattedNumber, tollFree } = entry;
  if (typeof formattedNumber !== 'string' || !NUMBER.test(formattedNumber)) return [];
  const isCountry = typeof countryCode === 'string' && /^[A-Z]{2}$/.test(countryCode);
  return [{ countryCode: isCountry ? countryCode : '', formattedNumber, tollFree: tollFree === true }];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
