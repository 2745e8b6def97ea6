import type { BridgeLink } from './bridge/bridge-link.ts';
import type { StateStore } from './meeting-state.ts';
import { REACTION_KINDS, type CallReaction, type ReactionControl, type ReactionKind } from './meeting-types.ts';

/** Jitsi's clients send what came within this time of each other together (its `endpoint-reaction`; wire note §4.4). */
const SEND_AFTER_MS = 500;
/** The most that go out together, and the most that one message of another client brings. */
const MAX_TOGETHER = 20;
/** Jitsi's clients show as many at once; older ones make room. */
const MAX_SHOWN = 50;
const SHOWN_MS = 4_000;

/** Reactions to what happens in the call: through the bridge's channel to everybody who is there now. */
export class CallReactions implements ReactionControl {
  readonly #bridge: Pick<BridgeLink, 'say'>;
  readonly #state: StateStore;
  #waiting: ReactionKind[] = [];
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #expiryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(bridge: Pick<BridgeLink, 'say'>, state: StateStore) {
    this.#bridge = bridge;
    this.#state = state;
  }

  send(kind: ReactionKind): void {
    this.#show(this.#state.value.self.id, [kind]);
    this.#waiting.push(kind);
    clearTimeout(this.#sendTimer);
    if (this.#waiting.length >= MAX_TOGETHER) this.#flush();
    else this.#sendTimer = setTimeout(() => this.#flush(), SEND_AFTER_MS);
  }

  /** Takes a message of another endpoint, if it is one of reactions. */
  receive(from: string, payload: Readonly<Record<string, unknown>>): void {
    const isPresent = this.#state.value.participants.some(({ id }) => id === from);
    if (payload['name'] !== 'endpoint-reaction' || !isPresent) return;
    const { reactions } = payload;
    if (!Array.isArray(reactions)) return;
    this.#show(from, reactions.slice(0, MAX_TOGETHER).filter(isKind));
  }

  stop(): void {
    clearTimeout(this.#sendTimer);
    clearTimeout(this.#expiryTimer);
  }

  #flush(): void {
    const reactions = this.#waiting;
    this.#waiting = [];
    if (this.#state.value.participants.length === 0) return;
    this.#bridge.say({ name: 'endpoint-reaction', reactions, timestamp: Date.now() });
  }

  #show(from: string, kinds: readonly ReactionKind[]): void {
    if (kinds.length === 0) return;
    const atMs = performance.now();
    const fresh = kinds.map((kind): CallReaction => ({ id: crypto.randomUUID(), from, kind, atMs }));
    this.#state.patch({ reactions: [...this.#state.value.reactions, ...fresh].slice(-MAX_SHOWN) });
    this.#expiryTimer ??= setTimeout(() => this.#expire(), SHOWN_MS);
  }

  #expire(): void {
    this.#expiryTimer = undefined;
    const nowMs = performance.now();
    const reactions = this.#state.value.reactions.filter(({ atMs }) => nowMs - atMs < SHOWN_MS);
    this.#state.patch({ reactions });
    const next = reactions[0];
    if (next !== undefined) this.#expiryTimer = setTimeout(() => this.#expire(), next.atMs + SHOWN_MS - nowMs);
  }
}

function isKind(value: unknown): value is ReactionKind {
  return REACTION_KINDS.some((kind) => kind === value);
}
