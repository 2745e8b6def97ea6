import type { PollMessage, PollRequest } from '#protocol/xmpp/polls.ts';

const MAX_POLLS = 128;
/** UTF-16 code units of all questions and answers of a room, as every newcomer gets them. */
const MAX_LENGTH = 131_072;
/** People who may have voted in one poll, those who left included. */
const MAX_VOTERS = 1_000;

interface Poll {
  readonly pollId: string;
  readonly senderId: string;
  readonly senderName: string | undefined;
  readonly question: string;
  readonly answers: readonly string[];
  /** By nick; the last word counts. */
  readonly votes: Map<string, { readonly name: string | undefined; readonly choices: readonly boolean[] }>;
}

type OldPolls = Extract<PollMessage, { command: 'old-polls' }>['polls'];

/** The polls of one room and who has voted how. */
export class PollBox {
  readonly #polls = new Map<string, Poll>();
  #length = 0;

  /** Takes a new poll or a vote. @returns why not, or undefined. */
  take(
    nick: string,
    name: string | undefined,
    request: PollRequest,
  ): 'exists' | 'unknown' | 'other-answers' | 'full' | undefined {
    const known = this.#polls.get(request.pollId);
    if (request.command === 'answer-poll') {
      if (known === undefined) return 'unknown';
      if (known.answers.length !== request.answers.length) return 'other-answers';
      if (!known.votes.has(nick) && known.votes.size >= MAX_VOTERS) return 'full';
      known.votes.set(nick, { name, choices: request.answers });
      return undefined;
    }
    if (known !== undefined) return 'exists';
    const { pollId, question } = request;
    const answers = request.answers.map((answer) => answer.name);
    const length = answers.reduce((sum, answer) => sum + answer.length, question.length);
    if (this.#polls.size >= MAX_POLLS || this.#length + length > MAX_LENGTH) return 'full';
    this.#length += length;
    this.#polls.set(pollId, { pollId, senderId: nick, senderName: name, question, answers, votes: new Map() });
    return undefined;
  }

  /** As newcomers get them, oldest first. */
  get all(): OldPolls {
    return [...this.#polls.values()].map(({ pollId, senderId, senderName, question, answers, votes }) => ({
      pollId,
      senderId,
      ...(senderName === undefined ? {} : { senderName }),
      question,
      answers: answers.map((name, index) => ({
        name,
        voters: [...votes]
          .filter(([, { choices }]) => choices[index] === true)
          .map(([id, vote]) => ({ id, ...(vote.name === undefined ? {} : { name: vote.name }) })),
      })),
    }));
  }
}
