import { signal } from '@preact/signals';

/** What the next message is for, besides being said: entry ids. */
export type ChatTaskKind = { readonly kind: 'reply' | 'edit'; readonly id: string };

/** What one is about to write: something new, an answer, or a message anew. */
export class ChatTask {
  readonly current = signal<ChatTaskKind | undefined>(undefined);

  begin(task: ChatTaskKind): void {
    this.current.value = task;
  }

  end(): void {
    this.current.value = undefined;
  }
}
