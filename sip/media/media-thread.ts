import { EventEmitter, once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LegOptions } from './leg/leg.ts';
import { MediaError } from './media-error.ts';
import type { MediaFigures } from './media-figures.ts';
import { PhoneLeg } from './phone-leg.ts';
import { RoomMixer } from './room-mixer.ts';
import type { FromMediaThread, MediaThreadOptions, ToMediaThread } from './thread-messages.ts';

const ENTRY = new URL('./media-worker.ts', import.meta.url);

export interface MediaSettings {
  /** Address that phones' sockets bind. */
  readonly address: string;
  /** Even ports take a leg's RTP, the odd one above its RTCP. `first: 0` for any that are free. */
  readonly ports: { readonly first: number; readonly last: number };
  /** Address that rooms' sockets bind, on free ports; the sfu sends there. */
  readonly roomAddress: string;
  /** After so long without RTP a leg tells that its phone is silent, and that there is no hope. */
  readonly silenceWarnMs?: number;
  readonly silenceEndMs?: number;
}

export interface MediaThreadEvents {
  /** It ended without having been told to; all legs and rooms are closed. */
  died: [error: unknown];
  /** A mistake of ours that ended no call. */
  bug: [error: unknown];
}

/** Carries the sound of all calls in a thread of its own: sockets, codecs, mixers and the 20 ms clock. */
export class MediaThread extends EventEmitter<MediaThreadEvents> {
  /** Of the last report, at most a second old. */
  figures: MediaFigures | undefined;
  readonly #settings: MediaSettings;
  readonly #worker: Worker;
  readonly #legs = new Map<number, PhoneLeg>();
  readonly #rooms = new Map<number, RoomMixer>();
  readonly #opening = new Map<number, PromiseWithResolvers<number>>();
  #lastId = 0;
  #isStopping = false;
  #hasEnded = false;

  /** @throws what the thread died of */
  static async open(settings: MediaSettings): Promise<MediaThread> {
    const options: MediaThreadOptions = {
      address: settings.address,
      ports: settings.ports,
      roomAddress: settings.roomAddress,
      silenceWarnMs: settings.silenceWarnMs ?? 10_000,
      silenceEndMs: settings.silenceEndMs ?? 60_000,
      cname: 'parley',
    };
    const worker = new Worker(ENTRY, { workerData: options, name: 'sip-media' });
    await once(worker, 'online');
    return new MediaThread(settings, worker);
  }

  private constructor(settings: MediaSettings, worker: Worker) {
    super();
    this.#settings = settings;
    this.#worker = worker;
    let cause: unknown = new Error('the thread ended by itself');
    worker.on('message', (message: FromMediaThread) => this.#onMessage(message));
    worker.on('error', (error) => (cause = error));
    worker.once('exit', () => this.#onExit(cause));
  }

  /**
   * Its ports are bound when this resolves.
   * @throws MediaError `no-port` when the range is used up
   */
  async openLeg(options: Partial<Omit<LegOptions, 'silence'>> = {}): Promise<PhoneLeg> {
    const complete = { natLatch: false, gainDb: 0, isGainAutomatic: false, hearsToneKeys: false, ...options };
    const { id, port } = await this.#open((id) => ({ kind: 'openLeg', id, options: complete }));
    const leg = new PhoneLeg(id, { address: this.#settings.address, port }, (message) => this.#tell(message));
    this.#legs.set(id, leg);
    leg.once('closed', () => this.#legs.delete(id));
    return leg;
  }

  /** @throws MediaError */
  async openRoom(): Promise<RoomMixer> {
    const { id, port } = await this.#open((id) => ({ kind: 'openRoom', id }));
    const room = new RoomMixer(id, { address: this.#settings.roomAddress, port }, (message) => this.#tell(message));
    this.#rooms.set(id, room);
    room.once('closed', () => this.#rooms.delete(id));
    return room;
  }

  /** Closes every leg and room. Idempotent. */
  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#worker, 'exit');
    if (!this.#isStopping) this.#tell({ kind: 'stop' });
    this.#isStopping = true;
    await exited;
  }

  async #open(order: (id: number) => ToMediaThread): Promise<{ id: number; port: number }> {
    if (this.#isStopping || this.#hasEnded) throw new MediaError('ended', 'the media thread is not running');
    this.#lastId += 1;
    const id = this.#lastId;
    const opening = Promise.withResolvers<number>();
    this.#opening.set(id, opening);
    this.#tell(order(id));
    return { id, port: await opening.promise };
  }

  #tell(message: ToMediaThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    this.#worker.postMessage(message);
  }

  #onMessage(message: FromMediaThread): void {
    switch (message.kind) {
      case 'opened':
        this.#opening.get(message.id)?.resolve(message.port);
        this.#opening.delete(message.id);
        break;
      case 'refused':
        this.#opening.get(message.id)?.reject(new MediaError('no-port', `no ports for sound: ${message.reason}`));
        this.#opening.delete(message.id);
        break;
      case 'figures':
        this.figures = message.figures;
        break;
      case 'bug':
        this.emit('bug', message.error);
        break;
      default:
        this.#legs.get(message.leg)?.told(message);
    }
  }

  #onExit(cause: unknown): void {
    this.#hasEnded = true;
    for (const opening of this.#opening.values())
      opening.reject(new MediaError('ended', 'the media thread ended', { cause }));
    this.#opening.clear();
    for (const room of this.#rooms.values()) room.threadEnded();
    for (const leg of this.#legs.values()) leg.threadEnded();
    if (!this.#isStopping) this.emit('died', cause);
  }
}
