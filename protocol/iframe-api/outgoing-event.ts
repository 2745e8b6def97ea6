import type { WireEvent } from './events.ts';

/** An event on its way to the page that embeds us; the fields are JSON. */
export interface OutgoingEvent {
  readonly name: WireEvent;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Of `error-occurred`; embedders show `message` to people. */
export interface ReportedError {
  readonly name: string;
  readonly message: string;
  readonly type: 'CONFIG' | 'CONNECTION' | 'CONFERENCE';
  /** The meeting is over for this person, and no `video-ready-to-close` follows. */
  readonly isFatal: boolean;
}
