import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { parseServerName, type ServerName } from './server-name.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MIN_CACHE_MS = 5 * MINUTE_MS;
const MAX_CACHE_MS = 48 * HOUR_MS;
const DEFAULT_CACHE_MS = 24 * HOUR_MS;

const document = z.object({ 'm.server': z.string() });

/** To whom `/.well-known/matrix/server` delegates; undefined for a document that says nothing usable. */
export function delegateIn(body: string): ServerName | undefined {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  const parsed = document.safeParse(content);
  return parsed.success ? parseServerName(parsed.data['m.server']) : undefined;
}

/** How long the document counts, as its headers say (RFC 9111 §5.2.2, §5.3), within the bounds of the specification. */
export function cacheMsOf({ 'cache-control': control, expires, date }: IncomingHttpHeaders, nowMs: number): number {
  return Math.min(Math.max(wishedMs(control ?? '', expires, date, nowMs), MIN_CACHE_MS), MAX_CACHE_MS);
}

function wishedMs(control: string, expires: string | undefined, date: string | undefined, nowMs: number): number {
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,])/i.test(control)) return 0;
  const [, seconds] = /(?:^|[\s,])max-age=(\d{1,10})(?:$|[\s,])/i.exec(control) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const untilMs = Date.parse(expires ?? '');
  const sentMs = Date.parse(date ?? '');
  if (Number.isNaN(untilMs)) return expires === undefined ? DEFAULT_CACHE_MS : 0;
  return untilMs - (Number.isNaN(sentMs) ? nowMs : sentMs);
}
