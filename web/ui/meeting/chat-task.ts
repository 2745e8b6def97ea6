import { signal } from '@preact/signals';

/** What the next message is for, besides being said: entry ids. */
export type ChatTaskKind = { readonly kind: 'reply' | 'edit'; readonly id: string };

/**
 * What one is about to write: something new, an answer, or a message anew. What is not sent yet is kept while the chat is
 * closed, for each addressee by itself: what was meant for one person shall not go to all.
 */
export class ChatTask {
  readonly current = signal<ChatTaskKind | undefined>(undefined);
  /** By addressee or edited message. */
  private readonly drafts = new Map<string, string>();

  begin(task: ChatTaskKind): void {
    this.end();
    this.current.value = task;
  }

  /** Done or given up; a changed message is forgotten, what was begun as a new one is not. */
  end(): void {
    const task = this.current.peek();
    if (task?.kind === 'edit') this.drafts.delete(placeOfEdit(task.id));
    this.current.value = undefined;
  }

  /** Text that was begun there, if some was. */
  draft(place: string): string | undefined {
    return this.drafts.get(place);
  }

  keepDraft(place: string, text: string): void {
    if (text === '') this.drafts.delete(place);
    else this.drafts.set(place, text);
  }
}

/**
 * What belongs together is written in one place.
 * @param to endpoint id; undefined: everyone
 * @param room of everyone: the breakout room, undefined in the main room
 */
export function placeOfDraft(task: ChatTaskKind | undefined, to: string | undefined, room: string | undefined): string {
  if (task?.kind === 'edit') return placeOfEdit(task.id);
  return to === undefined ? `everyone ${room ?? ''}` : `person ${to}`;
}

function placeOfEdit(id: string): string {
  return `edit ${id}`;
}
