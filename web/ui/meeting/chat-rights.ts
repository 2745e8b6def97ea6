import type { ChatMode, MeetingState, Participant } from '../../client/meeting-types.ts';
import { chatModeOf, chatRightsOf } from '../../client/moderation/chat-rights.ts';
import { t } from '../i18n/messages.ts';
import { announce } from '../parts/announcer.ts';
import type { Message } from './chat-message.tsx';
import type { Session } from './session.ts';

/** What people see of a chat that moderators have closed, or left open for questions. */

/** To whom one may write in private, in the order of the list; a telephone shows no chat. */
export function writableTo(state: MeetingState): readonly Participant[] {
  const rights = chatRightsOf(state);
  return state.participants.filter(
    ({ isModerator, phone }) => phone === undefined && (rights.people || (rights.moderators && isModerator)),
  );
}

/** To whom one writes now: the chosen person, else all; undefined while that is nobody. */
export function addressee(state: MeetingState, chosen: string | undefined): 'everyone' | Participant | undefined {
  const people = writableTo(state);
  const person = people.find(({ id }) => id === chosen);
  return person ?? (chatRightsOf(state).everyone ? 'everyone' : people[0]);
}

/** Whether anything may be said about a message: what answers, changes or takes it back goes where it was said. */
export function mayReferTo(state: MeetingState, { privateWith }: Message): boolean {
  if (privateWith === undefined) return chatRightsOf(state).everyone;
  return writableTo(state).some(({ id }) => id === privateWith.id);
}

/** Why there is no field, or a narrower one; undefined where everybody writes. */
export function chatHint(state: MeetingState): string | undefined {
  const { everyone, people, moderators } = chatRightsOf(state);
  if (everyone) return undefined;
  if (people) return t('chat.whispers');
  if (!moderators) return t('chat.off');
  return t(writableTo(state).length === 0 ? 'chat.nobody-to-ask' : 'chat.questions');
}

/** Tells people when moderators close the chat to them or open it again. */
export function noteChatRights(session: Session, before: MeetingState, after: MeetingState): void {
  const mode = chatModeOf(after.permissions);
  if (after.self.isModerator || after.phase.name !== 'joined' || mode === chatModeOf(before.permissions)) return;
  const text = t(NOTICES[mode]);
  // In the open chat a line says so for as long as it is true.
  if (session.panel.peek() === 'chat' && mode !== 'everyone') announce(text);
  else session.toasts.show(text);
}

const NOTICES = {
  everyone: 'chat.now-everyone',
  questions: 'chat.now-questions',
  off: 'chat.now-off',
} as const satisfies Record<ChatMode, string>;
