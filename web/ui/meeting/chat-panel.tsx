import { useEffect, useRef, useState } from 'preact/hooks';
import type { ChatEntry } from '../../client/meeting-types.ts';
import { formatDay } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { Panel } from '../parts/panel.tsx';
import { rovingFocus } from '../parts/roving-focus.ts';
import { Composer } from './chat-composer.tsx';
import { MessageView, type Message } from './chat-message.tsx';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** Messages of one person this close share one heading. */
const SAME_BREATH_MS = 120_000;
/** So near the end one wants to see what comes. */
const AT_END_PX = 60;
const MORE = '.message-more';

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
      actions={
        <button
          type="button"
          class="icon-button"
          aria-label={t('tool.polls')}
          data-tip={t('tool.polls')}
          onClick={() => {
            session.panel.value = 'polls';
          }}
        >
          <Icon name="chart-column" />
        </button>
      }
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
    if (!element) return;
    if (wasAtEnd.current) element.scrollTop = element.scrollHeight;
    if (!element.contains(document.activeElement)) stopAtLast(element);
  }, [chat]);
  useEffect(() => (list.current ? rovingFocus(list.current, MORE, 'vertical') : undefined), []);

  const byMessageId = new Map(chat.flatMap((entry) => (entry.type === 'message' ? [[entry.messageId, entry]] : [])));

  return (
    <div
      ref={list}
      class="panel-body chat-log"
      role="log"
      aria-label={t('chat.log')}
      // Spoken by the announcer, which also works while the panel is closed.
      aria-live="off"
      data-arrows="vertical"
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
          answered={entry.type === 'message' && entry.replyTo ? byMessageId.get(entry.replyTo) : undefined}
          isFirstNew={entry.id === firstNew}
          session={session}
        />
      ))}
    </div>
  );
}

/** Messages have one stop for Tab together; the way back from the field leads to the last one. */
function stopAtLast(list: HTMLElement): void {
  const buttons = [...list.querySelectorAll<HTMLElement>(MORE)];
  for (const button of buttons) button.tabIndex = button === buttons.at(-1) ? 0 : -1;
}

function firstUnread(chat: readonly ChatEntry[], unread: number): string | undefined {
  if (unread === 0) return undefined;
  const foreign = chat.filter((entry) => entry.type === 'message' && !entry.isOwn);
  return foreign.length > unread ? foreign[foreign.length - unread]?.id : undefined;
}

interface EntryProps {
  entry: ChatEntry;
  before: ChatEntry | undefined;
  answered: Message | undefined;
  isFirstNew: boolean;
  session: Session;
}

function Entry({ entry, before, answered, isFirstNew, session }: EntryProps) {
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
          answered={answered}
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
    message.replyTo === undefined &&
    message.atMs - before.atMs < SAME_BREATH_MS
  );
}
