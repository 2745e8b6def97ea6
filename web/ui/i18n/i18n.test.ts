import { describe, expect, it } from 'vitest';
import el from '../messages/el.json' with { type: 'json' };
import en from '../messages/en.json' with { type: 'json' };
import { languageProblems } from './compare-languages.ts';
import { formatText, MessageSyntaxError, parseMessage } from './format-message.ts';
import { formatElapsed } from './format-time.ts';
import { chooseLanguage } from './languages.ts';

const format = (message: string, args = {}, language = 'en') => formatText(parseMessage(message), args, language);

describe('messages', () => {
  it('exist in Greek as in English, with the same arguments', () => {
    expect(languageProblems(en, el)).toEqual([]);
  });

  it('are all in ICU syntax that we read', () => {
    for (const message of Object.values(en)) expect(() => parseMessage(message)).not.toThrow();
  });

  it('report what a translation lacks', () => {
    expect(languageProblems({ a: 'A {x}', b: 'B' }, { a: 'A {y}', c: 'C' })).toEqual([
      'missing: b',
      'not in use: c',
      'a: arguments {y} instead of {x}',
    ]);
  });

  it('fill in arguments and leave out markup', () => {
    expect(format('{name} left <b>now</b>.', { name: 'Ann' })).toBe('Ann left now.');
  });

  it.each([
    [0, 'only you'],
    [1, '1 person'],
    [1234, '1,234 people'],
  ])('choose the form for %i', (count, expected) => {
    expect(format('{n, plural, =0 {only you} one {# person} other {# people}}', { n: count })).toBe(expected);
  });

  it('use the forms of their own language', () => {
    expect(format('{n, plural, one {# άτομο} other {# άτομα}}', { n: 1 }, 'el')).toBe('1 άτομο');
  });

  it.each(['{', '{a', '{a, plural, one {x}}', 'a}', '<b>x', '{a, select, other {x}}'])('refuse “%s”', (message) => {
    expect(() => parseMessage(message)).toThrow(MessageSyntaxError);
  });
});

describe('language', () => {
  it('is the first one we have, English otherwise', () => {
    expect(chooseLanguage([undefined, 'fr-FR', 'el-GR', 'en'])).toBe('el');
    expect(chooseLanguage(['fr'])).toBe('en');
  });
});

describe('elapsed time', () => {
  it.each([
    [12_000, '0:12'],
    [1_458_000, '24:18'],
    [3_760_000, '1:02:40'],
  ])('%i ms is %s', (elapsedMs, expected) => {
    expect(formatElapsed(elapsedMs)).toBe(expected);
  });
});
