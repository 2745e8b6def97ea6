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

/** Names of fields that must never be written, should one slip into an object that is logged. */
const NEVER_LOGGED = ['token', 'password', 'pwd', 'secret', 'pin'];

/** The process's logger; every file takes a child with its service's name (decisions.md, "Logs and metrics"). */
export function createLogger(config: LogConfig): Logger {
  return pino({
    level: config.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: NEVER_LOGGED.flatMap((name) => [name, `*.${name}`]), censor: '…' },
  });
}
