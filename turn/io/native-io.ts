import { createRequire } from 'node:module';
import { z } from 'zod';
import type { Endpoint } from '../endpoint.ts';
import {
  type DatagramIo,
  type DatagramIoStats,
  HEAD_ROOM_BYTES,
  MAX_DATAGRAM_BYTES,
  type OpenOptions,
  RECEIVED_STRIDE,
  type SendOptions,
} from './datagram-io.ts';

// Sizes that native/relay_io.h states too.
const SLOTS = 64;
const MAX_QUEUED = 256;
const DONT_FRAGMENT = 1;

/** Head room, a datagram, and a remainder that keeps the slots from falling on the same lines of the cache. */
const SLOT_STRIDE = HEAD_ROOM_BYTES + MAX_DATAGRAM_BYTES + 192;
const STAGE_OFFSET = SLOTS * SLOT_STRIDE;
const STAGE_BYTES = 512 << 10;

/** Queued records have the fields of received ones up to the hop limit, then flags. */
const QUEUED_STRIDE = RECEIVED_STRIDE;

const Stat = { SEND_ERRORS: 0, BATCHES: 1, BATCHED_DATAGRAMS: 2, SEGMENTED: 3, OVERFLOWS: 4 } as const;

/** What the addon exports. `Handle` is its own and means nothing here. */
interface Addon {
  create(
    slab: Uint8Array,
    slotStride: number,
    headRoom: number,
    received: Int32Array,
    queued: Int32Array,
    stats: Float64Array,
    onBatch: (count: number) => void,
  ): Handle;
  open(
    handle: Handle,
    family: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    port: number,
    isListener: number,
    sharesPort: number,
    bufferBytes: number,
  ): number;
  portOf(handle: Handle, socket: number): number;
  close(handle: Handle, socket: number): number;
  flush(handle: Handle, count: number): number;
  countOverflows(handle: Handle, unused: number): number;
  stop(handle: Handle): void;
}
type Handle = object;

const isFunction = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function');
const addonShape = z.object({
  create: isFunction,
  open: isFunction,
  portOf: isFunction,
  close: isFunction,
  flush: isFunction,
  countOverflows: isFunction,
  stop: isFunction,
});

/** @throws Error when the file cannot be loaded or is another addon. */
export function loadAddon(path: string): Addon {
  const loaded: unknown = createRequire(import.meta.url)(path);
  addonShape.parse(loaded);
  return loaded as Addon;
}

const LISTENER_BUFFER_BYTES = 4 << 20;
const RELAY_BUFFER_BYTES = 512 << 10;

/**
 * The fast back end: the addon fills the slab with a batch of datagrams and calls once, and one call sends what was
 * queued meanwhile. See native/relay_io.h.
 */
export class NativeIo implements DatagramIo {
  readonly name = 'native';
  readonly carriesIpHeader = true;
  readonly slab = Buffer.allocUnsafeSlow(STAGE_OFFSET + STAGE_BYTES);
  readonly received = new Int32Array(SLOTS * RECEIVED_STRIDE);
  onReceived: (count: number) => void = () => undefined;
  readonly #addon: Addon;
  readonly #handle: Handle;
  readonly #queued = new Int32Array(MAX_QUEUED * QUEUED_STRIDE);
  readonly #stats = new Float64Array(5);
  #queuedCount = 0;
  #stagePosition = STAGE_OFFSET;
  #isStopped = false;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#handle = addon.create(
      this.slab,
      SLOT_STRIDE,
      HEAD_ROOM_BYTES,
      this.received,
      this.#queued,
      this.#stats,
      (count) => {
        this.onReceived(count);
        this.flush();
      },
    );
  }

  open({ address, port, kind, sharesPort }: OpenOptions): number {
    const isListener = kind === 'listener';
    return this.#addon.open(
      this.#handle,
      address.family,
      address.w0,
      address.w1,
      address.w2,
      address.w3,
      port,
      Number(isListener),
      Number(sharesPort),
      isListener ? LISTENER_BUFFER_BYTES : RELAY_BUFFER_BYTES,
    );
  }

  portOf(socket: number): number {
    return this.#addon.portOf(this.#handle, socket);
  }

  close(socket: number): void {
    if (this.#queuedCount > 0) this.flush();
    this.#addon.close(this.#handle, socket);
  }

  stage(bytes: number): number {
    const size = HEAD_ROOM_BYTES + ((bytes + 7) & ~7);
    if (this.#stagePosition + size > this.slab.length) this.flush();
    const offset = this.#stagePosition + HEAD_ROOM_BYTES;
    this.#stagePosition += size;
    return offset;
  }

  send(socket: number, offset: number, bytes: number, to: Endpoint, options: Readonly<SendOptions>): void {
    if (this.#queuedCount === MAX_QUEUED) this.#flushQueued();
    const queued = this.#queued;
    const record = this.#queuedCount * QUEUED_STRIDE;
    this.#queuedCount++;
    queued[record] = socket;
    queued[record + 1] = offset;
    queued[record + 2] = bytes;
    queued[record + 3] = to.port;
    queued[record + 4] = to.w0;
    queued[record + 5] = to.w1;
    queued[record + 6] = to.w2;
    queued[record + 7] = to.w3;
    queued[record + 8] = options.trafficClass;
    queued[record + 9] = options.hopLimit;
    queued[record + 10] = options.dontFragment ? DONT_FRAGMENT : 0;
  }

  flush(): void {
    this.#flushQueued();
    this.#stagePosition = STAGE_OFFSET;
  }

  #flushQueued(): void {
    if (this.#queuedCount === 0) return;
    const count = this.#queuedCount;
    this.#queuedCount = 0;
    this.#addon.flush(this.#handle, count);
  }

  stats(): DatagramIoStats {
    if (!this.#isStopped) this.#addon.countOverflows(this.#handle, 0);
    const stats = this.#stats;
    return {
      receiveOverflows: stats[Stat.OVERFLOWS] ?? 0,
      sendErrors: stats[Stat.SEND_ERRORS] ?? 0,
      batches: stats[Stat.BATCHES] ?? 0,
      batchedDatagrams: stats[Stat.BATCHED_DATAGRAMS] ?? 0,
      segmentedDatagrams: stats[Stat.SEGMENTED] ?? 0,
    };
  }

  stop(): void {
    if (this.#isStopped) return;
    this.flush();
    this.#isStopped = true;
    this.#addon.stop(this.#handle);
  }
}
