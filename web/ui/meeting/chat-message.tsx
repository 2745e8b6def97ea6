import type { ChatEntry, ChatReaction } from '../../client/meeting-types.ts';
import { formatClock, formatList } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { VerifiedMark } from '../parts/matrix-id.tsx';
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx';
import { MessageText } from '../parts/message-text.tsx';
import { mayReferTo } from './chat-rights.ts';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

export type Message = Extract<ChatEntry, { type: 'message' }>;

/** Offered at once; those that somebody else has used are a press away beneath the message. */
const QUICK_REACTIONS = ['👍', '❤️', '😂', '😮', '😢', '👏'] as const;
/** How much of a message an answer to it repeats. */
const QUOTE_LENGTH = 160;

interface MessageProps {
  message: Message;
  /** The message that this one answers, if it is here. */
  answered: Message | undefined;
  isContinued: boolean;
  session: Session;
}

export function MessageView({ message, answered, isContinued, session }: MessageProps) {
  const name = nameOf(message.fromName);
  const { privateWith, delivery, isRetracted } = message;
  const { self, participants } = session.state.value;
  const picture = [self, ...participants].find(({ id }) => id === message.from)?.pictureUrl;
  const mayRefer = mayReferTo(session.state.value, message);
  const hasActions = delivery === 'sent' && !isRetracted && message.messageId !== undefined && mayRefer;
  const classes = ['message', privateWith && 'is-private', isContinued && 'is-continued'];
  return (
    <article id={elementId(message)} class={classes.filter(Boolean).join(' ')} aria-label={name} tabIndex={-1}>
      {!isContinued && <Avatar id={message.from ?? message.fromName} name={name} size="s" picture={picture} />}
      {privateWith && (
        <p class="message-private">
          <Icon name="lock" size="s" />
          <span>
            <Text k="chat.private-with" args={{ name: nameOf(privateWith.name) }} />
          </span>
        </p>
      )}
      {!isContinued && (
        <p class="message-who">
          <bdi class="cut">{message.isOwn ? t('tile.you') : name}</bdi>
          {message.fromMatrixId !== undefined && <VerifiedMark id={message.fromMatrixId} />}
          <time dateTime={new Date(message.atMs).toISOString()}>{formatClock(message.atMs)}</time>
        </p>
      )}
      {isRetracted ? (
        <p class="message-gone">{t('chat.deleted')}</p>
      ) : (
        <>
          {message.replyTo !== undefined && <Quote answered={answered} />}
          <MessageText text={message.text} />
          {message.isEdited && <p class="message-edited">{t('chat.edited')}</p>}
          <Reactions message={message} session={session} mayReact={mayRefer} />
        </>
      )}
      {delivery === 'failed' && !isRetracted && (
        <p class="message-failed">
          <Icon name="triangle-alert" size="s" />
          {t('chat.not-sent')}
          <button type="button" class="link-button" onClick={() => session.meeting.chat.resend(message.id)}>
            {t('common.try-again')}
          </button>
        </p>
      )}
      {hasActions && (
        <MenuButton
          label={t('chat.actions', { name: message.isOwn ? t('tile.you') : name, text: excerpt(message.text) })}
          className="icon-button message-more"
          side="below"
          align="end"
          entries={() => messageMenu(session, message)}
        >
          <Icon name="ellipsis" />
        </MenuButton>
      )}
    </article>
  );
}

/** What is answered; pressing leads there. */
function Quote({ answered }: { answered: Message | undefined }) {
  if (!answered) return <p class="message-quote">{t('chat.reply-unknown')}</p>;
  const name = answered.isOwn ? t('tile.you') : nameOf(answered.fromName);
  const text = answered.isRetracted ? t('chat.deleted') : excerpt(answered.text);
  return (
    <button
      type="button"
      class="message-quote"
      aria-description={t('chat.show-answered')}
      onClick={() => showMessage(answered)}
    >
      <b class="cut">
        <bdi>{name}</bdi>
      </b>
      <span class="message-quote-text" dir="auto">
        {text}
      </span>
    </button>
  );
}

function Reactions({ message, session, mayReact }: { message: Message; session: Session; mayReact: boolean }) {
  if (message.reactions.length === 0) return null;
  const { id } = session.state.value.self;
  return (
    <ul class="reactions" aria-label={t('chat.reactions')}>
      {message.reactions.map((reaction) => {
        const names = namesOf(reaction, id);
        return (
          <li key={reaction.emoji}>
            <button
              type="button"
              class="reaction"
              disabled={!mayReact}
              aria-pressed={isFrom(reaction, id)}
              aria-label={t('chat.reaction', { emoji: reaction.emoji, count: reaction.by.length, names })}
              data-tip={names}
              onClick={() => void session.tell(session.meeting.chat.toggleReaction(message.id, reaction.emoji))}
            >
              <span>{reaction.emoji}</span>
              <span>{reaction.by.length}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function namesOf({ by }: ChatReaction, ownId: string): string {
  return formatList(by.map((person) => (person.id === ownId ? t('tile.you') : nameOf(person.name))));
}

function isFrom({ by }: ChatReaction, id: string): boolean {
  return by.some((person) => person.id === id);
}

function messageMenu(session: Session, message: Message): readonly MenuEntry[] {
  const { chat } = session.meeting;
  const { self } = session.state.peek();
  const entries: MenuEntry[] = [
    {
      kind: 'row',
      label: t('chat.react'),
      items: QUICK_REACTIONS.map((emoji) => ({
        label: t('chat.react-with', { emoji }),
        text: emoji,
        isChosen: message.reactions.some((one) => one.emoji === emoji && isFrom(one, self.id)),
        onSelect: () => void session.tell(chat.toggleReaction(message.id, emoji)),
      })),
    },
    {
      kind: 'action',
      label: t('chat.reply'),
      icon: 'reply',
      onSelect: () => session.chatTask.begin({ kind: 'reply', id: message.id }),
    },
  ];
  if (message.isOwn) {
    entries.push({
      kind: 'action',
      label: t('chat.edit'),
      icon: 'pencil',
      onSelect: () => session.chatTask.begin({ kind: 'edit', id: message.id }),
    });
  }
  if (message.isOwn || (self.isModerator && message.privateWith === undefined)) {
    entries.push({
      kind: 'action',
      label: t('chat.delete'),
      icon: 'trash-2',
      isDanger: true,
      onSelect: () => {
        // The button that has the focus goes with the text.
        document.getElementById(elementId(message))?.focus();
        void session.tell(chat.retract(message.id));
      },
    });
  }
  return entries;
}

function elementId(message: Message): string {
  return `message-${message.id}`;
}

function showMessage(message: Message): void {
  const element = document.getElementById(elementId(message));
  element?.scrollIntoView({ block: 'center' });
  element?.focus({ preventScroll: true });
}

/** The beginning of a message on one line. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ');
  return line.length > QUOTE_LENGTH ? `${line.slice(0, QUOTE_LENGTH)}…` : line;
}
