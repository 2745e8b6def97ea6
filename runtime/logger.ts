import { pino, type Logger as PinoLogger } from 'pino';
import { z } from 'zod';

export type Logger = PinoLogger;

export const logConfig = z
  .strictObject({
    level: z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('The least level that is written.'),
    addresses: z
      .enum(['cut', 'full'])
      .default('cut')
      .describe('Client addresses in logs: cut to /24 and /48, or full.'),
  })
  .describe('Logging: JSON lines on standard output.');
export type LogConfig = z.infer<typeof logConfig>;
export type LogLevel = LogConfig['level'];

/** Names of fields that must never be written, should one slip into an object that is logged. */
const NEVER_LOGGED = ['token', 'password', 'pwd', 'secret', 'pin'];

/** Loggers made from a root, whose level pino copies when it makes them. */
const descendants = new WeakMap<Logger, Set<WeakRef<Logger>>>();

/** The process's logger; every file takes a child with its service's name (decisions.md, "Logs and metrics"). */
export function createLogger(config: LogConfig): Logger {
  const children = new Set<WeakRef<Logger>>();
  const collected = new FinalizationRegistry<WeakRef<Logger>>((reference) => children.delete(reference));
  const root: Logger = pino({
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: NEVER_LOGGED.flatMap((name) => [name, `*.${name}`]), censor: '…' },
    onChild: (child) => {
      const reference = new WeakRef<Logger>(child);
      children.add(reference);
      collected.register(child, reference);
    },
  });
  descendants.set(root, children);
  return root;
}

/** Changes the least level that is written, for a logger of `createLogger` and all that were made from it. */
export function setLogLevel(root: Logger, level: LogLevel): void {
  root.level = level;
  for (const reference of descendants.get(root) ?? []) {
    const child = reference.deref();
    if (child !== undefined) child.level = level;
  }
}
