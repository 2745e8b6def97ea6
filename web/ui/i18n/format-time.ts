import { currentLanguage } from './messages.ts';

/** `24:18`, or `1:02:40` from an hour on. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The reader's own variant of the language in use: British and American clocks differ. */
function formatLocale(): string {
  const code = currentLanguage();
  return navigator.languages.find((tag) => tag.toLowerCase().startsWith(code)) ?? code;
}

export function formatClock(timeMs: number): string {
  return new Intl.DateTimeFormat(formatLocale(), { hour: 'numeric', minute: '2-digit' }).format(timeMs);
}

/** “Today”, “Yesterday”, a weekday within a week, else a date. */
export function formatDay(timeMs: number, nowMs: number): string {
  const language = currentLanguage();
  const days = Math.round((startOfDay(nowMs) - startOfDay(timeMs)) / 86_400_000);
  if (days <= 1) return capitalised(new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(-days, 'day'));
  const style: Intl.DateTimeFormatOptions = days < 7 ? { weekday: 'long' } : { day: 'numeric', month: 'long' };
  return capitalised(new Intl.DateTimeFormat(language, style).format(timeMs));
}

/** `48 min`, `1 h 20 min`, in the reader's language. */
export function formatDuration(durationMs: number): string {
  const minutes = Math.max(1, Math.round(durationMs / 60_000));
  const unit = (value: number, name: 'hour' | 'minute') =>
    new Intl.NumberFormat(currentLanguage(), { style: 'unit', unit: name, unitDisplay: 'short' }).format(value);
  if (minutes < 60) return unit(minutes, 'minute');
  const rest = minutes % 60;
  const hours = unit(Math.floor(minutes / 60), 'hour');
  return rest === 0 ? hours : `${hours} ${unit(rest, 'minute')}`;
}

export function formatList(items: readonly string[]): string {
  return new Intl.ListFormat(currentLanguage(), { type: 'conjunction' }).format(items);
}

function startOfDay(timeMs: number): number {
  return new Date(timeMs).setHours(0, 0, 0, 0);
}

function capitalised(text: string): string {
  return text.slice(0, 1).toLocaleUpperCase(currentLanguage()) + text.slice(1);
}
