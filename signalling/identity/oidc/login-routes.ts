import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Logger } from '#runtime/logger.ts';
import { LOGIN_SECONDS, openLogin, sealLogin } from './login-cookie.ts';
import { memberOf, type MemberRules } from './member-rules.ts';
import type { MemberSessions } from './member-sessions.ts';
import { ownPath } from './own-path.ts';
import type { OwnTokens } from './own-tokens.ts';
import { ProviderError, type OidcProvider } from './provider.ts';

export interface LoginRouteParts {
  readonly provider: OidcProvider;
  readonly sessions: MemberSessions;
  readonly sessionSeconds: number;
  readonly tokens: OwnTokens;
  readonly rules: MemberRules;
  /** Signs what the browser keeps during a login. */
  readonly key: string;
  /** Read late: its port may not be known before the server listens. */
  readonly publicUrl: () => string;
  readonly logger: Logger;
}

/** Why a login came to nothing, as the page is told in `?login=`; the page has words for each. */
type LoginFailure = 'cancelled' | 'unreachable' | 'not-permitted' | 'expired' | 'failed';

const CALLBACK = '/auth/callback';
const tokenRequest = z.object({ room: z.string().max(2_048) });

/**
 * The way to the provider and back (decisions.md, `/auth/*`). The page asks for a token of its room; who has not logged
 * in gets none, goes to `/auth/login`, and comes back to where it was. `/auth/session` says who has.
 */
export function addLoginRoutes(app: FastifyInstance, parts: LoginRouteParts): void {
  const cookies = new LoginCookies(parts.publicUrl);
  app.addHook('onRequest', (_request, reply, done) => {
    // Addresses here carry codes.
    void reply.headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    done();
  });
  app.get('/auth/login', (request, reply) => begin(request, reply, parts, cookies));
  app.get(CALLBACK, (request, reply) => comeBack(request, reply, parts, cookies));
  app.post('/auth/token', (request, reply) => {
    const wish = tokenRequest.safeParse(request.body);
    const room = wish.success ? ownPath(wish.data.room).room : undefined;
    if (room === undefined) return reply.code(400).send({ error: 'expected {"room": "/path of a meeting"}' });
    const session = parts.sessions.find(cookies.session(request) ?? '');
    if (session === undefined) return reply.send({ token: null });
    const { name = '' } = session.member.person;
    return reply.send({ ...parts.tokens.issue(room, session), name });
  });
  app.post('/auth/session', (request, reply) => {
    const session = parts.sessions.find(cookies.session(request) ?? '');
    return reply.send({ name: session === undefined ? null : (session.member.person.name ?? '') });
  });
  app.post('/auth/logout', async (request, reply) => {
    const session = parts.sessions.close(cookies.session(request) ?? '');
    cookies.clear(reply, 'session');
    const start = `${parts.publicUrl()}/`;
    const elsewhere = session === undefined ? undefined : await providerLogout(session.idToken, start, parts);
    return reply.send({ next: elsewhere ?? start });
  });
}

async function begin(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: LoginRouteParts,
  cookies: LoginCookies,
): Promise<FastifyReply> {
  const { path } = ownPath(queryOf(request).get('room') ?? undefined);
  try {
    const { url, attempt } = await parts.provider.begin(`${parts.publicUrl()}${CALLBACK}`);
    cookies.set(reply, 'login', sealLogin({ ...attempt, path }, parts.key), LOGIN_SECONDS);
    return reply.redirect(url.href, 302);
  } catch (error) {
    return back(reply, parts, path, failureOf(error, parts));
  }
}

async function comeBack(
  request: FastifyRequest,
  reply: FastifyReply,
  parts: LoginRouteParts,
  cookies: LoginCookies,
): Promise<FastifyReply> {
  const query = queryOf(request);
  const login = openLogin(cookies.login(request) ?? '', parts.key);
  // One login, one return.
  cookies.clear(reply, 'login');
  if (login === undefined) return back(reply, parts, '/', 'expired');
  const { path } = ownPath(login.path);
  if (query.get('state') !== login.state) return back(reply, parts, path, 'expired');
  try {
    const callback = new URL(`${parts.publicUrl()}${CALLBACK}?${query.toString()}`);
    const { subject, claims, idToken } = await parts.provider.finish(callback, login);
    const member = memberOf(claims, subject, parts.rules);
    if (member === undefined) return back(reply, parts, path, 'not-permitted');
    cookies.set(reply, 'session', parts.sessions.open(member, idToken), parts.sessionSeconds);
    return back(reply, parts, path, undefined);
  } catch (error) {
    return back(reply, parts, path, failureOf(error, parts));
  }
}

/** Always to a page of our own. */
function back(
  reply: FastifyReply,
  { publicUrl }: LoginRouteParts,
  path: string,
  failure: LoginFailure | undefined,
): FastifyReply {
  return reply.redirect(`${publicUrl()}${path}${failure === undefined ? '' : `?login=${failure}`}`, 302);
}

function failureOf(error: unknown, { logger }: LoginRouteParts): LoginFailure {
  if (!(error instanceof ProviderError)) throw error;
  if (error.code !== 'cancelled') logger.warn({ code: error.code }, `nobody is logged in: ${error.message}`);
  return error.code;
}

async function providerLogout(idToken: string, start: string, parts: LoginRouteParts): Promise<string | undefined> {
  try {
    return (await parts.provider.logoutUrl(idToken, start))?.href;
  } catch (error) {
    failureOf(error, parts);
    return undefined;
  }
}

function queryOf(request: FastifyRequest): URLSearchParams {
  const { url } = request;
  const mark = url.indexOf('?');
  return new URLSearchParams(mark === -1 ? '' : url.slice(mark + 1));
}

/** RFC 6265bis: out of reach of scripts, sent along from our own pages and on the way back from the provider only. */
class LoginCookies {
  readonly #publicUrl: () => string;

  constructor(publicUrl: () => string) {
    this.#publicUrl = publicUrl;
  }

  login(request: FastifyRequest): string | undefined {
    return this.#read(request, 'login');
  }

  session(request: FastifyRequest): string | undefined {
    return this.#read(request, 'session');
  }

  set(reply: FastifyReply, name: 'login' | 'session', value: string, maxAge: number): void {
    const secure = this.#isSecure;
    const cookie = {
      name: this.#nameOf(name),
      value,
      maxAge,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure,
    } as const;
    void reply.header('set-cookie', stringifySetCookie(cookie));
  }

  clear(reply: FastifyReply, name: 'login' | 'session'): void {
    this.set(reply, name, '', 0);
  }

  #read({ headers }: FastifyRequest, name: 'login' | 'session'): string | undefined {
    return parseCookie(headers.cookie ?? '')[this.#nameOf(name)];
  }

  /** The prefix keeps other hosts of the same domain from setting it. */
  #nameOf(name: string): string {
    return `${this.#isSecure ? '__Host-' : ''}parley-${name}`;
  }

  get #isSecure(): boolean {
    return this.#publicUrl().startsWith('https:');
  }
}
