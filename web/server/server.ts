import { fileURLToPath } from 'node:url';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServiceContext } from '#runtime/context.ts';
import type { Logger } from '#runtime/logger.ts';
import { plainPagePolicy } from '#runtime/plain-page.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { parseRoomPath } from '#protocol/xmpp/room-name.ts';
import { readTenant } from '#protocol/xmpp/tenant.ts';
import { loadAssets, type Asset } from './asset-store.ts';
import type { EmbedConfig, WebConfig } from './config.ts';
import { clientConfig, interfaceConfig, type Deployment } from './client-config.ts';
import { originFor, webSocketOrigin } from './public-origin.ts';
import { refusalPage } from './refusal-page.ts';
import { securityHeaders } from './security-headers.ts';

/** What stands for a tenant that can be none. */
const UNUSABLE = Symbol('no tenant');
const YEAR_SECONDS = 31_536_000;
/** Embedders get a new version soon, and ask not on each page. */
const SCRIPT_SECONDS = 300;
/** Where Jitsi's servers have it, which embedders wrote into their pages. */
const EXTERNAL_API_PATHS = ['external_api.js', 'libs/external_api.js', 'libs/external_api.min.js'];
const EXTERNAL_API_FILE = 'libs/external_api.min.js';
/** The page of the Matrix widget, on a host of its own, and where it is there. */
const WIDGET_FILE = 'widget/index.html';
const WIDGET_PATH = '/matrix';
/** What `npm run build:web` makes. */
const BUILT_PAGES = fileURLToPath(new URL('../dist', import.meta.url));

/** What `/config.js` tells clients, as far as the configuration knows. */
export interface WebSetup extends Omit<Deployment, 'identityProvider' | 'usesPeerToPeer' | 'pictureSources'> {
  /** What people call the OpenID Connect provider; undefined if there is none. */
  readonly identityProvider: string | undefined;
  /** `matrix.widgetUrl`. */
  readonly widgetUrl: string | undefined;
}

/** Serves the built page and `/config.js`. */
export class WebServer implements Service {
  readonly name = 'web';
  readonly #context: ServiceContext;
  readonly #config: WebConfig;
  readonly #embed: EmbedConfig;
  readonly #setup: WebSetup;
  readonly #logger: Logger;
  #assets: ReadonlyMap<string, Asset> = new Map();
  #page: Asset | undefined;
  #widget: Asset | undefined;
  #externalApi: Asset | undefined;

