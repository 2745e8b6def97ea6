import { isDeepStrictEqual } from 'node:util';
import type { Logger } from './logger.ts';
import type { TlsFiles, TlsReload } from './tls-files.ts';

/** What a reload came to; settings are named by their path, `turn.peers`. */
export interface ReloadReport {
  /** Settings that changed and hold from now on. */
  readonly applied: readonly string[];
  /** Settings that changed in the file and wait for a restart. */
  readonly needRestart: readonly string[];
  /** Undefined without a certificate. */
  readonly certificate: TlsReload | undefined;
}

interface Part<Config> {
  readonly settings: readonly string[];
  readonly apply: (config: Config) => void;
}

/** Reads the configuration again while the program runs: all of it is used, or none when it has a mistake. */
export class Reload<Config extends object> {
  readonly #started: Config;
  readonly #read: () => Promise<Config>;
  readonly #tls: TlsFiles | undefined;
  readonly #logger: Logger;
  readonly #parts: Part<Config>[] = [];
  #current: Config;
  #running: Promise<ReloadReport> | undefined;

  /** @param read rejects with a StartError that names every mistake. */
  constructor(started: Config, read: () => Promise<Config>, tls: TlsFiles | undefined, logger: Logger) {
    this.#started = started;
    this.#current = started;
    this.#read = read;
    this.#tls = tls;
    this.#logger = logger;
  }

  /** The configuration of now; what needs a restart in it is not in force. */
  get current(): Config {
    return this.#current;
  }

  /** Says which settings can change in flight, and who is told when one of them has. */
  on(settings: readonly string[], apply: (config: Config) => void): void {
    this.#parts.push({ settings, apply });
  }

  /**
   * Also reads the TLS files. Callers at the same time share one run.
   * @throws StartError with every mistake; everything stays as it was then, but for the certificate.
   */
  run(): Promise<ReloadReport> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #run(): Promise<ReloadReport> {
    const certificate = await this.#tls?.reload();
    const next = await this.#read();
    const inFlight = this.#parts.flatMap(({ settings }) => settings);
    const applied = changes(this.#current, next, inFlight).filter((path) => inFlight.includes(path));
    const needRestart = changes(this.#started, next, inFlight).filter((path) => !inFlight.includes(path));
    this.#current = next;
    for (const { settings, apply } of this.#parts) if (settings.some((path) => applied.includes(path))) apply(next);
    this.#logger.info({ applied, needRestart }, 'configuration read again');
    return { applied, needRestart, certificate };
  }
}

/** Paths at which two configurations differ: those of `whole` as one, others down to the single setting. */
function changes(before: unknown, after: unknown, whole: readonly string[], path = ''): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (whole.includes(path) || !isSection(before) || !isSection(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changes(before[key], after[key], whole, path === '' ? key : `${path}.${key}`));
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
