import { z } from 'zod';

export const webConfig = z
  .strictObject({
    pagesDir: z
      .string()
      .min(1)
      .optional()
      .describe('Directory of the built page. Default: what `npm run build:web` made.'),
    p2p: z
      .boolean()
      .default(true)
      .describe(
        'Whether two people alone in a meeting send their media to each other directly, or over the TURN relay, and not through the bridge. Each then learns the addresses of the other. With a third person, a shared screen or media that moderators keep for themselves it goes through the bridge again.',
      ),
    connectSources: z
      .array(z.string().regex(/^(?:wss?|https?):\/\/[\w.:[\]*-]+$/))
      .default([])
      .describe('Further origins that the page may connect to (CSP connect-src), such as wss://bridge2.meet.example.'),
    pictureSources: z
      .array(z.string().regex(/^https?:\/\/[\w.:[\]-]+$/))
      .default([])
      .describe(
        'Origins from which pictures of people are shown, such as https://cloud.example: pictures that room tokens name, and those that embedding pages give. Such a server learns who meets whom, by the addresses of everybody in a meeting. Default: none, and people are shown by their initials.',
      ),
  })
  .describe('The pages.');
export type WebConfig = z.infer<typeof webConfig>;

export const embedConfig = z
  .strictObject({
    allowedOrigins: z
      .array(z.string().regex(/^(?:https?:\/\/[\w.:[\]*-]+|[a-z][a-z0-9+.-]*:)$/u))
      .default([])
      .describe(
        'Origins of pages that may show meetings in an iframe, such as https://chat.example; with Element Desktop also ' +
          'vector:. Default: all of them.',
      ),
  })
  .describe('Meetings inside other pages.');
export type EmbedConfig = z.infer<typeof embedConfig>;
