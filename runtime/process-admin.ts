import { z } from 'zod';
import { AdminError, type AdminServer } from './admin.ts';
import type { HttpServer } from './http.ts';
import { logConfig, type Logger, setLogLevel } from './logger.ts';
import type { Reload } from './reload.ts';
import { StartError } from './start-error.ts';

const nothing = z.strictObject({});

/** Admin routes that concern the process as a whole, whatever its roles. */
export function addProcessRoutes<Config extends object>(
  admin: AdminServer,
  { http, logger, reload }: { http: HttpServer; logger: Logger; reload: Reload<Config> },
): void {
  admin.route({
    method: 'GET',
    path: '/health',
    input: nothing,
    handle: () => {
      const problems = http.problems();
      return { status: problems.length === 0 ? 'ok' : 'unavailable', problems };
    },
  });
  admin.route({ method: 'POST', path: '/reload', input: nothing, handle: () => reloaded(reload) });
  admin.route({ method: 'GET', path: '/log-level', input: nothing, handle: () => ({ level: logger.level }) });
  admin.route({
    method: 'POST',
    path: '/log-level',
    input: z.strictObject({ level: logConfig.shape.level.unwrap() }),
    handle: ({ level }) => {
      setLogLevel(logger, level);
      logger.info({ level }, 'log level changed');
      return { level };
    },
  });
}

async function reloaded<Config extends object>(reload: Reload<Config>): Promise<object> {
  try {
    return await reload.run();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    throw new AdminError(409, 'bad-configuration', error.message, 'Mend it and reload; until then nothing changes.');
  }
}
