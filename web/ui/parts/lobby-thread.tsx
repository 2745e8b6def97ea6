import { useEffect, useRef } from 'preact/hooks';
import type { LobbyMessage } from '../../client/meeting-types.ts';
import { formatClock } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { Avatar } from './avatar.tsx';
import { MessageText } from './message-text.tsx';

/** Longer texts are cut by those who read them. */
const MAX_MESSAGE_LENGTH = 2000;

/** What moderators and a person who waits have written to each other. */
export function LobbyThread({ label, messages }: { label: string; messages: readonly LobbyMessage[] }) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [messages]);
  return (
    <div ref={list} class="lobby-thread" role="log" aria-label={label} tabIndex={messages.length > 0 ? 0 : undefined}>
      {messages.map((message) => {
        const name = message.fromName === '' ? t('lobby.moderator') : message.fromName;
        return (
          <article key={message.id} class="message" aria-label={name}>
            <Avatar id={name} name={name} size="s" />
            <p class="message-who">
              <bdi class="cut">{message.isOwn ? t('tile.you') : name}</bdi>
              <time dateTime={new Date(message.atMs).toISOString()}>{formatClock(message.atMs)}</time>
            </p>
            <MessageText text={message.text} />
          </article>
        );
      })}
    </div>
  );
}

export function LobbyComposer({ label, onSay }: { label: string; onSay: (text: string) => void }) {
  const field = useRef<HTMLInputElement>(null);
  const send = (event: SubmitEvent) => {
    event.preventDefault();
    const text = field.current?.value.trim() ?? '';
    if (text === '' || !field.current) return;
    onSay(text);
    field.current.value = '';
    field.current.focus();
  };
  return (
    <form class="composer" onSubmit={send}>
      <input
        ref={field}
        maxLength={MAX_MESSAGE_LENGTH}
        aria-label={label}
        placeholder={label}
        dir="auto"
        autocomplete="off"
        enterkeyhint="send"
      />
      <button type="submit" class="icon-button composer-send" aria-label={t('chat.send')}>
        <Icon name="send" />
      </button>
    </form>
  );
}
