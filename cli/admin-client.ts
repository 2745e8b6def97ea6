import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ADMIN_HOST } from '#runtime/admin.ts';
import { loadConfig } from '#runtime/config.ts';
import { StartError } from '#runtime/start-error.ts';
import { configSchema } from '../config.ts';

const TIMEOUT_MS = 30_000;

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string(), remedy: z.string() }) });
const secretsFile = z.object({ adminToken: z.string() });

/** What the server would not do, or why it could not be asked; the message is for the administrator. */
export class AdminClientError extends Error {
  override readonly name = 'AdminClientError';
}

export interface AdminClientOptions {
  /** `--config`; undefined: as the server looks for it. */
  readonly configFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Speaks to the server that runs on this machine with the same configuration (runtime/admin.ts). */
export class AdminClient {
  readonly #port: number;
  readonly #token: string;

  /** @throws AdminClientError where no server with this data directory ever ran; StartError for a bad configuration. */
  static async open({ configFile, environment }: AdminClientOptions): Promise<AdminClient> {
    const file = configFile ?? environment['PARLEY_CONFIG'];
    const { admin, dataDir } = await loadConfig(configSchema, { file, environment });
    if (admin.port === 0) {
      throw new StartError(
        'With admin.port 0 nobody knows where the server is: set PARLEY_ADMIN_PORT to what it logged.',
      );
    }
    return new AdminClient(admin.port, admin.token ?? (await readToken(dataDir)));
  }

  private constructor(port: number, token: string) {
    this.#port = port;
    this.#token = token;
  }

  /** @throws AdminClientError */
  get<Answer>(path: string, query: Readonly<Record<string, string>>, answer: z.ZodType<Answer>): Promise<Answer> {
    const text = new URLSearchParams(query).toString();
    return this.#ask(text === '' ? path : `${path}?${text}`, {}, answer);
  }

  /** @throws AdminClientError */
  post<Answer>(path: string, body: object, answer: z.ZodType<Answer>): Promise<Answer> {
    return this.#ask(path, { method: 'POST', body: JSON.stringify(body) }, answer);
  }

  async #ask<Answer>(path: string, init: RequestInit, answer: z.ZodType<Answer>): Promise<Answer> {
    let response: Response;
    let content: unknown;
    try {
      const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      response = await fetch(`http://${ADMIN_HOST}:${this.#port}${path}`, { ...init, headers, signal });
      content = await response.json();
    } catch (cause) {
      throw new AdminClientError(
        `No Parley answers on ${ADMIN_HOST}, port ${this.#port}. Start it, or set PARLEY_ADMIN_PORT as the server has it.`,
        { cause },
      );
    }
    if (response.ok) return answer.parse(content);
    const refused = refusal.safeParse(content);
    if (!refused.success) throw new AdminClientError(`Port ${this.#port} answers, but not as Parley’s admin API.`);
    const { message, remedy } = refused.data.error;
    throw new AdminClientError(`${message}\n${remedy}`);
  }
}

async function readToken(dataDir: string): Promise<string> {
  const path = join(dataDir, 'secrets.json');
  try {
    return secretsFile.parse(JSON.parse(await readFile(path, 'utf8'))).adminToken;
  } catch (cause) {
    throw new AdminClientError(
      `The admin token cannot be read from ${path}. Run this as the server’s user, in its working directory or with its PARLEY_DATA_DIR; the file is made when the server first starts.`,
      { cause },
    );
  }
}
