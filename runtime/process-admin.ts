import { z } from 'zod';
import { AdminError, type AdminServer } from './admin.ts';
import type { HttpServer } from './http.ts';
import { logConfig, type Logger, setLogLevel } from './logger.ts';
import type { Reload } from './reload.ts';
import { StartError } from './start-error.ts';

const nothing = z.strictObject({});
const logLevel = z.strictObject({ level: logConfig.shape.level.unwrap() });
const health = z.object({ status: z.enum(['ok', 'unavailable']), problems: z.array(z.string()) });
const names = z.array(z.string()).readonly();
const reloadOutcome = z.object({
  applied: names.describe('Settings that count from now on.'),
  needRestart: names.describe('Settings that have changed, but count after a restart only.'),
  certificate: z.union([z.enum(['unchanged', 'replaced']), z.object({ refused: z.string() })]).optional(),
});

/** Admin routes that concern the process as a whole, whatever its roles. */
export function addProcessRoutes<Config extends object>(
  admin: AdminServer,
  { http, logger, reload }: { http: HttpServer; logger: Logger; reload: Reload<Config> },
): void {
  admin.route({
    method: 'GET',
    path: '/health',
    summary: 'What keeps meetings from being held, if anything',
    input: nothing,
    answer: health,
    handle: () => {
      const problems = http.problems();
      return { status: problems.length === 0 ? 'ok' : 'unavailable', problems } as const;
    },
  });
  admin.route({
    method: 'POST',
    path: '/reload',
    summary: 'Read configuration and certificate again',
    input: nothing,
    answer: reloadOutcome,
    handle: () => reloaded(reload),
  });
  admin.route({
    method: 'GET',
    path: '/log-level',
    summary: 'The least level that is logged',
    input: nothing,
    answer: z.object({ level: z.string() }),
    handle: () => ({ level: logger.level }),
  });
  admin.route({
    method: 'POST',
    path: '/log-level',
    summary: 'Change the least level that is logged, until the process ends',
    input: logLevel,
    answer: logLevel,
    handle: ({ level }) => {
      setLogLevel(logger, level);
      logger.info({ level }, 'log level changed');
      return { level };
    },
  });
}

async function reloaded<Config extends object>(reload: Reload<Config>): Promise<z.infer<typeof reloadOutcome>> {
  try {
    return await reload.run();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    throw new AdminError(409, 'bad-configuration', error.message, 'Mend it and reload; until then nothing changes.');
  }
}
