import { z } from 'zod';
import { parseDialRules } from './dial-string.ts';

/** One pattern of dial-string.ts. */
export const dialPattern = z
  .string()
  .max(24)
  .refine((pattern) => parseDialRules([pattern]) !== undefined, {
    error: 'expected digits with x for any digit and * at the end for any more, such as +30*; ! before it forbids',
  });

/** `sip.dialOut`. */
export const dialOutConfig = z.strictObject({
  allow: z
    .array(dialPattern)
    .max(200)
    .default([])
    .describe(
      'Numbers that meetings may call: +30* and the like, !+30801* for what they may not; premium-rate numbers only by a pattern that names them. Default: none.',
    ),
  concurrentCalls: z.number().int().min(1).default(10).describe('Calls out of one tenant at the same time.'),
  callsPerDay: z.number().int().min(1).default(100).describe('Calls out of one tenant within a day.'),
  maxCallMinutes: z.number().int().min(1).max(1_440).default(240).describe('Minutes after which a call out ends.'),
});
