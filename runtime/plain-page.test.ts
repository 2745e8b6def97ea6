import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { plainPage, plainPagePolicy } from './plain-page.ts';

const page = { language: 'en', heading: 'No <b>', text: '"><script>alert(1)</script>', start: 'Start & more' };

test('what it says is text, whatever it is', () => {
  const html = plainPage(page);
  expect(html).not.toMatch(/<script|<b>/u);
  expect(html).toContain('No &#60;b&#62;');
});

test('its policy allows its own style and nothing else', () => {
  const [, style = ''] = /<style>([^]*)<\/style>/u.exec(plainPage(page)) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  expect(plainPagePolicy).toContain(`style-src 'sha256-${hash}'`);
  expect(plainPagePolicy).toContain("default-src 'none'");
});
