import { Counter, Gauge } from 'prom-client';
import type { Metrics } from '#runtime/metrics.ts';

/** What signalling counts; labels are closed sets (decisions.md, "Logs and metrics"). */
export class SignallingMetrics {
  readonly stanzas: Counter<'direction' | 'kind'>;
  readonly stanzaErrors: Counter<'condition'>;
  readonly streamErrors: Counter<'condition'>;
  readonly refusedFrames: Counter<'condition'>;
  readonly refusedConnections: Counter;
  readonly refusedSessions: Counter;
  readonly cutConnections: Counter<'reason'>;
  readonly socketErrors: Counter;
  readonly logins: Counter<'result'>;
  readonly resumes: Counter<'result'>;

  /** @param current read when the metrics are. */
  constructor(
    registry: Metrics,
    current: { connections(): number; sessions(): number; rooms(): number; occupants(): number },
  ) {
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
      new Counter({ name: `parley_signalling_${name}_total`, help, labelNames, registers: [registry] });
    this.stanzas = counter(
      'stanzas',
      'Stanzas received from clients (in) and sent to clients (out).',
      'direction',
      'kind',
    );
    this.stanzaErrors = counter('stanza_errors', 'Stanzas answered with an error.', 'condition');
    this.streamErrors = counter('stream_errors', 'Streams ended with an error.', 'condition');
    this.refusedFrames = counter('refused_frames', 'WebSocket frames that were no acceptable XML.', 'condition');
    this.refusedConnections = counter('refused_connections', 'Connections refused because of their address.');
    this.refusedSessions = counter('refused_sessions', 'Sessions refused because of their address.');
    this.cutConnections = counter('cut_connections', 'Connections cut: silent, or not reading.', 'reason');
    this.socketErrors = counter('socket_errors', 'WebSockets that broke their own protocol.');
    this.logins = counter('logins', 'Attempts to log in.', 'result');
    this.resumes = counter('resumes', 'Attempts to resume a session.', 'result');
    const gauge = (name: string, help: string, read: () => number): Gauge =>
      new Gauge({
        name: `parley_signalling_${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(read());
        },
      });
    gauge('connections', 'Open XMPP connections.', () => current.connections());
    gauge('sessions', 'Sessions, those waiting to be resumed included.', () => current.sessions());
    gauge('rooms', 'Rooms.', () => current.rooms());
    gauge('occupants', 'Occupants of all rooms, the focus included.', () => current.occupants());
  }
}
