import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { avatarColour, initials } from './avatar.ts';

describe('avatar', () => {
  it('gives one endpoint always the same colour, by FNV-1a', () => {
    // FNV-1a test vectors of the reference: "" → 811c9dc5, "a" → e40c292c.
    expect(avatarColour('')).toBe(0x811c9dc5 % 12);
    expect(avatarColour('a')).toBe(0xe40c292c % 12);
  });

  it('stays within the palette for any id', () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(avatarColour(id)).toBeGreaterThanOrEqual(0);
        expect(avatarColour(id)).toBeLessThan(12);
      }),
    );
  });

  it.each([
    ['Sanne de Vries', 'SV'],
    ['Eleni', 'E'],
    ['Άννα Όθωνος', 'ΑΟ'],
    ['Zoë', 'Z'],
    ['élodie', 'É'],
    ['(Ann) Lee', 'AL'],
    ['👩‍🚀 Kim', '👩‍🚀K'],
    ['  ', ''],
  ])('initials of “%s” are “%s”', (name, expected) => {
    expect(initials(name)).toBe(expected);
  });
});
