import { createHash, timingSafeEqual } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Logger } from './logger.ts';
import { openApiDocument, type DescribedRoute } from './openapi.ts';
import { StartError } from './start-error.ts';

/** The admin API never leaves this machine (decisions.md, "Names and addresses"). */
export const ADMIN_HOST = '127.0.0.1';

export const adminConfig = z
  .strictObject({
    port: z.number().int().min(0).max(65_535).default(8081).describe('TCP port of the admin API on 127.0.0.1; 0: any.'),
    token: z
      .string()
      .min(32)
      .optional()
      .meta({ secret: true })
      .describe('Bearer token of the admin API. Default: a generated one, in secrets.json of the data directory.'),
  })
  .describe('Admin API, which the commands speak to.');
export type AdminConfig = z.infer<typeof adminConfig>;

/** What callers are told when something cannot be done: the JSON is `{ "error": { code, message, remedy } }`. */
export class AdminError extends Error {
  override readonly name = 'AdminError';
  readonly status: number;
  /** Stable, for programs. */
  readonly code: string;
  /** What the administrator can do about it. */
  readonly remedy: string;

  constructor(status: number, code: string, message: string, remedy: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.remedy = remedy;
  }
}

/** One question that an administrator may ask. The answer is sent as JSON; its size is bounded by whoever makes it. */
export interface AdminRoute<Input, Answer> {
  readonly method: 'GET' | 'POST';
  /** Begins with what it is about: `/turn/sessions`, `/rooms/:room`. */
  readonly path: string;
  /** One line for the OpenAPI document. */
  readonly summary: string;
  /** An object: the path's parameters over the query (GET: text, so coerce numbers) or the JSON body (POST). */
  readonly input: z.ZodType<Input>;
  readonly answer: z.ZodType<Answer>;
  /** @throws AdminError */
  readonly handle: (input: Input) => NoInfer<Answer> | Promise<NoInfer<Answer>>;
}

const BODY_LIMIT_BYTES = 65_536;
const IDLE_TIMEOUT_MS = 60_000;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 32;
/** Names of rooms stand in paths, percent-encoded. */
const MAX_PARAM_LENGTH = 4_096;

/**
 * The process's other HTTP listener: loopback only, every request with the bearer token, JSON in and out. Services add
 * routes before it listens; without any it is not started. `/openapi.json` describes them all.
 */
export class AdminServer {
  readonly #port: number;
  readonly #tokenDigest: Buffer;
  readonly #logger: Logger;
  readonly #app: FastifyInstance;
  readonly #routes: DescribedRoute[] = [];

  /** @param generatedToken is used where none is configured. */
  constructor(config: AdminConfig, generatedToken: string, logger: Logger) {
    this.#port = config.port;
    this.#tokenDigest = digest(config.token ?? generatedToken);
    this.#logger = logger.child({ service: 'admin' });
    this.#app = Fastify({
      logger: false,
      bodyLimit: BODY_LIMIT_BYTES,
      connectionTimeout: IDLE_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      forceCloseConnections: true,
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    });
    this.#app.server.maxConnections = MAX_CONNECTIONS;
    this.#app.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      if (!this.#isAuthorized(request)) {
        reply.header('www-authenticate', 'Bearer');
        throw new AdminError(
          401,
          'unauthorized',
          'This request carries no token of this server.',
          'Send “Authorization: Bearer <adminToken>”; the token is in secrets.json of the data directory.',
        );
      }
    });
    this.#app.setNotFoundHandler(() => {
      throw new AdminError(
        404,
        'unknown-route',
        'There is nothing under this address.',
        '/openapi.json lists what there is.',
      );
    });
    this.#app.setErrorHandler((error: FastifyError | AdminError, request, reply) => {
      const told = this.#toTell(error, request);
      const { code, message, remedy } = told;
      return reply.code(told.status).send({ error: { code, message, remedy } });
    });
    this.#app.get('/openapi.json', () => openApiDocument('Parley: administration', this.#routes));
  }

  /** Adds a route; only before `listen`. */
  route<Input, Answer>({ method, path, summary, input, answer, handle }: AdminRoute<Input, Answer>): void {
    this.#routes.push({ method, path, summary, input, answer });
    this.#app.route({
      method,
      url: path,
      handler: async (request, reply) => {
        const given = method === 'GET' ? request.query : (request.body ?? {});
        if (typeof given !== 'object' || given === null) throw badRequest('The body must be a JSON object.');
        const parsed = input.safeParse({ ...given, ...(request.params as object) });
        if (!parsed.success) throw badRequest(z.prettifyError(parsed.error));
        return reply.type('application/json').send(JSON.stringify(await handle(parsed.data)));
      },
    });
  }

  /** Whether a service has anything to be asked. */
  get hasRoutes(): boolean {
    return this.#routes.length > 0;
  }

  /** @returns the TCP port. @throws StartError when it cannot be had. */
  async listen(): Promise<number> {
    try {
      await this.#app.listen({ host: ADMIN_HOST, port: this.#port });
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      const reason = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be used (${code})`;
      throw new StartError(
        `Port ${this.#port} for the admin API ${reason}. Set PARLEY_ADMIN_PORT to a free port (0 for any).`,
        { cause },
      );
    }
    const { port } = this.#app.server.address() as AddressInfo;
    this.#logger.info({ port }, 'admin API is listening');
    return port;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#app.close();
  }

  #isAuthorized(request: FastifyRequest): boolean {
    const [scheme, token, ...rest] = (request.headers.authorization ?? '').split(' ');
    if (scheme?.toLowerCase() !== 'bearer' || token === undefined || rest.length > 0) return false;
    // Of digests, so that neither content nor length can be told from the time it takes.
    return timingSafeEqual(digest(token), this.#tokenDigest);
  }

  #toTell(error: FastifyError | AdminError, request: FastifyRequest): AdminError {
    if (error instanceof AdminError) return error;
    const status = error.statusCode ?? 500;
    if (status < 500) return badRequest(error.message, status);
    this.#logger.error({ err: error, route: request.routeOptions.url }, 'an admin request failed because of a bug');
    return new AdminError(500, 'failed', 'This failed because of a bug.', 'The log says more; please report it.');
  }
}

function badRequest(message: string, status = 400): AdminError {
  return new AdminError(status, 'bad-request', message, 'Mend the request and send it again.');
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
