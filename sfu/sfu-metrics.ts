import type { types } from 'mediasoup';
import { Counter, Gauge } from 'prom-client';
import type { EndpointClosedReason } from '#protocol/bridge/bridge-bus.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { Conference } from './conference.ts';
import type { CheckVerdict } from './ice-role.ts';
import type { ChannelEvent } from './message-transport.ts';

export interface SfuSnapshotSource {
  readonly conferences: () => Iterable<Conference>;
  readonly workerCount: () => number;
  readonly load: () => number;
}

interface MediaSnapshot {
  readonly receivedBps: number;
  readonly sentBps: number;
  /** 0 … 1, mean over transports that have one. */
  readonly receivedLoss: number;
  readonly sentLoss: number;
}

const SNAPSHOT_LIFETIME_MS = 1_000;

/** What `/metrics` says of the bridge; media figures are asked of the workers only when somebody reads them. */
export class SfuMetrics {
  readonly #source: SfuSnapshotSource;
  readonly #workerDeaths: Counter;
  readonly #endpointsClosed: Counter<'reason'>;
  readonly #roleChecks: Counter<'result'>;
  readonly #channelMessages: Counter<'result'>;
  #snapshot: { readonly atMs: number; readonly media: Promise<MediaSnapshot> } | undefined;

  constructor(metrics: Metrics, source: SfuSnapshotSource) {
    this.#source = source;
    const registers = [metrics];
    const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
      // The registry keeps the gauge.
      void new Gauge({
        name: `parley_sfu_${name}`,
        help,
        registers,
        async collect() {
          this.set(await read());
        },
      });
    };
    gauge('workers', 'Media worker processes that run.', source.workerCount);
    gauge('load_ratio', 'Share of its core that the busiest worker uses, 0 to 1.', source.load);
    gauge('conferences', 'Conferences on this bridge.', () => [...source.conferences()].length);
    gauge('endpoints', 'Endpoints of all conferences.', () =>
      [...source.conferences()].reduce((sum, { endpoints }) => sum + endpoints.size, 0),
    );
    gauge('received_bits_per_second', 'Bitrate from endpoints.', async () => (await this.#media()).receivedBps);
    gauge('sent_bits_per_second', 'Bitrate to endpoints.', async () => (await this.#media()).sentBps);
    gauge(
      'received_loss_ratio',
      'Mean packet loss from endpoints, 0 to 1.',
      async () => (await this.#media()).receivedLoss,
    );
    gauge('sent_loss_ratio', 'Mean packet loss to endpoints, 0 to 1.', async () => (await this.#media()).sentLoss);
    this.#workerDeaths = new Counter({
      name: 'parley_sfu_worker_deaths_total',
      help: 'Media workers that died and were replaced.',
      registers,
    });
    this.#endpointsClosed = new Counter({
      name: 'parley_sfu_endpoints_failed_total',
      help: 'Endpoints that ended though nobody asked for it.',
      labelNames: ['reason'],
      registers,
    });
    this.#roleChecks = new Counter({
      name: 'parley_sfu_role_checks_total',
      help: 'Messages to the ICE role responder.',
      labelNames: ['result'],
      registers,
    });
    this.#channelMessages = new Counter({
      name: 'parley_sfu_channel_messages_total',
      help: 'Messages and connections on message channels.',
      labelNames: ['result'],
      registers,
    });
  }

  workerDied(): void {
    this.#workerDeaths.inc();
  }

  endpointClosed(reason: EndpointClosedReason): void {
    this.#endpointsClosed.inc({ reason });
  }

  roleCheck(result: CheckVerdict): void {
    this.#roleChecks.inc({ result });
  }

  channelEvent(result: ChannelEvent): void {
    this.#channelMessages.inc({ result });
  }

  /** One question to the workers serves all gauges of one reading. */
  #media(): Promise<MediaSnapshot> {
    const nowMs = performance.now();
    if (this.#snapshot === undefined || nowMs - this.#snapshot.atMs > SNAPSHOT_LIFETIME_MS) {
      this.#snapshot = { atMs: nowMs, media: this.#measure() };
    }
    return this.#snapshot.media;
  }

  async #measure(): Promise<MediaSnapshot> {
    const transports = [...this.#source.conferences()].flatMap(({ endpoints }) =>
      [...endpoints.values()].map(({ transport }) => transport),
    );
    // One that closes meanwhile has no statistics.
    const results = await Promise.allSettled(
      transports.map((transport): Promise<readonly types.BaseTransportStats[]> => transport.getStats()),
    );
    const stats = results.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    return {
      receivedBps: stats.reduce((sum, { recvBitrate }) => sum + recvBitrate, 0),
      sentBps: stats.reduce((sum, { sendBitrate }) => sum + sendBitrate, 0),
      receivedLoss: mean(stats.map(({ rtpPacketLossReceived }) => rtpPacketLossReceived)),
      sentLoss: mean(stats.map(({ rtpPacketLossSent }) => rtpPacketLossSent)),
    };
  }
}

function mean(values: readonly (number | undefined)[]): number {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
