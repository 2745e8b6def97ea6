import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { turnCredential } from './turn-credential.ts';

/** The relay's own test reads the same file: both ends agree, or one of them fails. */
const fixture = z
  .object({
    secret: z.string(),
    expirySeconds: z.number(),
    subject: z.string(),
    username: z.string(),
    password: z.string(),
  })
  .parse(JSON.parse(readFileSync(new URL('../../test/fixtures/turn-rest-credential.json', import.meta.url), 'utf8')));

test('the credential is the one that the relay accepts', () => {
  const nowMs = fixture.expirySeconds * 1000 - 60_000 + 999;
  expect(turnCredential(fixture.secret, fixture.subject, { nowMs, lifetimeSeconds: 60 })).toEqual({
    username: fixture.username,
    password: fixture.password,
    expiresAtMs: fixture.expirySeconds * 1000,
  });
});
