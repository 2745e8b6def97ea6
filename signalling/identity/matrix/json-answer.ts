import type { z } from 'zod';
import { OutboundError } from '../outbound/outbound-error.ts';

/** Reads what another server says. @throws OutboundError for what is not of the form that it must have. */
export function jsonAnswer<Answer>(body: Buffer, schema: z.ZodType<Answer>): Answer {
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new OutboundError('bad-answer', 'answers with what is no JSON', { cause });
  }
  const parsed = schema.safeParse(content);
  if (!parsed.success) throw new OutboundError('bad-answer', 'answers with something else', { cause: parsed.error });
  return parsed.data;
}