  constructor(context: ServiceContext, config: WebConfig, embed: EmbedConfig, setup: WebSetup) {
    this.#context = context;
    this.#config = config;
    this.#embed = embed;
    this.#setup = setup;
    this.#logger = context.logger.child({ service: this.name });
    const { app } = context.http;
    app.get('/assets/*', (request, reply) => this.#sendAsset(request, reply));
    for (const prefix of ['', '/:tenant']) {
      app.get(`${prefix}/config.js`, (request, reply) => this.#sendConfig(request, reply));
      app.get(`${prefix}/interface_config.js`, (_request, reply) => sendScript(reply, interfaceConfig()));
      for (const path of EXTERNAL_API_PATHS) {
        app.get(`${prefix}/${path}`, (request, reply) => this.#sendExternalApi(request, reply));
      }
    }
    app.get('/', (request, reply) => this.#sendPage(request, reply));
    app.get('/*', (request, reply) => this.#sendPage(request, reply));
  }

  /** @throws StartError when the page is not built */
  async start(): Promise<void> {
    const pagesDir = this.#config.pagesDir ?? BUILT_PAGES;
    let files: ReadonlyMap<string, Asset>;
    try {
      files = await loadAssets(pagesDir);
    } catch (cause) {
      throw notBuilt(pagesDir, cause);
    }
    const index = files.get('index.html');
    if (index === undefined) throw notBuilt(pagesDir);
    this.#assets = new Map(
      Array.from(files)
        .filter(([name]) => name.startsWith('assets/'))
        .map(([name, asset]) => [`/${name}`, asset]),
    );
    this.#page = index;
    this.#widget = files.get(WIDGET_FILE);
    this.#externalApi = files.get(EXTERNAL_API_FILE);
    this.#context.http.addHealthCheck(this.name, () =>
      this.#page === undefined ? 'the page is not loaded' : undefined,
    );
    this.#logger.debug({ files: files.size }, 'page loaded');
  }

  stop(): Promise<void> {
    this.#page = undefined;
    return Promise.resolve();
  }

  #sendAsset(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const asset = this.#assets.get(pathOf(request));
    if (asset === undefined) return reply.code(404).type('text/plain').send('There is no such file.\n');
    // An SVG opened by itself is a document; it needs nothing.
    void reply.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
    return sendFile(
      asset,
      request,
      reply,
      asset.isImmutable ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
    );
  }

  #sendConfig(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const tenant = tenantOf(request);
    if (tenant === UNUSABLE) return reply.code(404).type('text/plain').send('There is no such tenant.\n');
    const { http, publicUrl, xmppDomain } = this.#context;
    const origin = originFor(http.clientOf(request.raw), publicUrl);
    const name = this.#setup.identityProvider;
    // Under its public name alone: the provider sends people back there, and cookies belong to a host.
    const identityProvider = name === undefined ? undefined : { name, loginUrl: `${publicUrl}/auth/login` };
    const { p2p: usesPeerToPeer, pictureSources } = this.#config;
    const deployment = { ...this.#setup, identityProvider, usesPeerToPeer, pictureSources };
    return sendScript(reply, clientConfig(origin, xmppDomain, deployment, tenant));
  }

  /** For pages of any origin, which load it as a script. */
  #sendExternalApi(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#externalApi === undefined) return reply.code(404).type('text/plain').send('There is no such file.\n');
    void reply.headers({ 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' });
    return sendFile(this.#externalApi, request, reply, `public, max-age=${SCRIPT_SECONDS}`);
  }

  #framers(): readonly string[] | 'all' {
    const { allowedOrigins } = this.#embed;
    return allowedOrigins.length === 0 ? 'all' : allowedOrigins;
  }

  /** Element takes what is under our public name for Jitsi's, whatever the path (matrix note §3.1). */
  #isWidget(request: FastifyRequest): boolean {
    const { widgetUrl } = this.#setup;
    if (widgetUrl === undefined || pathOf(request) !== WIDGET_PATH) return false;
    const asked = URL.parse(`http://${this.#context.http.clientOf(request.raw).host}`);
    return asked?.hostname === new URL(widgetUrl).hostname;
  }

  #sendWidget(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const { http, publicUrl } = this.#context;
    if (this.#widget === undefined)
      return reply.code(503).type('text/plain').send('The server is starting or stopping.\n');
    const { protocol, host } = http.clientOf(request.raw);
    const origin = new URL(`${protocol}://${host}`).origin;
    // The bridge is under the public name.
    const connectSources = [...this.#config.connectSources, webSocketOrigin(publicUrl)];
    const { pictureSources } = this.#config;
    void reply.headers(securityHeaders({ origin, connectSources, pictureSources, framedBy: this.#framers() }));
    return sendFile(this.#widget, request, reply, 'no-cache');
  }

  #sendPage(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    if (this.#isWidget(request)) return this.#sendWidget(request, reply);
    const origin = originFor(this.#context.http.clientOf(request.raw), this.#context.publicUrl);
    const { connectSources, pictureSources } = this.#config;
    let isMeeting: boolean;
    try {
      isMeeting = parseRoomPath(pathOf(request)) !== undefined;
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      void reply.headers(securityHeaders({ origin, connectSources: [], pictureSources: [], framedBy: [] }));
      void reply.header('content-security-policy', plainPagePolicy);
      return reply.code(404).type('text/html; charset=utf-8').send(refusalPage(error.message));
    }
    if (this.#page === undefined)
      return reply.code(503).type('text/plain').send('The server is starting or stopping.\n');
    const framedBy = isMeeting ? this.#framers() : [];
    void reply.headers(securityHeaders({ origin, connectSources, pictureSources, framedBy }));
    return sendFile(this.#page, request, reply, 'no-cache');
  }
}

/** The tenant below which something is asked for. */
function tenantOf(request: FastifyRequest): string | undefined | typeof UNUSABLE {
  const { tenant } = request.params as { readonly tenant?: string };
  if (tenant === undefined) return undefined;
  try {
    return readTenant(tenant);
  } catch (error) {
    if (error instanceof DecodeError) return UNUSABLE;
    throw error;
  }
}

function pathOf(request: FastifyRequest): string {
  const query = request.url.indexOf('?');
  return query === -1 ? request.url : request.url.slice(0, query);
}

/** Of pages anywhere: clients of other origins load it as a script. */
function sendScript(reply: FastifyReply, script: string): FastifyReply {
  return reply
    .type('text/javascript; charset=utf-8')
    .headers({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'access-control-allow-origin': '*',
    })
    .send(script);
}

function sendFile(asset: Asset, request: FastifyRequest, reply: FastifyReply, cacheControl: string): FastifyReply {
  const { contentType, body, gzipped, etag } = asset;
  void reply
    .header('cache-control', cacheControl)
    .header('etag', etag)
    .header('vary', 'accept-encoding')
    .header('x-content-type-options', 'nosniff');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  void reply.type(contentType);
  if (gzipped === undefined || !acceptsGzip(request)) return reply.send(body);
  return reply.header('content-encoding', 'gzip').send(gzipped);
}

function acceptsGzip(request: FastifyRequest): boolean {
  const accepted = request.headers['accept-encoding'];
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(typeof accepted === 'string' ? accepted : '');
}

function notBuilt(pagesDir: string, cause?: unknown): StartError {
  return new StartError(
    `The page is not in ${pagesDir}. Run \`npm start\`, which builds it, or \`npm run build:web\`.`,
    {
      cause,
    },
  );
}
