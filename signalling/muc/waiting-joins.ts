import type { JoinRequest } from './join.ts';

interface Waiting {
  readonly request: JoinRequest;
  readonly timer: NodeJS.Timeout;
}

/** Those who knocked before the focus was in the room; people never enter before it (wire note §4.1). */
export class WaitingJoins {
  readonly #timeoutMs: number;
  readonly #byRoom = new Map<string, Map<string, Waiting>>();
  readonly #countByJid = new Map<string, number>();

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /** How many rooms a session waits for. */
  countOf(jid: string): number {
    return this.#countByJid.get(jid) ?? 0;
  }

  sizeOf(room: string): number {
    return this.#byRoom.get(room)?.size ?? 0;
  }

  /** @param expired called when the focus has not come in time. */
  add(room: string, request: JoinRequest, expired: () => void): void {
    const { jid } = request.sender;
    this.cancel(room, jid);
    const timer = setTimeout(() => {
      this.cancel(room, jid);
      expired();
    }, this.#timeoutMs);
    timer.unref();
    const waiting = this.#byRoom.get(room) ?? new Map<string, Waiting>();
    waiting.set(jid, { request, timer });
    this.#byRoom.set(room, waiting);
    this.#countByJid.set(jid, this.countOf(jid) + 1);
  }

  /** All who wait for a room, in the order they came; they wait no longer. */
  take(room: string): JoinRequest[] {
    const waiting = [...(this.#byRoom.get(room)?.values() ?? [])];
    for (const { request } of waiting) this.cancel(room, request.sender.jid);
    return waiting.map(({ request }) => request);
  }

  cancel(room: string, jid: string): void {
    const waiting = this.#byRoom.get(room);
    const entry = waiting?.get(jid);
    if (waiting === undefined || entry === undefined) return;
    clearTimeout(entry.timer);
    waiting.delete(jid);
    if (waiting.size === 0) this.#byRoom.delete(room);
    const left = this.countOf(jid) - 1;
    if (left === 0) this.#countByJid.delete(jid);
    else this.#countByJid.set(jid, left);
  }

  /** The session is gone. */
  cancelAll(jid: string): void {
    if (this.countOf(jid) === 0) return;
    for (const room of [...this.#byRoom.keys()]) this.cancel(room, jid);
  }
}
