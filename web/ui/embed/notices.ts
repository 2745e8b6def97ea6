import { ownFields } from '#protocol/iframe-api/own-fields.ts';
import type { WireEvent } from '#protocol/iframe-api/events.ts';
import type { Toasts } from '../meeting/toasts.ts';

const MAX_TEXT_LENGTH = 300;
/** Notices go by themselves; more are not remembered. */
const MAX_REMEMBERED = 20;

type Tell = (name: WireEvent, fields: Readonly<Record<string, unknown>>) => void;

/** What the embedding page wants people in the meeting to read (`showNotification`), by its own names for it. */
export class Notices {
  readonly #tell: Tell;
  readonly #withdrawals = new Map<string, () => void>();

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  /** @param wish `{ title, description, uid, customActions: [{ label, uuid }] }`; of the actions the first is offered */
  show(toasts: Toasts, wish: unknown): void {
    const fields = ownFields(wish);
    const [title, description] = [textOf(fields['title']), textOf(fields['description'])];
    const text = [title, description].filter((part) => part !== '').join(': ');
    if (text === '') return;
    const actions: unknown = fields['customActions'];
    const { label, uuid } = ownFields(Array.isArray(actions) ? actions[0] : undefined);
    const action = textOf(label) === '' ? undefined : { label: textOf(label), run: () => this.#pressed(uuid) };
    this.#remember(textOf(fields['uid']), toasts.show(text, action));
    this.#tell('notification-triggered', { title, description });
  }

  hide(uid: unknown): void {
    this.#withdrawals.get(textOf(uid))?.();
    this.#withdrawals.delete(textOf(uid));
  }

  #pressed(uuid: unknown): void {
    this.#tell('custom-notification-action-triggered', { data: { id: textOf(uuid) } });
  }

  #remember(uid: string, withdraw: () => void): void {
    if (uid === '') return;
    this.#withdrawals.delete(uid);
    this.#withdrawals.set(uid, withdraw);
    const [oldest] = this.#withdrawals.keys();
    if (this.#withdrawals.size > MAX_REMEMBERED && oldest !== undefined) this.#withdrawals.delete(oldest);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().slice(0, MAX_TEXT_LENGTH) : '';
}
