import { Emitter } from '#protocol/emitter.ts';
import type { Trouble } from '../meeting-types.ts';
import {
  CONNECT_WITHIN_MS,
  FAILURES_TO_TELL,
  ICE_RESTART_AFTER_MS,
  ICE_RESTART_WITHIN_MS,
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
  /** Ask the focus for new ICE credentials in the session that there is. */
  'ice-restart': [];
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
  /** Counts what was begun: an answer that comes after the next thing was begun is of no interest any more. */
  #turn = 0;
  /** Media flowed in this session, and no restart of ICE was asked for since. */
  #mayRestartIce = false;
  #awaitsSignalling = false;
  /** New sessions in a row that failed, since media last flowed. */
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
    this.#mayRestartIce = false;
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

  /** Another network, signalling is back or the device was asleep: whether packets still come is worth a look. */
  networkChanged(): void {
    if (this.#awaitsSignalling) this.#schedule(0, () => this.#act());
    if (this.#media === undefined || !this.#mayRestartIce || this.#sinceMs !== undefined) return;
    this.#cancel();
    void this.#awaitLife(this.#media, ICE_RESTART_AFTER_MS);
  }

  /** The restart of ICE that was asked for will not come. */
  iceRestartRefused(): void {
    if (this.#media !== undefined && this.#sinceMs !== undefined) this.#failed('ICE was not restarted');
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
      this.#cancel();
      this.#recovered();
    } else if (state === 'failed') {
      this.#failed('ICE found no way to the bridge');
    } else if (state === 'disconnected') {
      this.#sinceMs ??= performance.now();
      this.emit('trouble', { code: 'media-interrupted', sinceMs: this.#sinceMs });
      this.#cancel();
      void this.#awaitLife(media, this.#mayRestartIce ? ICE_RESTART_AFTER_MS : SILENCE_LIMIT_MS);
    }
  }

  /** Firefox says `disconnected` long after packets flow again: judge by packets (decisions.md, "Tests with media"). */
  async #awaitLife(
    media: WatchedMedia,
    limitMs: number,
    lastSigns?: number,
    silentSinceMs = performance.now(),
  ): Promise<void> {
    const turn = this.#turn;
    const lifeSigns = await media.lifeSigns();
    if (turn !== this.#turn) return;
    const now = performance.now();
    const isAlive = lastSigns !== undefined && lifeSigns > lastSigns;
    if (isAlive) this.#recovered();
    // The browser tells when it loses the connection again, but says nothing while it has not found it.
    if (isAlive && media.connectionState !== 'disconnected') return;
    const since = isAlive ? now : silentSinceMs;
    if (now - since > limitMs) this.#failed('no packets came any more');
    else this.#schedule(SILENCE_CHECK_MS, () => void this.#awaitLife(media, limitMs, lifeSigns, since));
  }

  #recovered(): void {
    this.#failures = 0;
    this.#sinceMs = undefined;
    this.#mayRestartIce = true;
    this.emit('trouble', undefined);
  }

  #failed(details: string): void {
    this.#sinceMs ??= performance.now();
    const sinceMs = this.#sinceMs;
    if (this.#mayRestartIce) {
      this.emit('trouble', { code: 'media-interrupted', sinceMs });
      this.#schedule(0, () => this.#act());
      return;
    }
    this.#failures += 1;
    this.emit(
      'trouble',
      this.#failures < FAILURES_TO_TELL
        ? { code: 'media-interrupted', sinceMs }
        : { code: 'media-failed', sinceMs, details },
    );
    this.#schedule(recoveryStep(this.#failures).afterMs, () => this.#act());
  }

  #act(): void {
    const turn = this.#turn;
    void (async () => {
      const isSignallingAlive = await this.#isSignallingAlive();
      // Media came back by itself meanwhile, or the session ended.
      if (turn !== this.#turn) return;
      // While signalling is down a restart cannot be asked for; its own recovery comes first.
      if (!isSignallingAlive) {
        this.#schedule(SILENCE_CHECK_MS, () => this.#act());
        this.#awaitsSignalling = true;
        return;
      }
      if (this.#media !== undefined && this.#mayRestartIce) {
        this.#mayRestartIce = false;
        void this.#awaitLife(this.#media, ICE_RESTART_WITHIN_MS);
        this.emit('ice-restart');
        return;
      }
      this.#schedule(OFFER_WITHIN_MS, () => this.#failed('no new session was offered'));
      this.emit(recoveryStep(Math.max(this.#failures, 1)).step);
    })();
  }

  #schedule(afterMs: number, task: () => void): void {
    this.#cancel();
    this.#timer = setTimeout(task, afterMs);
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#awaitsSignalling = false;
  }

  #release(): void {
    this.#cancel();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#media = undefined;
  }
}
