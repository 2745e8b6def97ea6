import type { ReadonlySignal } from '@preact/signals';
import type { EndReason } from '../../client/meeting-types.ts';
import type { MessageKey } from '../i18n/messages.ts';
import type { ToolKey } from '../meeting/tool-choice.ts';
import type { EmbeddedAttempt } from './attempt.ts';

/** Whoever shows our page inside its own: it follows the attempts to be in the room, and steers them. */
export interface Embedder {
  /** Follows this attempt and lets it be steered. @returns stop */
  attach(attempt: EmbeddedAttempt): () => void;
  /** A button that it wants to know about was pressed. */
  toolPressed(key: ToolKey, preventExecution: boolean): void;
}

/** Who can say who this person is. It is asked when the person wants to go in, and not before. */
export interface Voucher {
  /** One comes as a guest, since nobody vouches. Then one chooses one's name. */
  readonly isGuest: ReadonlySignal<boolean>;
  /** What the person should know about that before joining. */
  readonly notice: ReadonlySignal<MessageKey | undefined>;
  vouch(): Promise<Vouched>;
  /** The server does not take the token (any more). */
  tokenRefused(): void;
}

export type Vouched =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'guest' }
  /** Things are not as the person thought when it pressed Join: it decides again. */
  | { readonly kind: 'asks-again' }
  | { readonly kind: 'refused'; readonly reason: EndReason };
