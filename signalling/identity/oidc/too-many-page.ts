import { plainPage } from '#runtime/plain-page.ts';

const WORDS = {
  en: {
    heading: 'Too many logins',
    text: (seconds: number) =>
      `Too many logins came from your network. Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then reload this page.`,
    start: 'Start page',
  },
  el: {
    heading: 'Πάρα πολλές συνδέσεις',
    text: (seconds: number) =>
      `Από το δίκτυό σας έγιναν πάρα πολλές συνδέσεις. Περιμένετε ${seconds === 1 ? 'ένα δευτερόλεπτο' : `${seconds} δευτερόλεπτα`} και φορτώστε ξανά τη σελίδα.`,
    start: 'Αρχική σελίδα',
  },
} as const;

/** The way to the login is a link, so people stand before what it answers. */
export function tooManyPage(seconds: number, acceptLanguage = ''): string {
  const language = acceptLanguage.toLowerCase().startsWith('el') ? 'el' : 'en';
  const { heading, text, start } = WORDS[language];
  return plainPage({ language, heading, text: text(seconds), start });
}
