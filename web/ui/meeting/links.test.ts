import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textRuns } from './links.ts';

describe('links in messages', () => {
  it('are found and lose the full stop of the sentence', () => {
    expect(textRuns('See (https://choir.example/agenda).')).toEqual([
      { kind: 'text', text: 'See (' },
      { kind: 'link', text: 'choir.example/agenda', href: 'https://choir.example/agenda' },
      { kind: 'text', text: ').' },
    ]);
  });

  it('keep their own parentheses', () => {
    expect(textRuns('https://x.example/a_(b)')[0]).toMatchObject({ href: 'https://x.example/a_(b)' });
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'ftp://x.example', 'http://'])('“%s” is text', (text) => {
    expect(textRuns(text)).toEqual([{ kind: 'text', text }]);
  });

  it('lose no character and lead to http only', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), fc.webUrl())), (parts) => {
        const message = parts.join(' ');
        const runs = textRuns(message);
        expect(runs.map((run) => (run.kind === 'link' ? run.href : run.text)).join('')).toBe(message);
        for (const run of runs) if (run.kind === 'link') expect(new URL(run.href).protocol).toMatch(/^https?:$/);
      }),
    );
  });
});
