import type { MeetingState, PollControl } from '../../client/meeting-types.ts';
import { changePolls } from '../../client/polls/polls.ts';

/** The polls of a scripted meeting. */
export function scriptedPolls(get: () => MeetingState, set: (change: Partial<MeetingState>) => void): PollControl {
  const self = () => ({ id: get().self.id, name: get().self.displayName });
  return {
    ask: async (question, names) => {
      const answers = names.map((name) => ({ name, voters: [] }));
      const poll = { id: crypto.randomUUID(), question, author: self(), answers, isNew: true };
      set({ polls: changePolls(get().polls, { kind: 'asked', poll }) });
    },
    vote: async (pollId, choices) =>
      set({ polls: changePolls(get().polls, { kind: 'voted', pollId, voter: self(), choices }) }),
  };
}
