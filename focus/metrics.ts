import { Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '#runtime/metrics.ts';
import type { LossReason } from './participant.ts';

/** From presence in the room to the step named, seconds. */
const JOIN_BUCKETS_SECONDS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

export type RequestResult = 'ready' | 'not-ready' | 'refused';
export type RefusedKind = 'malformed' | 'unknown-session' | 'sources' | 'not-allowed' | 'unsupported' | 'too-many';

/** What the focus counts; labels are closed sets (decisions.md, "Logs and metrics"). */
export class FocusMetrics {
  readonly conferences: Gauge;
  readonly participants: Gauge;
  readonly requests: Counter<'result'>;
  readonly joins: Counter;
  readonly accepted: Histogram;
  readonly connected: Histogram;
  readonly lostSessions: Counter<'reason'>;
  readonly iceRestarts: Counter;
  readonly refused: Counter<'kind'>;

  constructor(registry: Metrics) {
    const registers = [registry];
    this.conferences = new Gauge({ name: 'parley_focus_conferences', help: 'Conferences that exist.', registers });
    this.participants = new Gauge({
      name: 'parley_focus_participants',
      help: 'Participants of all conferences, recorders included.',
      registers,
    });
    this.requests = new Counter({
      name: 'parley_focus_conference_requests_total',
      help: 'Conference requests by result.',
      labelNames: ['result'],
      registers,
    });
    this.joins = new Counter({
      name: 'parley_focus_joins_total',
      help: 'Participants that came into a conference.',
      registers,
    });
    this.accepted = new Histogram({
      name: 'parley_focus_session_accept_seconds',
      help: 'From the invitation to the accepted session-accept.',
      buckets: JOIN_BUCKETS_SECONDS,
      registers,
    });
    this.connected = new Histogram({
      name: 'parley_focus_media_connected_seconds',
      help: 'From the invitation to ICE and DTLS being up.',
      buckets: JOIN_BUCKETS_SECONDS,
      registers,
    });
    this.lostSessions = new Counter<'reason'>({
      name: 'parley_focus_lost_sessions_total',
      help: 'Media sessions that ended before their time, by reason.',
      labelNames: ['reason'],
      registers,
    });
    this.iceRestarts = new Counter({
      name: 'parley_focus_ice_restarts_total',
      help: 'Media sessions whose ICE was restarted in place.',
      registers,
    });
    this.refused = new Counter<'kind'>({
      name: 'parley_focus_refused_stanzas_total',
      help: 'Stanzas answered with an error.',
      labelNames: ['kind'],
      registers,
    });
  }

  lost(reason: LossReason): void {
    this.lostSessions.inc({ reason });
  }

  refuse(kind: RefusedKind): void {
    this.refused.inc({ kind });
  }
}
