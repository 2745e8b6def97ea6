import { X509Certificate } from 'node:crypto';
import { Counter as MetricCounter, Gauge, type Registry } from 'prom-client';
import type { ClientTransport } from './allocation.ts';
import type { EndReason } from './allocation-table.ts';
import { Counter } from './counters.ts';
import type { AuthFailure } from './long-term-auth.ts';
import type { RelayFigures } from './workers/relay-worker.ts';

const DROP_REASONS = {
  malformed: Counter.DROPPED_MALFORMED,
  'no-allocation': Counter.DROPPED_NO_ALLOCATION,
  'no-permission': Counter.DROPPED_NO_PERMISSION,
  bandwidth: Counter.DROPPED_BANDWIDTH,
  backpressure: Counter.DROPPED_BACKPRESSURE,
  'hop-limit': Counter.DROPPED_HOP_LIMIT,
} as const;

/**
 * The relay's numbers for the process's /metrics. Labels come from closed sets; nothing is counted per user or address.
 * The relay path counts in plain numbers, which are read when somebody asks.
 */
export class TurnMetrics {
  readonly #registry: Registry;
  readonly #answers: MetricCounter<'code' | 'transport' | 'family'>;
  readonly #authFailures: MetricCounter<'reason'>;
  readonly #ended: MetricCounter<'reason'>;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#answers = new MetricCounter({
      name: 'parley_turn_allocate_answers_total',
      help: 'Answers to Allocate by error code (0: success), client transport and family.',
      labelNames: ['code', 'transport', 'family'],
      registers: [registry],
    });
    this.#authFailures = new MetricCounter({
      name: 'parley_turn_auth_failures_total',
      help: 'Requests that were not believed, by reason.',
      labelNames: ['reason'],
      registers: [registry],
    });
    this.#ended = new MetricCounter({
      name: 'parley_turn_allocations_ended_total',
      help: 'Allocations that ended, by reason.',
      labelNames: ['reason'],
      registers: [registry],
    });
  }

  allocateAnswered(code: number, transport: ClientTransport, family: number, times = 1): void {
    this.#answers.inc({ code: String(code), transport, family: `ipv${family}` }, times);
  }

  authFailed(reason: AuthFailure, times = 1): void {
    this.#authFailures.inc({ reason }, times);
  }

  allocationEnded(reason: EndReason): void {
    this.#ended.inc({ reason });
  }

  /** Metrics that are read from the workers when they are asked for. */
  watch(figures: () => readonly RelayFigures[]): void {
    const sum = (read: (one: RelayFigures) => number): number => figures().reduce((total, one) => total + read(one), 0);
    const read = (counter: Counter): number => sum(({ counters }) => counters[counter] ?? 0);
    this.#gauge('allocations', 'Live allocations.', () => sum(({ allocations }) => allocations));
    this.#gauge('connections', 'Open TCP and TLS connections.', () => sum(({ connections }) => connections));
    this.#gauge('ports_in_use', 'Relay ports in use.', () => sum(({ portsInUse }) => portsInUse));
    this.#gauge('ports', 'Relay ports there are.', () => sum(({ ports }) => ports));
    this.#labelled('relayed_packets_total', 'Packets relayed.', 'direction', {
      uplink: () => read(Counter.UPLINK_PACKETS),
      downlink: () => read(Counter.DOWNLINK_PACKETS),
      hairpin: () => read(Counter.HAIRPIN_PACKETS),
    });
    this.#labelled('relayed_bytes_total', 'Payload bytes relayed.', 'direction', {
      uplink: () => read(Counter.UPLINK_BYTES),
      downlink: () => read(Counter.DOWNLINK_BYTES),
    });
    this.#labelled('dropped_packets_total', 'Packets dropped.', 'reason', {
      ...Object.fromEntries(Object.entries(DROP_REASONS).map(([reason, counter]) => [reason, () => read(counter)])),
      'receive-buffer': () => sum(({ io }) => io.receiveOverflows),
      'send-error': () => sum(({ io }) => io.sendErrors),
    });
    this.#counter('bindings_total', 'STUN Binding requests.', () => read(Counter.BINDINGS));
    this.#counter('suppressed_answers_total', 'Answers to strangers withheld by the rate limit.', () =>
      read(Counter.SUPPRESSED_ANSWERS),
    );
    this.#counter('bugs_total', 'Messages dropped because of an error of ours.', () => read(Counter.BUGS));
    this.#counter('batches_total', 'Batches of received datagrams.', () => sum(({ io }) => io.batches));
    this.#counter('batched_datagrams_total', 'Datagrams received in batches.', () =>
      sum(({ io }) => io.batchedDatagrams),
    );
    this.#counter('segmented_datagrams_total', 'Datagrams sent as segments of larger ones (GSO).', () =>
      sum(({ io }) => io.segmentedDatagrams),
    );
  }

  /** When the certificate in use runs out. */
  watchCertificate(certificate: () => Buffer): void {
    this.#gauge('tls_cert_expiry_seconds', 'When the TLS certificate expires, in seconds since 1970.', () =>
      Math.floor(Date.parse(new X509Certificate(certificate()).validTo) / 1000),
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `parley_turn_${name}`,
      help,
      registers: [this.#registry],
      collect: () => gauge.set(read()),
    });
  }

  #counter(name: string, help: string, read: () => number): void {
    this.#labelled(name, help, undefined, { '': read });
  }

  /** A counter whose value is kept elsewhere: each collection adds what has come since the last. */
  #labelled(name: string, help: string, label: string | undefined, reads: Record<string, () => number>): void {
    const seen = new Map<string, number>();
    const counter: MetricCounter = new MetricCounter({
      name: `parley_turn_${name}`,
      help,
      labelNames: label === undefined ? [] : [label],
      registers: [this.#registry],
      collect: () => {
        for (const [value, read] of Object.entries(reads)) {
          const now = read();
          counter.inc(label === undefined ? {} : { [label]: value }, now - (seen.get(value) ?? 0));
          seen.set(value, now);
        }
      },
    });
  }
}
