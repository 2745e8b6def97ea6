const WORDS = {
  en: {
    title: 'Too many logins',
    text: (seconds: number) =>
      `Too many logins came from your network. Wait ${seconds === 1 ? 'a second' : `${seconds} seconds`}, then reload this page.`,
    start: 'Start page',
  },
  el: {
    title: 'Πάρα πολλές συνδέσεις',
    text: (seconds: number) =>
      `Από το δίκτυό σας έγιναν πάρα πολλές συνδέσεις. Περιμένετε ${seconds === 1 ? 'ένα δευτερόλεπτο' : `${seconds} δευτερόλεπτα`} και φορτώστε ξανά τη σελίδα.`,
    start: 'Αρχική σελίδα',
  },
} as const;

/** A page without script: the way to the login is a link, so people stand before what it answers. */
export function tooManyPage(seconds: number, acceptLanguage = ''): string {
  const language = acceptLanguage.toLowerCase().startsWith('el') ? 'el' : 'en';
  const { title, text, start } = WORDS[language];
  return `<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="dark light" />
    <title>${title} · Parley</title>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>${text(seconds)}</p>
      <p><a href="/">${start}</a></p>
    </main>
  </body>
</html>
`;
}
