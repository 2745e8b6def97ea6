/** What the media thread has counted since it began. */
export interface MediaCounters {
  received: number;
  sent: number;
  /** Not RTP, or not what was negotiated. */
  invalid: number;
  /** From an address or source that is not the phone or the room. */
  strangers: number;
  /** More than a phone can mean. */
  flooded: number;
  sendErrors: number;
  ticks: number;
  /** Left out after a pause. */
  skippedTicks: number;
}

export function newCounters(): MediaCounters {
  return { received: 0, sent: 0, invalid: 0, strangers: 0, flooded: 0, sendErrors: 0, ticks: 0, skippedTicks: 0 };
}

/** The thread's report of a second. */
export interface MediaFigures {
  readonly counters: MediaCounters;
  readonly legs: number;
  readonly rooms: number;
  /** How late ticks began in this second, in milliseconds. */
  readonly latenessMs: readonly number[];
  /** Processor time of the thread since it began, in milliseconds. */
  readonly processorMs: number;
}
