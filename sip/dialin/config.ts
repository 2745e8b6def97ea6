import { z } from 'zod';

/** A folder of prompts: `en`, `el`, or one of `promptsDir`. */
const language = z.string().regex(/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/, {
  error: 'expected the code of a language, such as en',
});

const phoneNumber = z.strictObject({
  /** As people read it: `+30 210 123 4567`. */
  number: z
    .string()
    .max(40)
    .regex(/^\+[1-9](?:[ ()./-]*\d){4,14}$/, {
      error: 'expected a number with its country, such as +30 210 123 4567',
    }),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, { error: 'expected a country as in ISO 3166, such as GR' })
    .describe('Country that people call this number from.'),
  language: language.optional(),
  tollFree: z.boolean().default(false),
  room: z
    .string()
    .min(1)
    .max(1_023)
    .optional()
    .describe('Room, as its link names it, into which this number leads without a PIN.'),
});

const dialIn = z.strictObject({
  pinDigits: z
    .union([z.literal(9), z.literal(10)])
    .default(10)
    .describe('Digits of a meeting’s PIN, 9 or 10.'),
  pinIdleDays: z
    .number()
    .int()
    .min(1)
    .max(3_650)
    .default(30)
    .describe('Days without a call or a look at the PIN after which it no longer leads to its meeting.'),
  newPinsPerHourPerAddress: z
    .number()
    .int()
    .min(1)
    .default(60)
    .describe('Meetings that one client address may have PINs made for in an hour.'),
  lookupToken: z
    .string()
    .min(32)
    .optional()
    .meta({ secret: true })
    .describe(
      'Bearer token with which other gateways may ask /dialin/conferenceMapper which meeting a PIN leads to. Default: nobody may.',
    ),
  promptsDir: z
    .string()
    .min(1)
    .optional()
    .describe('Directory of prompts that are played instead of ours, laid out as sip/ivr/prompts.'),
  tonesUpToPeople: z
    .number()
    .int()
    .min(0)
    .default(12)
    .describe('In meetings of more people, phones hear no tone when somebody comes or goes.'),
  allowOnlyPhones: z
    .boolean()
    .default(true)
    .describe('Whether a meeting goes on when only phones are left; else it ends after 20 seconds.'),
});

/** What sip/config.ts takes into `sip`. */
export const dialInConfig = z.strictObject({
  language: language.default('en').describe('Language of callers whose number and trunk name none.'),
  numbers: z
    .array(phoneNumber)
    .max(500)
    .default([])
    .describe('Numbers that lead here. The page and invitations show those without a room.'),
  dialIn: dialIn.prefault({}),
});
export type DialInConfig = z.infer<typeof dialInConfig>;
export type PhoneNumber = z.infer<typeof phoneNumber>;
