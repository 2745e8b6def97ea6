import { pinText } from '#protocol/dialin/conference-mapper.ts';
import type { DialInNumber } from '#protocol/dialin/phone-number-list.ts';
import { escapeHtml, PLAIN_TOKENS, pageFrame, policyWithStyle } from '#runtime/plain-page.ts';
import { type PageLanguage, type PageWords, WORDS } from './dialin-page-words.ts';
import { plainNumber } from './phone-number.ts';

export type DialInPageInput =
  | {
      /** What the meeting is called. */
      readonly title: string;
      /** Where it is on this server: `standup`, `acme/standup`. */
      readonly path: string;
      readonly pin: string;
      readonly numbers: readonly DialInNumber[];
    }
  | { readonly problem: 'no-meeting' | 'too-many' };

/** On paper the page is black on white, and its links are what they say. */
const STYLE = `${PLAIN_TOKENS}
body { margin: 0; background: var(--bg); color: var(--text); font: 1rem/1.45 'Inter', system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif }
main { box-sizing: border-box; max-inline-size: 44rem; margin-inline: auto; padding: 2rem 1rem 3rem }
h1 { margin: 0 0 0.25rem; font-size: 1.875rem; line-height: 1.2; overflow-wrap: anywhere }
h2 { margin: 2rem 0 0.5rem; font-size: 1.0625rem; line-height: 1.2 }
p { margin: 0 }
.lead, th, .note { color: var(--text-2) }
.pin { margin-block-start: 1.5rem; padding: 1rem 1.25rem; background: var(--surface-1); border: 1px solid var(--border); border-radius: 20px }
.pin p:first-child { color: var(--text-2) }
.pin strong { display: block; font-size: clamp(1.75rem, 9vw, 2.5rem); line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums }
table { inline-size: 100%; border-collapse: collapse }
th, td { padding: 0.25rem 1rem 0.25rem 0; border-block-end: 1px solid var(--border); text-align: start; vertical-align: baseline; font-weight: 400; overflow-wrap: anywhere }
thead th { font-size: 0.8125rem }
td:last-child, th:last-child { padding-inline-end: 0 }
td a { white-space: nowrap }
.keys th { inline-size: 4rem; color: var(--text); font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap }
a { display: inline-block; padding-block: 0.5rem; color: var(--accent); font-weight: 550; font-variant-numeric: tabular-nums }
a:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 6px }
ol { margin: 0; padding-inline-start: 1.5rem }
li { padding-block: 0.125rem }
.languages { margin-block-start: 2rem }
@media print {
  :root { color-scheme: light; --bg: #fff; --surface-1: #fff; --border: #888; --text: #000; --text-2: #222; --accent: #000 }
  body { font-size: 11pt }
  main { max-inline-size: none; padding: 0 }
  a { padding: 0; text-decoration: none }
  .languages { display: none }
  tr, .pin { break-inside: avoid }
}
`;

export const dialInPagePolicy = policyWithStyle(STYLE);

/** @param lang what the link asks for; else the browser's first choice counts. */
export function pageLanguage(lang: string, acceptLanguage = ''): PageLanguage {
  return (lang || acceptLanguage).toLowerCase().startsWith('el') ? 'el' : 'en';
}

/** How to come into a meeting by phone, to read or to print; without script. */
export function dialInPage(language: PageLanguage, input: DialInPageInput): string {
  const words = WORDS[language];
  const heading = 'problem' in input ? words.problems[input.problem].heading : words.heading(input.title);
  const content =
    'problem' in input
      ? `<p class="lead">${escapeHtml(words.problems[input.problem].text)}</p>`
      : meeting(language, words, input);
  return pageFrame(language, heading, STYLE, content);
}

type Meeting = Extract<DialInPageInput, { readonly pin: string }>;

function meeting(language: PageLanguage, words: PageWords, { path, pin, numbers }: Meeting): string {
  const other: PageLanguage = language === 'en' ? 'el' : 'en';
  const link = `/${path.split('/').map(encodeURIComponent).join('/')}`;
  return `      <p class="lead">${escapeHtml(words.lead)}</p>
      <div class="pin">
        <p>${escapeHtml(words.pin)}</p>
        <strong>${pinText(pin)}</strong>
      </div>
      <h2>${escapeHtml(words.numbers)}</h2>
${numbers.length === 0 ? `      <p>${escapeHtml(words.noNumbers)}</p>` : numberTable(language, words, pin, numbers)}
      <h2>${escapeHtml(words.how)}</h2>
      <ol>
${words.steps.map((step) => `        <li>${escapeHtml(step)}</li>`).join('\n')}
      </ol>
      <h2 id="keys">${escapeHtml(words.keys)}</h2>
      <table class="keys" aria-labelledby="keys">
        <tbody>
${words.keyRows.map(([keys, what]) => `          <tr><th scope="row">${keys}</th><td>${escapeHtml(what)}</td></tr>`).join('\n')}
        </tbody>
      </table>
      <p class="languages"><a href="${escapeHtml(link)}">${escapeHtml(words.browser)}</a> · <a lang="${other}" hreflang="${other}" href="/dialin?room=${escapeHtml(encodeURIComponent(path))}&amp;lang=${other}">${WORDS[other].name}</a></p>`;
}

function numberTable(language: PageLanguage, words: PageWords, pin: string, numbers: readonly DialInNumber[]): string {
  const countries = new Intl.DisplayNames([language], { type: 'region' });
  const rows = numbers.map(({ countryCode, formattedNumber, tollFree }) => {
    // A phone that follows the link dials the number, waits, and types the PIN.
    const href = `tel:${plainNumber(formattedNumber)},,${pin}%23`;
    const country = `${countries.of(countryCode) ?? countryCode}${tollFree ? ` · ${words.tollFree}` : ''}`;
    return `          <tr><td>${escapeHtml(country)}</td><td><a href="${escapeHtml(href)}">${escapeHtml(formattedNumber)}</a></td></tr>`;
  });
  return `      <table>
        <thead><tr><th scope="col">${escapeHtml(words.country)}</th><th scope="col">${escapeHtml(words.number)}</th></tr></thead>
        <tbody>
${rows.join('\n')}
        </tbody>
      </table>`;
}
