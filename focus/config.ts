import { z } from 'zod';

/** Section `focus`: conferences. */
export const focusConfig = z
  .strictObject({
    maxConferences: z.number().int().min(1).default(5_000).describe('Conferences that can exist at once.'),
    maxEmptyConferencesPerUser: z
      .number()
      .int()
      .min(1)
      .default(3)
      .describe('Conferences that one XMPP address may have opened without anybody having joined them yet.'),
    emptyConferenceSeconds: z
      .number()
      .int()
      .min(5)
      .default(30)
      .describe('Seconds a new conference waits for its first participant.'),
    singleParticipantSeconds: z
      .number()
      .int()
      .min(0)
      .default(20)
      .describe('Seconds the media session of a participant who is left alone is kept, should somebody come back.'),
    electModerator: z
      .boolean()
      .default(true)
      .describe('Make the first participant moderator, and the next one when no moderator is left.'),
    bridgeSelection: z
      .enum(['least-loaded', 'region'])
      .default('least-loaded')
      .describe('How a bridge is chosen: the least loaded one, or among those of the region of the participant.'),
  })
  .describe('Conference allocation.');
export type FocusConfig = z.infer<typeof focusConfig>;
