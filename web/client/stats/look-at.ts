import { readStatistics, type MediaStatistics, type StatisticsEntry } from './media-statistics.ts';

/** One look at the statistics of a connection. */
export async function lookAt(media: { stats(): Promise<RTCStatsReport> }): Promise<MediaStatistics> {
  const report = await media.stats();
  const entries: StatisticsEntry[] = [];
  report.forEach((entry: StatisticsEntry) => entries.push(entry));
  return readStatistics(entries, performance.now());
}
