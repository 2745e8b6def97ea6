import type { ElementHandle, Page } from 'puppeteer-core';

/**
 * The first element of that role and exact name, as assistive technology would find it. Chromium is asked for its own
 * accessibility tree; Firefox takes a second per question over WebDriver BiDi, so there the name is computed from what our
 * pages name things with: aria-label, aria-labelledby, `<label>`, their own text.
 */
export async function findByName(page: Page, role: string, name: string): Promise<ElementHandle | null> {
  const isFirefox = (await page.browser().version()).toLowerCase().startsWith('firefox');
  if (!isFirefox) return page.$(`aria/${name}[role="${role}"]`);
  const found = await page.evaluateHandle(searchDocument, role, name);
  return found.asElement() as ElementHandle | null;
}

/** Runs in the page, so it may use nothing from outside. */
function searchDocument(role: string, name: string): Element | null {
  const native: Readonly<Record<string, string>> = {
    button: 'button:not([role])',
    textbox: 'textarea, input:not([type]), input[type="text"], input[type="password"], input[type="email"]',
    heading: 'h1, h2, h3',
    dialog: 'dialog[open]',
  };
  const candidates = [`[role="${role}"]`, native[role]].filter((selector) => selector !== undefined);
  const textOf = (element: Element | null) => (element?.textContent ?? '').replaceAll(/\s+/gu, ' ').trim();
  const nameOf = (element: Element): string => {
    const labelledBy = element.getAttribute('aria-labelledby')?.split(' ');
    if (labelledBy) return labelledBy.map((id) => textOf(document.getElementById(id))).join(' ');
    const ownLabel = element.getAttribute('aria-label');
    if (ownLabel !== null) return ownLabel;
    const { labels } = element as HTMLInputElement;
    return labels && labels.length > 0 ? textOf(labels[0] ?? null) : textOf(element);
  };
  const isSeen = (element: Element) =>
    element.checkVisibility() && element.closest('[inert], [aria-hidden="true"]') === null;
  const matches = [...document.querySelectorAll(candidates.join(', '))].filter((element) => nameOf(element) === name);
  return matches.find(isSeen) ?? null;
}
