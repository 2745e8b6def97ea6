import { parseArgs } from 'node:util';
import { configSchema, type Config } from './config.ts';
import { FocusServer } from './focus/server.ts';
import { AdminServer } from './runtime/admin.ts';
import { MemoryBus } from './runtime/bus-memory.ts';
import { loadConfig } from './runtime/config.ts';
import { Database } from './runtime/database.ts';
import type { ServiceContext } from './runtime/context.ts';
import { deploymentOf } from './runtime/deployment.ts';
import { HttpServer } from './runtime/http.ts';
import { createLogger, setLogLevel } from './runtime/logger.ts';
import { Metrics } from './runtime/metrics.ts';
import { addProcessRoutes } from './runtime/process-admin.ts';
import { Program } from './runtime/program.ts';
import { Reload } from './runtime/reload.ts';
import { loadSecrets } from './runtime/secrets.ts';
import type { Service } from './runtime/service.ts';
import { StartError } from './runtime/start-error.ts';
import { TlsFiles } from './runtime/tls-files.ts';
import { SfuServer } from './sfu/server.ts';
import { policyOf } from './signalling/identity/config.ts';
import { providerName } from './signalling/identity/oidc/config.ts';
import { SignallingServer } from './signalling/server.ts';
import { RELOADABLE, TurnServer } from './turn/server.ts';
import { WebServer, type WebSetup } from './web/server/server.ts';

/** What roles may use of the process besides their context. */
interface Surroundings {
  readonly admin: AdminServer;
  readonly reload: Reload<Config>;
  /** Ends the process as SIGTERM does; where several roles run, none of them may. */
  readonly endProcess: (() => void) | undefined;
}

/** @returns undefined for a role that has nothing to do. */
type Role = (context: ServiceContext, config: Config, process: Surroundings) => Service | Promise<Service | undefined>;

/** In starting order: who serves requests starts before who makes them. */
const ROLES: Readonly<Record<string, Role>> = {
  turn: (context, config, { admin, reload, endProcess }) => {
    const turn = new TurnServer(context, config.turn, { admin, ...(endProcess && { endProcess }) });
    reload.on(RELOADABLE, (next) => turn.reconfigure(next.turn));
    return turn;
  },
  sfu: (context, config, { admin }) => new SfuServer(context, { media: config.media, sfu: config.sfu }, admin),
  focus: (context, config) => new FocusServer(context, config.focus),
  signalling: (context, config, { admin }) =>
    new SignallingServer(context, config, Database.open(config.dataDir), admin),
  web: (context, config) =>
    new WebServer(context, config.web, config.embed, {
      doHostsLogIn: policyOf(config.auth, config.jwt, config.oidc) !== 'open',
      canResume: config.xmpp.resumeSeconds > 0,
      identityProvider: providerName(config.oidc),
      widgetUrl: config.matrix.widgetUrl,
      telephone: telephoneSetup(config.sip),
    }),
  sip: async (context, config, { admin, endProcess }) => {
    if (!config.sip.enabled) {
      if (endProcess === undefined) return undefined;
      throw new StartError(
        'The role sip is to start, but telephones are off. Set sip.enabled in parley.yaml, or PARLEY_SIP_ENABLED=true.',
      );
    }
    // Loaded only here: most installations need not spend the memory.
    const { SipServer } = await import('./sip/server.ts');
    const surroundings = { admin, ...(endProcess && { endProcess }) };
    return new SipServer(context, config.sip, Database.open(config.dataDir), surroundings);
  },
};

/** What the page may offer. */
function telephoneSetup({ enabled, numbers, dialOut, trunks }: Config['sip']): WebSetup['telephone'] {
  return {
    canDialIn: enabled && numbers.some(({ room }) => room === undefined),
    canDialOut: enabled && dialOut.allow.length > 0 && trunks.some(({ server }) => server !== undefined),
  };
}

interface CommandLine {
  readonly roles: readonly string[];
  readonly configFile: string | undefined;
  readonly isHelpWanted: boolean;
}

