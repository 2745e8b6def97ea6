import { signal } from '@preact/signals';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | undefined;
}

const MAX_QUEUE = 3;
const SHOWN_MS = 5000;
const SHOWN_WITH_ACTION_MS = 8000;

/** Short notices, one at a time, never the only place of something needed (design §4, Toast). */
export class Toasts {
  readonly current = signal<Toast | undefined>(undefined);
  private queue: Toast[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private nextId = 1;

  /** @returns a function that takes this notice back. */
  show(text: string, action?: Toast['action']): () => void {
    const toast: Toast = { id: this.nextId++, text, action };
    if (this.queue.every((waiting) => waiting.text !== text) && this.current.peek()?.text !== text) {
      this.queue = [...this.queue, toast].slice(-MAX_QUEUE);
      if (!this.current.peek()) this.next();
    }
    return () => this.dismiss(toast.id);
  }

  /** While it is hovered or focused a notice stays. */
  hold(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    const { current } = this;
    if (current.peek()) this.startTimer();
  }

  dismiss(id: number): void {
    this.queue = this.queue.filter((toast) => toast.id !== id);
    if (this.current.peek()?.id === id) this.next();
  }

  close(): void {
    clearTimeout(this.timer);
    this.queue = [];
    this.current.value = undefined;
  }

  private next(): void {
    clearTimeout(this.timer);
    this.current.value = this.queue.shift();
    if (this.current.peek()) this.startTimer();
  }

  private startTimer(): void {
    clearTimeout(this.timer);
    const shownMs = this.current.peek()?.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS;
    this.timer = setTimeout(() => this.next(), shownMs);
  }
}
