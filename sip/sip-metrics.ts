import { Counter, Gauge, type Registry } from 'prom-client';

export type CallResult = 'answered' | 'refused';

export interface SipFigures {
  readonly calls: number;
  readonly rooms: number;
  readonly transactions: number;
  readonly connections: number;
  readonly registeredTrunks: number;
  readonly reachableTrunks: number;
  readonly dropped: ReadonlyMap<string, number>;
}

/** The gateway's numbers for the process's /metrics; most are read when somebody asks. */
export class SipMetrics {
  readonly #calls: Counter<'direction' | 'result'>;

  constructor(registry: Registry, figures: () => SipFigures | undefined) {
    this.#calls = new Counter({
      name: 'parley_sip_calls_total',
      help: 'Telephone calls, by direction and by what became of them.',
      labelNames: ['direction', 'result'],
      registers: [registry],
    });
    const gauges: readonly [name: string, help: string, read: (figures: SipFigures) => number][] = [
      ['parley_sip_calls', 'Telephone calls that are going on.', ({ calls }) => calls],
      ['parley_sip_rooms', 'Meetings with telephones in them.', ({ rooms }) => rooms],
      ['parley_sip_transactions', 'SIP transactions that have not ended.', ({ transactions }) => transactions],
      ['parley_sip_connections', 'SIP connections over TCP and TLS.', ({ connections }) => connections],
      ['parley_sip_registered_trunks', 'Trunks where we are registered.', ({ registeredTrunks }) => registeredTrunks],
      ['parley_sip_reachable_trunks', 'Trunks that answer when asked.', ({ reachableTrunks }) => reachableTrunks],
    ];
    for (const [name, help, read] of gauges) {
      const gauge = new Gauge({
        name,
        help,
        registers: [registry],
        collect: () => {
          const now = figures();
          gauge.set(now === undefined ? 0 : read(now));
        },
      });
    }
    const dropped = new Gauge({
      name: 'parley_sip_dropped_messages',
      help: 'SIP messages that were dropped since the start, by reason.',
      labelNames: ['reason'],
      registers: [registry],
      collect: () => {
        for (const [reason, count] of figures()?.dropped ?? []) dropped.set({ reason }, count);
      },
    });
  }

  countCall(direction: 'in' | 'out', result: CallResult): void {
    this.#calls.inc({ direction, result });
  }
}
