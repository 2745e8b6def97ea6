import { createHash } from 'node:crypto';

/** What stands on a page without script, in one language. */
interface PlainPage {
  /** BCP 47 */
  readonly language: string;
  readonly heading: string;
  readonly text: string;
  /** What the link to the start page is called. */
  readonly start: string;
}

/** As the page's own tokens (web/ui/styles/tokens.css), which a page that stands by itself cannot load. */
export const PLAIN_TOKENS = `
:root { color-scheme: dark light; --bg: #0e1416; --surface-1: #161e21; --border: #33424a; --text: #eef3f3; --text-2: #b7c4c8; --accent: #74d6c6; --focus: #ffffff }
@media (prefers-color-scheme: light) {
  :root { --bg: #eef2f2; --surface-1: #ffffff; --border: #ccd6d7; --text: #10191c; --text-2: #43525a; --accent: #0b6a60; --focus: #0b2f2b }
}
`;
const STYLE = `${PLAIN_TOKENS}
body { margin: 0; background: var(--bg); color: var(--text); font: 0.9375rem/1.45 'Inter', system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif }
main { box-sizing: border-box; display: grid; align-content: center; gap: 1rem; min-block-size: 100vh; max-inline-size: 32rem; margin-inline: auto; padding: 1.5rem }
h1 { margin: 0; font-size: 1.875rem; line-height: 1.2 }
p { margin: 0; color: var(--text-2); overflow-wrap: anywhere }
a { display: inline-block; padding-block: 0.75rem; color: var(--accent); font-weight: 600 }
a:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 6px }
`;

/** Nothing but a page's own style, which its hash allows (CSP Level 3 §2.3.1). */
export function policyWithStyle(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; ');
}

export const plainPagePolicy = policyWithStyle(STYLE);

/** A page for people who came by a link to what is no page of the application. */
export function plainPage({ language, heading, text, start }: PlainPage): string {
  const content = `      <p>${escapeHtml(text)}</p>
      <p><a href="/">${escapeHtml(start)}</a></p>`;
  return pageFrame(language, heading, STYLE, content);
}

/**
 * What is around the content of a page without script.
 * @param heading as text
 * @param style as its policy allows it, see {@link policyWithStyle}
 * @param content as HTML
 */
export function pageFrame(language: string, heading: string, style: string, content: string): string {
  return `<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(heading)} · Parley</title>
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>${escapeHtml(heading)}</h1>
${content}
    </main>
  </body>
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
