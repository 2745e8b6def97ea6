import { z } from 'zod';

export const webConfig = z
  .strictObject({
    pagesDir: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of the built page. Default: what `npm run build:web` made.'),
    connectSources: z
      .array(z.string().regex(/^(?:wss?|https?):\/\/[\w.:[\]*-]+$/))
      .default([])
      .describe('Further origins that the page may connect to (CSP connect-src), such as wss://bridge2.meet.example.'),
  })
  .describe('The pages.');
export type WebConfig = z.infer<typeof webConfig>;
