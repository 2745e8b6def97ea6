/**
 * The browser's console, by livekit's rubric: info once per lifecycle change, warn for something recovered, error only
 * when the person is affected. Never chat, tokens, passwords or the query of a URL.
 */
export interface ClientLog {
  debug(message: string, details?: unknown): void;
  info(message: string, details?: unknown): void;
  warn(message: string, details?: unknown): void;
  error(message: string, details?: unknown): void;
}

export const log: ClientLog = {
  debug: (message, details) => write('debug', message, details),
  info: (message, details) => write('info', message, details),
  warn: (message, details) => write('warn', message, details),
  error: (message, details) => write('error', message, details),
};

export type LogLevel = keyof ClientLog;
export type LogListener = (level: LogLevel, message: string, details: unknown) => void;

const listeners = new Set<LogListener>();

/** Hears every line, too. @returns unsubscribe */
export function listenToLog(listener: LogListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function write(level: LogLevel, message: string, details: unknown): void {
  if (details === undefined) console[level](`[parley] ${message}`);
  else console[level](`[parley] ${message}`, details);
  for (const listener of listeners) listener(level, message, details);
}
