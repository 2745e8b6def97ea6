import type { Poll, PollAnswer } from '../meeting-types.ts';
import { readDisplayName } from '#protocol/xmpp/display-name.ts';
import { asList, asObject, asText, type JsonObject } from '../room/component-message.ts';

/** What the polls component says (wire note §7.6), read by hand: its schema would bring a library into the page. */

const MAX_POLLS = 128;
const MAX_ANSWERS = 64;
const MAX_VOTERS = 1_000;
const MAX_TEXT = 500;
const MAX_ID = 64;

export type PollNews =
  | { readonly kind: 'asked'; readonly poll: Poll }
  | {
      readonly kind: 'voted';
      readonly pollId: string;
      readonly voter: PollAnswer['voters'][number];
      readonly choices: readonly boolean[];
    }
  /** All there have been, for newcomers. */
  | { readonly kind: 'earlier'; readonly polls: readonly Poll[] };

export function readPollNews(message: JsonObject): PollNews | undefined {
  if (message['type'] !== 'polls') return undefined;
  switch (message['command']) {
    case 'new-poll': {
      const poll = readPoll(message, true);
      return poll === undefined ? undefined : { kind: 'asked', poll };
    }
    case 'answer-poll': {
      const pollId = asText(message['pollId'], MAX_ID);
      const voter = readPerson(message['senderId'], message['senderName']);
      if (pollId === undefined || voter === undefined) return undefined;
      const choices = asList(message['answers'], MAX_ANSWERS, (answer) => answer === true);
      return { kind: 'voted', pollId, voter, choices };
    }
    case 'old-polls':
      return { kind: 'earlier', polls: asList(message['polls'], MAX_POLLS, (poll) => readPoll(asObject(poll), false)) };
    default:
      return undefined;
  }
}

function readPoll(message: JsonObject | undefined, isNew: boolean): Poll | undefined {
  const id = asText(message?.['pollId'], MAX_ID);
  const question = asText(message?.['question'], MAX_TEXT);
  const author = readPerson(message?.['senderId'], message?.['senderName']);
  const answers = asList(message?.['answers'], MAX_ANSWERS, readAnswer);
  if (id === undefined || question === undefined || author === undefined || answers.length === 0) return undefined;
  return { id, question, author, answers, isNew };
}

function readAnswer(value: unknown): PollAnswer | undefined {
  const answer = asObject(value);
  const name = asText(answer?.['name'], MAX_TEXT);
  if (name === undefined) return undefined;
  const voters = asList(answer?.['voters'], MAX_VOTERS, (voter) => {
    const person = asObject(voter);
    return readPerson(person?.['id'], person?.['name']);
  });
  return { name, voters };
}

function readPerson(id: unknown, name: unknown): PollAnswer['voters'][number] | undefined {
  const endpoint = asText(id, MAX_ID);
  return endpoint === undefined ? undefined : { id: endpoint, name: readDisplayName(name) };
}
