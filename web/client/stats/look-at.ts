import { readStatistics, type MediaStatistics, type StatisticsEntry } from './media-statistics.ts';

/** A connection that can be looked at. */
export interface MeasuredMedia {
  stats(): Promise<RTCStatsReport>;
}

/** One look at the statistics of a connection. */
export async function lookAt(media: MeasuredMedia): Promise<MediaStatistics> {
  const report = await media.stats();
  const entries: StatisticsEntry[] = [];
  report.forEach((entry: StatisticsEntry) => entries.push(entry));
  return readStatistics(entries, performance.now());
}
