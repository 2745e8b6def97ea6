import { z } from 'zod';
import { AdminClientError } from '../../admin-client.ts';
import { broken, well, type Check } from '../check.ts';

const health = z.object({ status: z.string(), problems: z.array(z.string()) });

/** Whether the server runs, and can hold a meeting by its own account. */
export const serverCheck: Check = {
  name: 'server',
  async run({ admin }) {
    const noServer = broken(
      'No Parley runs on this machine with this configuration.',
      'Start it (npm start), or run this where it runs, with its configuration and as its user.',
    );
    if (admin === undefined) return [noServer];
    try {
      const { problems } = await admin.get('/health', {}, health);
      if (problems.length === 0) return [well('it runs, and can hold meetings')];
      return problems.map((problem) => broken(problem, 'Look at the server’s log.'));
    } catch (error) {
      if (!(error instanceof AdminClientError)) throw error;
      return [
        broken(
          error.message.split('\n')[0] ?? '',
          'Start it (npm start), or set PARLEY_ADMIN_PORT as the server has it.',
        ),
      ];
    }
  },
};
