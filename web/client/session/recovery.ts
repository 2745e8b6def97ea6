import { Emitter } from '../emitter.ts';
import type { Trouble } from '../meeting-types.ts';
import {
  CONNECT_WITHIN_MS,
  FAILURES_TO_TELL,
  OFFER_WITHIN_MS,
  recoveryStep,
  SILENCE_LIMIT_MS,
} from './recovery-policy.ts';

const SILENCE_CHECK_MS = 1_000;

/** What must be known of a media session to watch it. */
export interface WatchedMedia {
  readonly connectionState: RTCPeerConnectionState;
  /** @returns unsubscribe */
  onConnection(listener: (state: RTCPeerConnectionState) => void): () => void;
  /** Grows with whatever comes from the bridge. */
  lifeSigns(): Promise<number>;
}

export interface RecoveryEvents {
  trouble: [Trouble | undefined];
  /** Ask the focus for a new session. */
  restart: [];
  /** Leave the room and join again. */
  rejoin: [];
}

/** Watches the media of one session after another and says what to do when it does not flow. */
export class MediaRecovery extends Emitter<RecoveryEvents> {
  readonly #isSignallingAlive: () => Promise<boolean>;
  #media: WatchedMedia | undefined;
  #unsubscribe: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** In a row, since media last flowed. */
  #failures = 0;
  #sinceMs: number | undefined;

  constructor(isSignallingAlive: () => Promise<boolean>) {
    super();
    this.#isSignallingAlive = isSignallingAlive;
  }

  /** A session begins. */
  watch(media: WatchedMedia): void {
    this.#release();
    this.#media = media;
    this.#unsubscribe = media.onConnection((state) => this.#changed(media, state));
    this.#schedule(CONNECT_WITHIN_MS, () => this.#failed('ICE or DTLS did not come up'));
  }

  /** The session that was watched is over; `isExpected` when nobody is left to talk to. */
  ended(isExpected: boolean): void {
    this.#release();
    if (isExpected) {
      this.#sinceMs = undefined;
      this.emit('trouble', undefined);
      return;
    }
    this.#sinceMs ??= performance.now();
    this.emit('trouble', { code: 'bridge-moved', sinceMs: this.#sinceMs });
    this.#schedule(OFFER_WITHIN_MS, () => this.#failed('no new session was offered'));
  }

  /** The session could not even be answered. */
  broken(details: string): void {
    this.#release();
    this.#failed(details);
  }

  /** A person does not want to wait. */
  retryNow(): void {
    if (this.#sinceMs === undefined) return;
    this.#failures = 0;
    this.#release();
    this.#act();
  }

  /** No session is left to ask a new one for. */
  rejoin(): void {
    this.emit('rejoin');
  }

  stop(): void {
    this.#release();
  }

  #changed(media: WatchedMedia, state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#timer);
      this.#recovered();
    } else if (state === 'failed') {
      this.#failed('ICE found no way to the bridge');
    } else if (state === 'disconnected') {
      this.#sinceMs ??= performance.now();
      this.emit('trouble', { code: 'media-interrupted', sinceMs: this.#sinceMs });
      void this.#awaitLife(media, undefined, performance.now());
    }
  }

  /** Firefox says `disconnected` long after packets flow again: judge by packets (decisions.md, "Tests with media"). */
  async #awaitLife(media: WatchedMedia, lastSigns: number | undefined, silentSinceMs: number): Promise<void> {
    const lifeSigns = await media.lifeSigns();
    if (this.#media !== media || media.connectionState !== 'disconnected') return;
    const now = performance.now();
    const isAlive = lastSigns !== undefined && lifeSigns > lastSigns;
    if (isAlive) this.#recovered();
    const since = isAlive ? now : silentSinceMs;
    if (now - since > SILENCE_LIMIT_MS) this.#failed('no packets came any more');
    else this.#schedule(SILENCE_CHECK_MS, () => void this.#awaitLife(media, lifeSigns, since));
  }

  #recovered(): void {
    this.#failures = 0;
    this.#sinceMs = undefined;
    this.emit('trouble', undefined);
  }

  #failed(details: string): void {
    this.#failures += 1;
    this.#sinceMs ??= performance.now();
    const sinceMs = this.#sinceMs;
    this.emit(
      'trouble',
      this.#failures < FAILURES_TO_TELL
        ? { code: 'media-interrupted', sinceMs }
        : { code: 'media-failed', sinceMs, details },
    );
    this.#schedule(recoveryStep(this.#failures).afterMs, () => this.#act());
  }

  #act(): void {
    void (async () => {
      // While signalling is down a restart cannot be asked for; its own recovery comes first.
      if (!(await this.#isSignallingAlive())) {
        this.#schedule(SILENCE_CHECK_MS, () => this.#act());
        return;
      }
      if (this.#media?.connectionState === 'connected') {
        this.#recovered();
        return;
      }
      this.emit(recoveryStep(Math.max(this.#failures, 1)).step);
      this.#schedule(OFFER_WITHIN_MS, () => this.#failed('no new session was offered'));
    })();
  }

  #schedule(afterMs: number, task: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(task, afterMs);
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#media = undefined;
  }
}
