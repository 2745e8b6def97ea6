import type { ChatControl, MeetingState } from '../../client/meeting-types.ts';
import { changeChat, ownMessage, type ChatInput } from '../../client/room/chat.ts';
import type { ChatReference } from '../../client/room/chat-references.ts';

/** The chat of a scripted meeting: what one says is said. */
export function scriptedChat(get: () => MeetingState, set: (change: Partial<MeetingState>) => void): ChatControl {
  const change = (input: ChatInput) => set({ chat: changeChat(get().chat, input) });
  const refer = async (id: string, reference: ChatReference, text = '') => {
    const { chat, self } = get();
    const entry = chat.find((one) => one.id === id);
    const privateWith = entry?.type === 'message' ? entry.privateWith?.id : undefined;
    const by = { id: self.id, name: self.displayName };
    change({ kind: 'refer', reference, by, isOwn: true, privateWith, text });
  };
  return {
    send(text, { to, replyTo } = {}) {
      const { participants, self } = get();
      const person = participants.find((candidate) => candidate.id === to);
      const privateWith = person && { id: person.id, name: person.displayName };
      const context = { ownId: self.id, ownName: self.displayName, nowMs: Date.now() };
      const entry = ownMessage({ text, privateWith, replyTo }, context);
      change({ kind: 'add', entry });
      change({ kind: 'delivered', id: entry.id });
      return entry.id;
    },
    resend: (id) => change({ kind: 'delivered', id }),
    edit: (id, text) => refer(id, { kind: 'correction', id }, text),
    retract: (id) => refer(id, { kind: 'retraction', id }),
    toggleReaction: (id, emoji) => refer(id, { kind: 'reactions', id, emoji: [emoji] }),
  };
}