function readCommandLine(args: readonly string[]): CommandLine {
  let parsed: { positionals: string[]; values: { config?: string | undefined; help?: boolean | undefined } };
  const options = { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new StartError(`${cause instanceof Error ? cause.message : String(cause)}\n${USAGE}`, { cause });
  }
  const unknown = parsed.positionals.filter((role) => !Object.hasOwn(ROLES, role));
  if (unknown.length > 0) throw new StartError(`Parley has no role “${unknown.join('”, “')}”.\n${USAGE}`);
  const roles = Object.keys(ROLES).filter(
    (role) => parsed.positionals.length === 0 || parsed.positionals.includes(role),
  );
  return {
    roles,
    configFile: parsed.values.config ?? process.env['PARLEY_CONFIG'],
    isHelpWanted: parsed.values.help === true,
  };
}

const USAGE = `Usage: npm start [-- [--config <file>] [role …]]   roles: ${Object.keys(ROLES).join(', ')}; none named: all`;

async function run(): Promise<void> {
  const { roles, configFile, isHelpWanted } = readCommandLine(process.argv.slice(2));
  if (isHelpWanted) {
    process.stdout.write(`${USAGE}\n`);
    return;
  }
  const config = await loadConfig(configSchema, { file: configFile, environment: process.env });
  const logger = createLogger(config.log);
  const secrets = await loadSecrets(config.dataDir);
  const { cert, key } = config.tls;
  const tls = cert === undefined || key === undefined ? undefined : await TlsFiles.open(cert, key, logger);
  let httpPort = config.http.port;
  const deployment = (): ReturnType<typeof deploymentOf> =>
    deploymentOf({
      publicUrl: config.publicUrl,
      xmppDomain: config.xmpp.domain,
      httpHost: config.http.host,
      isTls: tls !== undefined,
      httpPort,
    });
  const reload = new Reload(
    config,
    () => loadConfig(configSchema, { file: configFile, environment: process.env }),
    tls,
    logger,
  );
  reload.on(['log.level'], (next) => setLogLevel(logger, next.log.level));
  const admin = new AdminServer(config.admin, secrets.adminToken, logger);
  const metrics = new Metrics();
  const http = new HttpServer(deployment().httpHost, config.http, tls, metrics, logger);
  const bus = new MemoryBus(logger);
  const context: ServiceContext = {
    bus,
    http,
    logger,
    metrics,
    // A configured secret wins over the generated one, for the relay and for signalling, which signs with it.
    secrets: {
      ...secrets,
      get turnSecret() {
        return reload.current.turn.secret ?? secrets.turnSecret;
      },
    },
    xmppDomain: deployment().xmppDomain,
    get publicUrl() {
      return deployment().publicUrl;
    },
  };
  const endProcess = roles.length === 1 ? (): void => end('drained') : undefined;
  const surroundings = { admin, reload, endProcess };
  const services: Service[] = [];
  for (const role of roles) {
    const service = await ROLES[role]?.(context, config, surroundings);
    if (service !== undefined) services.push(service);
  }
  const program = new Program(services, logger);
  const stop = async (): Promise<void> => {
    await program.stop();
    await admin.close();
    await http.close();
    tls?.close();
    bus.close();
  };
  const end = (reason: string): void => {
    logger.info({ reason }, 'stopping');
    stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => end(signal));
  // What it comes to is logged; a mistake leaves everything as it was. In a terminal SIGHUP says that this is closed.
  if (!process.stdout.isTTY) {
    process.on('SIGHUP', () => {
      reload.run().catch((error: unknown) => {
        if (error instanceof StartError) logger.error(`Nothing is changed. ${error.message}`);
        else fail(error);
      });
    });
  }
  // The certificate alone, as with coturn.
  process.on('SIGUSR2', () => void tls?.reload());
  try {
    await program.start();
    httpPort = await http.listen();
    if (admin.hasRoutes) {
      addProcessRoutes(admin, { http, logger, reload });
      await admin.listen();
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const problems = http.problems();
  if (problems.length > 0) logger.warn({ problems }, 'started, but no meeting can be held yet');
  else process.stdout.write(readyLine(roles, deployment().publicUrl));
}

function readyLine(roles: readonly string[], publicUrl: string): string {
  return roles.includes('web') ? `Parley is ready: ${publicUrl}\n` : `Parley is ready: ${roles.join(', ')}\n`;
}

function fail(error: unknown): void {
  if (error instanceof StartError) process.stderr.write(`Parley cannot start.\n${error.message}\n`);
  else console.error(error);
  process.exit(1);
}

// A bug that no boundary caught leaves unknown state behind; a supervisor's restart is safer, and clients rejoin.
process.on('uncaughtException', fail);
run().catch(fail);
