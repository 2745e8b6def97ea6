import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { commandError } from '../end-reasons.ts';
import type { StateStore } from '../meeting-state.ts';
import type { Poll, PollControl } from '../meeting-types.ts';
import { readComponentMessage, type JsonObject } from '../room/component-message.ts';
import { readPollNews, type PollNews } from './poll-messages.ts';

export interface PollsPorts {
  /** The component's address. */
  readonly host: string;
  /** Bare JID of the room. */
  readonly room: () => string;
  readonly state: StateStore;
  /** @throws RequestError */
  readonly request: (message: XmlElement) => Promise<void>;
}

/** Polls of the room (wire note §7.6): what we ask and answer comes back to us as to everybody. */
export class Polls implements PollControl {
  readonly #ports: PollsPorts;

  constructor(ports: PollsPorts) {
    this.#ports = ports;
  }

  async ask(question: string, answers: readonly string[]): Promise<void> {
    const named = answers.map((name) => ({ name }));
    await this.#tell({ command: 'new-poll', pollId: crypto.randomUUID(), question, answers: named });
  }

  async vote(pollId: string, choices: readonly boolean[]): Promise<void> {
    await this.#tell({ command: 'answer-poll', pollId, answers: choices });
  }

  /** @returns true if the stanza was about polls */
  receive(stanza: XmlElement): boolean {
    const message = readComponentMessage(stanza, this.#ports.host);
    const news = message === undefined ? undefined : readPollNews(message);
    if (news === undefined) return false;
    const { state } = this.#ports;
    state.patch({ polls: changePolls(state.value.polls, news) });
    return true;
  }

  async #tell(content: JsonObject): Promise<void> {
    const json = JSON.stringify({ type: 'polls', ...content });
    const { host, room, request } = this.#ports;
    try {
      await request(xml('message', { to: host, type: 'chat' }, jsonMessageElement(json, room())));
    } catch (error) {
      throw commandError(error);
    }
  }
}

export function changePolls(polls: readonly Poll[], news: PollNews): readonly Poll[] {
  switch (news.kind) {
    case 'asked':
      return polls.some(({ id }) => id === news.poll.id) ? polls : [...polls, news.poll];
    case 'earlier': {
      // After a new join what is new stays new.
      const known = new Map(polls.map(({ id, isNew }) => [id, isNew]));
      return news.polls.map((poll) => ({ ...poll, isNew: known.get(poll.id) ?? false }));
    }
    case 'voted':
      return polls.map((poll) => (poll.id === news.pollId ? withVote(poll, news) : poll));
  }
}

function withVote(poll: Poll, { voter, choices }: Extract<PollNews, { kind: 'voted' }>): Poll {
  const answers = poll.answers.map((answer, index) => {
    const others = answer.voters.filter(({ id }) => id !== voter.id);
    return { ...answer, voters: choices[index] === true ? [...others, voter] : others };
  });
  return { ...poll, answers };
}
