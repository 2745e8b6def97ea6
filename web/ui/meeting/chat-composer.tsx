import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { chatRightsOf } from '../../client/moderation/chat-rights.ts';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { MenuButton, type MenuEntry } from '../parts/menu-button.tsx';
import { excerpt, type Message } from './chat-message.tsx';
import { addressee, chatHint, mayReferTo, writableTo } from './chat-rights.ts';
import { placeOfDraft } from './chat-task.ts';
import { nameOf } from './people.ts';
import type { Session } from './session.ts';

/** Longer messages are refused by the server (its stanza limit); the field stops well before. */
const MAX_MESSAGE_LENGTH = 4000;

export function Composer({ session }: { session: Session }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const task = session.chatTask.current.value;
  const about = task && messageOf(session, task.id);
  // Answers go where the message was said; nobody changes to whom a message went.
  const state = session.state.value;
  const receiver = addressee(state, session.chatTo.value);
  const person = receiver === 'everyone' ? undefined : receiver;
  const to = about ? about.privateWith?.id : person?.id;
  const isPrivate = to !== undefined;
  const hint = chatHint(state);

  useEffect(() => {
    // Begun as a question it stays one, even if the chat opens to everyone meanwhile.
    if (person !== undefined && session.chatTo.peek() === undefined) session.chatTo.value = person.id;
  }, [person?.id]);

  // Both before anything can be typed: it would be a shortcut, be lost, or be sent in place of the message.
  useLayoutEffect(() => {
    // A phone's keyboard would cover what one came to read.
    if (task !== undefined || !matchMedia('(pointer: coarse)').matches) field.current?.focus();
  }, [to, task]);

  const isEdit = task?.kind === 'edit';
  const place = placeOfDraft(task, to, state.breakout.current);
  useLayoutEffect(() => {
    const text = session.chatTask.draft(place) ?? (isEdit ? about?.text : undefined);
    if (field.current) write(field.current, text ?? '');
  }, [place, receiver === undefined]);

  const send = () => {
    const element = field.current;
    const text = element?.value.trim() ?? '';
    if (text === '' || !element) return;
    const { chat } = session.meeting;
    element.focus();
    if (isEdit) {
      if (about && text !== about.text) void session.tell(chat.edit(task.id, text));
    } else {
      chat.send(text, { to, replyTo: about?.messageId });
      write(element, '');
      session.chatTask.keepDraft(place, '');
    }
    session.chatTask.end();
  };

  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLTextAreaElement }) => {
    if (event.key === 'Escape' && task) {
      event.preventDefault();
      event.stopPropagation();
      session.chatTask.end();
    } else if (event.key === 'ArrowUp' && !task && event.currentTarget.value === '') {
      const last = lastOwn(session);
      if (!last) return;
      event.preventDefault();
      session.chatTask.begin({ kind: 'edit', id: last.id });
    } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    }
  };

  if (receiver === undefined) return <Hint text={hint} />;
  return (
    <>
      {hint !== undefined && <Hint text={hint} />}
      {about ? (
        <TaskView session={session} about={about} isEdit={isEdit} />
      ) : (
        <Recipient session={session} name={person && nameOf(person.displayName)} />
      )}
      <form
        class={isPrivate ? 'composer is-private' : 'composer'}
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
          onInput={(event) => {
            grow(event.currentTarget);
            session.chatTask.keepDraft(place, event.currentTarget.value);
          }}
          onKeyDown={onKeyDown}
        />
        <button type="submit" class="icon-button composer-send" aria-label={t(isEdit ? 'chat.save' : 'chat.send')}>
          <Icon name={isEdit ? 'check' : 'send'} />
        </button>
      </form>
    </>
  );
}

/** Why one cannot write, or not to everyone. */
function Hint({ text }: { text: string | undefined }) {
  return (
    <p class="icon-line chat-hint">
      <Icon name="info" size="m" />
      <span>{text}</span>
    </p>
  );
}

function Recipient({ session, name }: { session: Session; name: string | undefined }) {
  return (
    <div class="chat-to">
      <span aria-hidden="true">{t('chat.to')}</span>
      <MenuButton
        label={t('chat.to-label', { name: name ?? t('chat.everyone') })}
        className={name === undefined ? 'pill pill-button' : 'pill pill-button is-private'}
        align="start"
        entries={() => recipients(session)}
      >
        <Icon name={name === undefined ? 'users' : 'lock'} size="s" />
        <bdi class="cut">{name ?? t('chat.everyone')}</bdi>
        <Icon name="chevron-down" size="s" />
      </MenuButton>
    </div>
  );
}

/** Which message one answers or writes anew, and the way out. */
function TaskView({ session, about, isEdit }: { session: Session; about: Message; isEdit: boolean }) {
  const name = about.isOwn ? t('tile.you') : nameOf(about.fromName);
  return (
    <div class="chat-task">
      <Icon name={isEdit ? 'pencil' : about.privateWith ? 'lock' : 'reply'} size="s" />
      <p class="message-quote">
        <b class="cut">{isEdit ? t('chat.editing') : t('chat.replying', { name })}</b>
        <span class="message-quote-text" dir="auto">
          {excerpt(about.text)}
        </span>
      </p>
      <button
        type="button"
        class="icon-button"
        aria-label={t(isEdit ? 'chat.cancel-edit' : 'chat.cancel-reply')}
        onClick={() => session.chatTask.end()}
      >
        <Icon name="x" />
      </button>
    </div>
  );
}

function messageOf(session: Session, id: string): Message | undefined {
  const entry = session.state.value.chat.find((one) => one.id === id);
  if (entry?.type !== 'message' || entry.isRetracted) return undefined;
  return mayReferTo(session.state.value, entry) ? entry : undefined;
}

function lastOwn(session: Session): Message | undefined {
  return session.state
    .peek()
    .chat.findLast(
      (entry): entry is Message =>
        entry.type === 'message' &&
        entry.isOwn &&
        !entry.isRetracted &&
        entry.delivery === 'sent' &&
        mayReferTo(session.state.peek(), entry),
    );
}

function recipients(session: Session): readonly MenuEntry[] {
  const state = session.state.peek();
  const receiver = addressee(state, session.chatTo.peek());
  const choose = (id: string | undefined) => () => {
    session.chatTo.value = id;
  };
  const everyone: MenuEntry = {
    kind: 'choice',
    label: t('chat.everyone'),
    isChosen: receiver === 'everyone',
    onSelect: choose(undefined),
  };
  return [
    ...(chatRightsOf(state).everyone ? [everyone] : []),
    ...writableTo(state).map((person): MenuEntry => ({
      kind: 'choice',
      label: nameOf(person.displayName),
      isChosen: person === receiver,
      onSelect: choose(person.id),
    })),
  ];
}

function write(field: HTMLTextAreaElement, text: string): void {
  field.value = text;
  grow(field);
}

/** As high as its text, up to the limit in CSS. */
function grow(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
