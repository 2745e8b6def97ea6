import { randomBytes } from 'node:crypto';
import { libopus } from './codec/libopus.ts';
import { FRAME_SAMPLES } from './codec/audio-codec.ts';
import { Leg, type LegObserver, type LegOptions } from './leg/leg.ts';
import { bindUdp, PortPairs } from './leg/port-pair.ts';
import { type MediaFigures, newCounters } from './media-figures.ts';
import { Room } from './mixer/room.ts';
import { TickClock } from './mixer/tick-clock.ts';
import type { StreamStart } from './rtp/rtp-sender.ts';
import type { FromMediaThread, MediaThreadOptions, ToMediaThread } from './thread-messages.ts';

/** Random first numbers (RFC 3550 §5.1), small enough to leave room before they wrap. */
function randomStream(): StreamStart {
  const bytes = randomBytes(10);
  return {
    ssrc: bytes.readUInt32BE(0) || 1,
    sequenceNumber: bytes.readUInt16BE(4) & 0x7fff,
    timestamp: bytes.readUInt32BE(6) & 0x7fffffff,
  };
}

const nowMs = (): number => performance.now();

/** All legs and rooms, their sockets and the clock; lives in a thread of its own (media-worker.ts). */
export class MediaCore {
  readonly #options: MediaThreadOptions;
  readonly #tell: (message: FromMediaThread) => void;
  readonly #ports: PortPairs;
  readonly #legs = new Map<number, Leg>();
  readonly #rooms = new Map<number, Room>();
  readonly #counters = newCounters();
  readonly #clock = new TickClock(nowMs());
  readonly #silence = new Int32Array(FRAME_SAMPLES);
  #lateness: number[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: MediaThreadOptions, tell: (message: FromMediaThread) => void) {
    this.#options = options;
    this.#tell = tell;
    this.#ports = new PortPairs(options.address, options.ports);
    this.#schedule();
  }

  /** Carries out an order. Ids that are gone are no error: orders and ends cross. */
  async handle(message: ToMediaThread): Promise<void> {
    switch (message.kind) {
      case 'openLeg':
        await this.#openLeg(message.id, message.options);
        break;
      case 'openRoom':
        await this.#openRoom(message.id);
        break;
      case 'setMedia':
        await this.#legs.get(message.leg)?.setMedia(message.media);
        break;
      case 'closeRoom':
        this.#rooms.get(message.room)?.close();
        this.#rooms.delete(message.room);
        break;
      case 'setSources':
        this.#rooms.get(message.room)?.setSources(message.ssrcs);
        break;
      case 'stop':
        this.#stop();
        break;
      default: {
        const leg = this.#legs.get(message.leg);
        if (leg !== undefined) this.#handleLeg(leg, message);
      }
    }
  }

  #handleLeg(leg: Leg, message: Exclude<Extract<ToMediaThread, { leg: number }>, { kind: 'setMedia' }>): void {
    switch (message.kind) {
      case 'play':
        leg.play(message.promptId, message.samples);
        break;
      case 'stopPlay':
        leg.stopPlay();
        break;
      case 'configure':
        leg.configure(message.options);
        break;
      case 'setRoomGain':
        leg.roomGain = message.gain;
        break;
      case 'closeLeg':
        for (const room of this.#rooms.values()) room.remove(leg);
        this.#legs.delete(message.leg);
        leg.close();
        break;
      case 'add':
        for (const room of this.#rooms.values()) room.remove(leg);
        this.#rooms.get(message.room)?.add(leg);
        break;
      case 'remove':
        this.#rooms.get(message.room)?.remove(leg);
        break;
      case 'setUplink':
        this.#rooms.get(message.room)?.setUplink(leg, message.ssrc, message.media);
        break;
      case 'setMuted':
        this.#rooms.get(message.room)?.setMuted(leg, message.isMuted);
    }
  }

  /** What happened since the last time, and what there is. */
  takeFigures(): MediaFigures {
    const latenessMs = this.#lateness;
    this.#lateness = [];
    const { user, system } = process.threadCpuUsage();
    return {
      counters: { ...this.#counters },
      legs: this.#legs.size,
      rooms: this.#rooms.size,
      latenessMs,
      processorMs: (user + system) / 1000,
    };
  }

  async #openLeg(id: number, options: Omit<LegOptions, 'silence'>): Promise<void> {
    try {
      const ports = await this.#ports.bind();
      if (ports === undefined) {
        this.#tell({ kind: 'refused', id, reason: 'every port of the range is taken' });
        return;
      }
      const { silenceWarnMs: warnMs, silenceEndMs: endMs, cname } = this.#options;
      const leg = new Leg(
        ports,
        { ...options, silence: { warnMs, endMs } },
        { opus: libopus, counters: this.#counters, observer: this.#observe(id), cname, nowMs, randomStream },
      );
      this.#legs.set(id, leg);
      this.#tell({ kind: 'opened', id, port: leg.port });
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  async #openRoom(id: number): Promise<void> {
    try {
      const socket = await bindUdp(this.#options.roomAddress, 0);
      const { cname } = this.#options;
      const bugMet = (error: unknown): void => this.#tell({ kind: 'bug', error });
      const context = { opus: libopus, counters: this.#counters, cname, nowMs, randomStream, bugMet };
      const room = new Room(socket, context);
      this.#rooms.set(id, room);
      this.#tell({ kind: 'opened', id, port: room.port });
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  #refuse(id: number, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#tell({ kind: 'refused', id, reason });
  }

  #observe(leg: number): LegObserver {
    const tell = this.#tell;
    return {
      digit: (digit) => tell({ kind: 'digit', leg, digit }),
      silent: (event) => tell({ kind: 'silent', leg, event }),
      heard: () => tell({ kind: 'heard', leg }),
      flooded: () => tell({ kind: 'flooded', leg }),
      finished: (promptId, outcome) => tell({ kind: 'finished', leg, promptId, outcome }),
      bugMet: (error) => tell({ kind: 'bug', error }),
    };
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#onTimer(), this.#clock.waitMs(nowMs()));
  }

  #onTimer(): void {
    const { ticks, skipped, lateMs } = this.#clock.take(nowMs());
    if (ticks > 0) this.#lateness.push(lateMs);
    this.#counters.skippedTicks += skipped;
    for (const leg of skipped > 0 ? this.#legs.values() : []) leg.skip(skipped);
    for (let tick = 0; tick < ticks; tick += 1) this.#tick();
    this.#schedule();
  }

  #tick(): void {
    const now = nowMs();
    this.#counters.ticks += 1;
    for (const leg of this.#legs.values()) this.#attempt(() => leg.read(now));
    const seated = new Set<Leg>();
    for (const room of this.#rooms.values()) {
      this.#attempt(() => room.tick(now));
      for (const leg of room.legs()) seated.add(leg);
    }
    for (const leg of this.#legs.values()) {
      if (!seated.has(leg)) this.#attempt(() => leg.write(this.#silence.fill(0), now));
    }
  }

  /** What goes wrong with one call must not silence the others. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#tell({ kind: 'bug', error });
    }
  }

  #stop(): void {
    clearTimeout(this.#timer);
    for (const room of this.#rooms.values()) room.close();
    for (const leg of this.#legs.values()) leg.close();
    this.#rooms.clear();
    this.#legs.clear();
  }
}
