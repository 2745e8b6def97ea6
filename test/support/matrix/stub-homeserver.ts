import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Authority } from './authority.ts';

export const ADMIN_TOKEN = 'syt_the_admin_token';
export const BOT_TOKEN = 'syt_the_bot_token';

export interface StubRoom {
  /** Users who have joined. */
  members: string[];
  version: string;
  /** Sender of `m.room.create`. */
  creator: string;
  additionalCreators?: string[];
  /** Content of `m.room.power_levels`; undefined: the room has none. */
  powerLevels?: object;
  /** Whether the bot is inside. */
  hasBot?: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const authority = new Authority();
const certificate = authority.certificate('DNS:localhost,IP:127.0.0.1');

/** The authority that signs stub homeservers' certificates, as a file. */
export const STUB_CA_FILE = authority.file;

/**
 * A homeserver by the answers that Synapse 1.160 gives (matrix note §2.4, §2.5), on loopback with https and an authority of
 * its own. What it must do wrong, a test says by `override`.
 */
export class StubHomeserver implements AsyncDisposable {
  /** Paths that were asked for, without queries. */
  readonly requests: string[] = [];
  /** OpenID token → what it says of its owner. */
  readonly tokens = new Map<string, string>();
  readonly rooms = new Map<string, StubRoom>();
  /** Answers instead; @returns false to leave a request to the stub. */
  override: ((...request: Parameters<Handler>) => boolean) | undefined;
  readonly #server = createServer(certificate, (request, response) => {
    const url = new URL(request.url ?? '/', 'https://stub');
    this.requests.push(url.pathname);
    if (this.override?.(request, response, url) !== true) this.#answer(request, response, url);
  });

  static async start(): Promise<StubHomeserver> {
    const stub = new StubHomeserver();
    await new Promise<void>((resolve) => {
      stub.#server.listen(0, '127.0.0.1', resolve);
    });
    return stub;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get baseUrl(): string {
    return `https://localhost:${this.port}`;
  }

  /** Gives a user a token, as `openid/request_token` does. */
  openIdToken(userId: string): string {
    const token = `openid_${this.tokens.size}_${Math.random().toString(36).slice(2)}`;
    this.tokens.set(token, userId);
    return token;
  }

  #answer(request: IncomingMessage, response: ServerResponse, url: URL): void {
    if (url.pathname === '/_matrix/federation/v1/openid/userinfo') {
      const token = url.searchParams.get('access_token');
      const sub = token === null ? undefined : this.tokens.get(token);
      if (sub === undefined) json(response, 401, { errcode: token === null ? 'M_MISSING_TOKEN' : 'M_UNKNOWN_TOKEN' });
      else json(response, 200, { sub });
      return;
    }
    const [, kind, room = '', rest = ''] =
      /^\/(_synapse\/admin\/v1|_matrix\/client\/v3)\/rooms\/([^/]+)\/(.*)$/.exec(url.pathname) ?? [];
    const roomId = decodeURIComponent(room);
    const found = this.rooms.get(roomId);
    if (kind === '_synapse/admin/v1') this.#answerAdmin(request, response, found, rest, url);
    else if (kind === '_matrix/client/v3') this.#answerBot(request, response, found, rest, url);
    else json(response, 404, { errcode: 'M_UNRECOGNIZED' });
  }

  #answerAdmin(
    { headers }: IncomingMessage,
    response: ServerResponse,
    room: StubRoom | undefined,
    rest: string,
    url: URL,
  ): void {
    if (headers.authorization === undefined) json(response, 401, { errcode: 'M_MISSING_TOKEN' });
    else if (headers.authorization !== `Bearer ${ADMIN_TOKEN}`) json(response, 403, { errcode: 'M_FORBIDDEN' });
    else if (room === undefined) json(response, 404, { errcode: 'M_NOT_FOUND' });
    else if (rest === 'members') json(response, 200, { members: room.members, total: room.members.length });
    else if (rest === 'state') {
      const type = url.searchParams.get('type');
      json(response, 200, { state: stateOf(room).filter((event) => type === null || event.type === type) });
    } else json(response, 404, { errcode: 'M_UNRECOGNIZED' });
  }

  #answerBot(
    { headers }: IncomingMessage,
    response: ServerResponse,
    room: StubRoom | undefined,
    rest: string,
    url: URL,
  ): void {
    if (headers.authorization !== `Bearer ${BOT_TOKEN}`) return json(response, 401, { errcode: 'M_UNKNOWN_TOKEN' });
    if (room?.hasBot !== true) return json(response, 403, { errcode: 'M_FORBIDDEN' });
    const [, type = '', key = ''] = rest.split('/').map(decodeURIComponent);
    if (type === 'm.room.member') {
      if (room.members.includes(key)) return json(response, 200, { membership: 'join' });
      return json(response, 404, { errcode: 'M_NOT_FOUND' });
    }
    const event = stateOf(room).find((one) => one.type === type);
    if (event === undefined) return json(response, 404, { errcode: 'M_NOT_FOUND' });
    return json(response, 200, url.searchParams.get('format') === 'event' ? event : event.content);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function stateOf({ creator, version, additionalCreators, powerLevels }: StubRoom) {
  const create = { room_version: version, ...(additionalCreators && { additional_creators: additionalCreators }) };
  const events = [{ type: 'm.room.create', state_key: '', sender: creator, content: create as object }];
  if (powerLevels !== undefined) {
    events.push({ type: 'm.room.power_levels', state_key: '', sender: creator, content: powerLevels });
  }
  return events;
}

export function json(response: ServerResponse, status: number, content: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
}
