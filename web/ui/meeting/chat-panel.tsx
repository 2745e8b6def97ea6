import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChatEntry } from '../../client/meeting-types.ts';
import { formatClock, formatDay } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { Avatar } from '../parts/avatar.tsx';
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx';
import { MessageText } from '../parts/message-text.tsx';
import { Panel } from '../parts/panel.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** Longer messages are refused by the server (its stanza limit); the field stops well before. */
const MAX_MESSAGE_LENGTH = 4000;
/** Messages of one person this close share one heading. */
const SAME_BREATH_MS = 120_000;
/** So near the end one wants to see what comes. */
const AT_END_PX = 60;

type Message = Extract<ChatEntry, { type: 'message' }>;

export function ChatPanel({ session }: { session: Session }) {
  const close = () => {
    session.panel.value = undefined;
  };
  return (
    <Panel
      title={t('tool.chat')}
      className="panel-chat"
      onClose={close}
      hasOwnFocus
      footer={<Composer session={session} />}
    >
      <Log session={session} />
    </Panel>
  );
}

function Log({ session }: { session: Session }) {
  const list = useRef<HTMLDivElement>(null);
  const wasAtEnd = useRef(true);
  const { chat } = session.state.value;
  // What was unseen when the panel opened stays marked until it closes.
  const [firstNew] = useState(() => firstUnread(chat, session.unread.peek()));

  useEffect(() => {
    session.unread.value = 0;
    const element = list.current;
    if (element && wasAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [chat]);

  return (
    <div
      ref={list}
      class="panel-body chat-log"
      role="log"
      aria-label={t('chat.log')}
      // Spoken by the announcer, which also works while the panel is closed.
      aria-live="off"
      tabIndex={0}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        wasAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
    >
      {chat.every((entry) => entry.type === 'notice') && <p class="chat-empty hint">{t('chat.empty')}</p>}
      {chat.map((entry, index) => (
        <Entry
          key={entry.id}
          entry={entry}
          before={chat[index - 1]}
          isFirstNew={entry.id === firstNew}
          session={session}
        />
      ))}
    </div>
  );
}

function firstUnread(chat: readonly ChatEntry[], unread: number): string | undefined {
  if (unread === 0) return undefined;
  const foreign = chat.filter((entry) => entry.type === 'message' && !entry.isOwn);
  return foreign.length > unread ? foreign[foreign.length - unread]?.id : undefined;
}

interface EntryProps {
  entry: ChatEntry;
  before: ChatEntry | undefined;
  isFirstNew: boolean;
  session: Session;
}

function Entry({ entry, before, isFirstNew, session }: EntryProps) {
  const day = formatDay(entry.atMs, Date.now());
  const isNewDay = before === undefined || formatDay(before.atMs, Date.now()) !== day;
  return (
    <>
      {isNewDay && <p class="chat-day">{day}</p>}
      {isFirstNew && (
        <p class="chat-new">
          <span>{t('chat.new')}</span>
        </p>
      )}
      {entry.type === 'notice' ? (
        <p class="chat-day">
          <Text k={`chat.${entry.notice}`} args={{ name: nameOf(entry.name) }} />
        </p>
      ) : (
        <MessageView
          message={entry}
          isContinued={!isNewDay && !isFirstNew && continues(entry, before)}
          session={session}
        />
      )}
    </>
  );
}

function continues(message: Message, before: ChatEntry | undefined): boolean {
  return (
    before?.type === 'message' &&
    before.from === message.from &&
    before.fromName === message.fromName &&
    !before.privateWith &&
    !message.privateWith &&
    message.atMs - before.atMs < SAME_BREATH_MS
  );
}

interface MessageProps {
  message: Message;
  isContinued: boolean;
  session: Session;
}

function MessageView({ message, isContinued, session }: MessageProps) {
  const name = nameOf(message.fromName);
  const { privateWith, delivery } = message;
  const classes = ['message', privateWith && 'is-private', isContinued && 'is-continued'];
  return (
    <article class={classes.filter(Boolean).join(' ')} aria-label={name}>
      {!isContinued && <Avatar id={message.from ?? message.fromName} name={name} size="s" />}
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
          <time dateTime={new Date(message.atMs).toISOString()}>{formatClock(message.atMs)}</time>
        </p>
      )}
      <MessageText text={message.text} />
      {delivery === 'failed' && (
        <p class="message-failed">
          <Icon name="triangle-alert" size="s" />
          {t('chat.not-sent')}
          <button type="button" class="link-button" onClick={() => session.meeting.resendChat(message.id)}>
            {t('common.try-again')}
          </button>
        </p>
      )}
    </article>
  );
}

function Composer({ session }: { session: Session }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const to = session.chatTo.value;
  const person = session.state.value.participants.find((candidate) => candidate.id === to);
  useEffect(() => {
    // A phone's keyboard would cover what one came to read.
    if (!matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, [to]);

  const send = () => {
    const text = field.current?.value.trim() ?? '';
    if (text === '' || !field.current) return;
    session.meeting.sendChat(text, to);
    field.current.value = '';
    grow(field.current);
    field.current.focus();
  };

  return (
    <>
      <div class="chat-to">
        <span aria-hidden="true">{t('chat.to')}</span>
        <MenuButton
          label={t('chat.to-label', { name: person ? nameOf(person.displayName) : t('chat.everyone') })}
          className={person ? 'pill pill-button is-private' : 'pill pill-button'}
          align="start"
          entries={() => recipients(session)}
        >
          <Icon name={person ? 'lock' : 'users'} size="s" />
          <bdi class="cut">{person ? nameOf(person.displayName) : t('chat.everyone')}</bdi>
          <Icon name="chevron-down" size="s" />
        </MenuButton>
      </div>
      <form
        class={person ? 'composer is-private' : 'composer'}
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <textarea
          ref={field}
          rows={1}
          maxLength={MAX_MESSAGE_LENGTH}
          aria-label={t('chat.write')}
          placeholder={t('chat.write')}
          dir="auto"
          enterkeyhint="send"
          onInput={(event) => grow(event.currentTarget)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button type="submit" class="icon-button composer-send" aria-label={t('chat.send')}>
          <Icon name="send" />
        </button>
      </form>
    </>
  );
}

function recipients(session: Session): readonly MenuEntry[] {
  const to = session.chatTo.peek();
  const choose = (id: string | undefined) => () => {
    session.chatTo.value = id;
  };
  return [
    { kind: 'choice', label: t('chat.everyone'), isChosen: to === undefined, onSelect: choose(undefined) },
    ...session.state.peek().participants.map((person): MenuEntry => ({
      kind: 'choice',
      label: nameOf(person.displayName),
      isChosen: person.id === to,
      onSelect: choose(person.id),
    })),
  ];
}

/** As high as its text, up to the limit in CSS. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
