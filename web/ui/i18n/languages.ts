/** Languages of the page. To add one: a file in messages/, a line here. Text direction follows from the language. */
export const LANGUAGES = [
  { code: 'en', name: 'English', dir: 'ltr', load: () => import('../messages/en.json') },
  { code: 'el', name: 'Ελληνικά', dir: 'ltr', load: () => import('../messages/el.json') },
] as const;

export type LanguageCode = (typeof LANGUAGES)[number]['code'];

/** The first language of the reader that we have; English otherwise. */
export function chooseLanguage(wanted: readonly (string | undefined)[]): LanguageCode {
  for (const tag of wanted) {
    const primary = tag?.toLowerCase().split('-')[0];
    const found = LANGUAGES.find((language) => language.code === primary);
    if (found) return found.code;
  }
  return 'en';
}
