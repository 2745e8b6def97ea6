import { z } from 'zod';
import {
  runAdminCommand,
  type AdminCommand,
  type AdminCommandContext,
  type Arguments,
  type Outcome,
} from './admin-command.ts';

const USAGE = `Usage: npm run turn -- [--config <file>] <command>
  status                          workers, which of them drain, and how many allocations there are
  sessions [--user <user>]        the first hundred allocations; --limit <n> for more
  kill <allocation>               end one allocation; --user <user>: all of a user
  drain [<worker>]                admit nobody new, at all workers or one; who is there stays, and a process that
                                  only relays ends after them, unless one worker is named
  undrain [<worker>]              take that back
  reload                          read configuration and certificate again
  log-level [<level>]             the least level that is logged, or change it: trace, debug, info, warn, error, silent
  credentials [--user <user>]     name and password for an hour; --seconds <n> for another time
  selftest                        whether the addresses that clients are told lead back here
  health                          what is wrong, if anything
--json prints the answer as JSON.
`;

const session = z.object({
  allocation: z.string(),
  worker: z.number(),
  user: z.string(),
  transport: z.string(),
  client: z.string(),
  relayed: z.array(z.string()),
  seconds: z.number(),
  uplinkBytes: z.number(),
  downlinkBytes: z.number(),
});
const status = z.object({
  workers: z.number(),
  draining: z.array(z.number()),
  allocations: z.number(),
  endsWhenDrained: z.boolean(),
});
const level = z.object({ level: z.string() });

const COMMANDS: Readonly<Record<string, AdminCommand>> = {
  status: { words: [0, 0], run: async (client) => statusText(await client.get('/turn/status', {}, status)) },
  sessions: {
    words: [0, 0],
    run: async (client, given) => {
      const [user, limit] = [given.text('user'), given.text('limit')];
      const query = { ...(user !== undefined && { user }), ...(limit !== undefined && { limit }) };
      const schema = z.object({ sessions: z.array(session), allocations: z.number() });
      const answer = await client.get('/turn/sessions', query, schema);
      const lines = answer.sessions.map(sessionLine);
      return { answer, text: [...lines, `${lines.length} shown of ${answer.allocations}`].join('\n') };
    },
  },
  kill: {
    words: [0, 1],
    run: async (client, given) => {
      const body = { allocation: given.words[0], user: given.text('user') };
      const answer = await client.post('/turn/kill', body, z.object({ killed: z.array(session) }));
      return { answer, text: [...answer.killed.map(sessionLine), `${answer.killed.length} ended`].join('\n') };
    },
  },
  drain: {
    words: [0, 1],
    run: async (client, given) => statusText(await client.post('/turn/drain', workerOf(given), status)),
  },
  undrain: {
    words: [0, 1],
    run: async (client, given) => statusText(await client.post('/turn/undrain', workerOf(given), status)),
  },
  reload: {
    words: [0, 0],
    run: async (client) => {
      const certificate = z.union([z.string(), z.object({ refused: z.string() })]).optional();
      const names = z.array(z.string());
      const answer = await client.post('/reload', {}, z.object({ applied: names, needRestart: names, certificate }));
      return { answer, text: reloadText(answer), isWell: typeof answer.certificate !== 'object' };
    },
  },
  'log-level': {
    words: [0, 1],
    run: async (client, { words: [wanted] }) => {
      const answer = await (wanted === undefined
        ? client.get('/log-level', {}, level)
        : client.post('/log-level', { level: wanted }, level));
      return { answer, text: answer.level };
    },
  },
  credentials: {
    words: [0, 0],
    run: async (client, given) => {
      const seconds = given.text('seconds');
      const body = { user: given.text('user'), lifetimeSeconds: seconds === undefined ? undefined : Number(seconds) };
      const schema = z.object({ username: z.string(), password: z.string() });
      const answer = await client.post('/turn/credentials', body, schema);
      return { answer, text: `username: ${answer.username}\npassword: ${answer.password}` };
    },
  },
  selftest: {
    words: [0, 0],
    run: async (client) => {
      const check = z.object({ address: z.string(), isReached: z.boolean(), problem: z.string().optional() });
      const clientProblems = z.array(z.string());
      const schema = z.object({ isWell: z.boolean(), addresses: z.array(check), clientProblems });
      const answer = await client.post('/turn/selftest', {}, schema);
      const lines = answer.addresses.map(({ address, problem }) => problem ?? `${address}: packets come back`);
      lines.push(...(answer.clientProblems.length === 0 ? ['clients are served'] : answer.clientProblems));
      return { answer, text: lines.join('\n'), isWell: answer.isWell };
    },
  },
  health: {
    words: [0, 0],
    run: async (client) => {
      const answer = await client.get('/health', {}, z.object({ status: z.string(), problems: z.array(z.string()) }));
      return { answer, text: [answer.status, ...answer.problems].join('\n'), isWell: answer.status === 'ok' };
    },
  },
};

/** `npm run turn`: the relay that runs on this machine. @returns the exit code. */
export function runTurnCommand(args: readonly string[], context: AdminCommandContext): Promise<number> {
  const options = { user: 'string', limit: 'string', seconds: 'string' } as const;
  return runAdminCommand({ usage: USAGE, options, commands: COMMANDS }, args, context);
}

function workerOf({ words: [worker] }: Arguments): { worker?: number } {
  return worker === undefined ? {} : { worker: Number(worker) };
}

function statusText(answer: z.infer<typeof status>): Outcome {
  const { workers, draining, allocations, endsWhenDrained } = answer;
  const drained = draining.length === 0 ? 'none drains' : `draining: ${draining.join(', ')}`;
  const end = endsWhenDrained ? ', and the process ends when they have ended' : '';
  return { answer, text: `workers: ${workers}, ${drained}; allocations: ${allocations}${end}` };
}

function sessionLine({
  allocation,
  worker,
  user,
  transport,
  client,
  relayed,
  ...rest
}: z.infer<typeof session>): string {
  const path = `${transport} ${client} → ${relayed.join(', ')}`;
  const bytes = `${rest.uplinkBytes} bytes up, ${rest.downlinkBytes} down`;
  return `${allocation}  ${user}  ${path}  worker ${worker}, ${rest.seconds} s, ${bytes}`;
}

interface Reloaded {
  readonly applied: readonly string[];
  readonly needRestart: readonly string[];
  readonly certificate?: string | { refused: string } | undefined;
}

function reloadText({ applied, needRestart, certificate }: Reloaded): string {
  const lines = [applied.length === 0 ? 'no setting has changed in flight' : `changed: ${applied.join(', ')}`];
  if (needRestart.length > 0) lines.push(`waiting for a restart: ${needRestart.join(', ')}`);
  if (typeof certificate === 'object') lines.push(`certificate refused, the old one stays: ${certificate.refused}`);
  else if (certificate !== undefined) lines.push(`certificate: ${certificate}`);
  return lines.join('\n');
}

if (import.meta.main) {
  const { stdout: output, stderr: errors } = process;
  process.exitCode = await runTurnCommand(process.argv.slice(2), { output, errors, environment: process.env });
}
