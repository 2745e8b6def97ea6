import { z } from 'zod';
import { DecodeError } from './decode-error.ts';
import { child, text, type XmlElement } from './element.ts';
import { NS_JITMEET } from './jingle-rtp.ts';

/** Polls (wire note §7.6): people ask and answer through a component, which tells everybody in the room. */

/** UTF-16 code units of one request; 64 answers of some words fit. */
const MAX_REQUEST_LENGTH = 16_384;
const MAX_ANSWERS = 64;
const pollId = z.string().regex(/^[\w-]{1,64}$/);
/** What people wrote; never empty. */
const wording = z
  .string()
  .max(500)
  .refine((value) => value.trim() !== '', { error: 'empty' });

const newPoll = z.object({
  type: z.literal('polls'),
  command: z.literal('new-poll'),
  pollId,
  question: wording,
  answers: z
    .array(z.object({ name: wording }))
    .min(2)
    .max(MAX_ANSWERS),
});
const answerPoll = z.object({
  type: z.literal('polls'),
  command: z.literal('answer-poll'),
  pollId,
  /** Which answers somebody chooses, in their order. */
  answers: z.array(z.boolean()).min(1).max(MAX_ANSWERS),
});

/** What people ask the component; fields that it does not know are dropped. */
export type PollRequest = z.infer<typeof newPoll> | z.infer<typeof answerPoll>;
const pollRequest = z.discriminatedUnion('command', [newPoll, answerPoll]);

type Sender = {
  /** Endpoint id; the component's word. */
  readonly senderId: string;
  readonly senderName?: string;
};
interface OldPoll extends Sender {
  readonly pollId: string;
  readonly question: string;
  readonly answers: readonly {
    readonly name: string;
    readonly voters: readonly { readonly id: string; readonly name?: string }[];
  }[];
}
/** What the component tells people; `old-polls` goes to newcomers. */
export type PollMessage =
  | (PollRequest & Sender)
  | { readonly type: 'polls'; readonly command: 'old-polls'; readonly polls: readonly OldPoll[] };

/**
 * Reads what somebody asks the component.
 * @throws DecodeError (`too-large`, `bad-format`)
 */
export function decodePollRequest(message: XmlElement): PollRequest {
  const element = child(message, 'json-message', NS_JITMEET);
  if (element === undefined) throw new DecodeError('bad-format', 'no JSON');
  const json = text(element);
  if (json.length > MAX_REQUEST_LENGTH) throw new DecodeError('too-large', 'a poll is too long');
  try {
    return pollRequest.parse(JSON.parse(json));
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
    throw new DecodeError('bad-format', 'neither a poll nor an answer to one', { cause: error });
  }
}
