import { createHash, timingSafeEqual } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ConferenceMapping } from '#protocol/dialin/conference-mapper.ts';
import type { DialInNumber } from '#protocol/dialin/phone-number-list.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { addressGroup } from '#runtime/address-group.ts';
import type { HttpServer } from '#runtime/http.ts';
import { countryOfNumber } from '../protection/calling-code.ts';
import { judgeDialString, parseDialRules } from '../protection/dial-string.ts';
import type { DialInConfig, PhoneNumber } from './config.ts';
import { dialInPage, dialInPagePolicy, pageLanguage } from './dialin-page.ts';
import type { Caller } from './pin-guard.ts';
import { roomOfAddress, roomOfPath } from './room-of-request.ts';

/** Numbers that lead in, and rules for those that may be called. */
export type TelephoneConfig = DialInConfig & { readonly dialOut: { readonly allow: readonly string[] } };

export type DialInListener = Pick<HttpServer, 'app' | 'clientOf' | 'isAllowedOrigin'>;

export interface DialInRoutesOptions {
  readonly config: TelephoneConfig;
  readonly xmppDomain: string;
  /** The PIN of a meeting that has one. */
  readonly pinOf: (room: string) => string | undefined;
  readonly createPin: (room: string) => string;
  /** Bare address of the meeting to which a PIN leads. */
  readonly roomOf: (pin: string, caller: Caller) => Promise<string | undefined>;
}

/** Requests of one client address; people look at the page, clients ask twice for each meeting. */
const PER_MINUTE = 60;
/** Above so many addresses the one that asked longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;
const BODY_LIMIT_BYTES = 4_096;
const TOO_MANY = 'This address asked too often. Wait a while, then try again.';

/** Names as Jitsi's gateways and clients send them, in the query or as JSON. */
const mapperRequest = z.object({
  conference: z.string().min(1).max(2_048).optional(),
  id: z.union([z.string().regex(/^\d{1,15}$/), z.number().int().min(0).max(999_999_999_999_999)]).optional(),
});

/**
 * `/dialin/phoneNumberList` and `/dialin/conferenceMapper`, `/dialin/dialOutCheck` in Jitsi's shapes (sip-and-recording.md §5.3), and `/dialin`, the
 * page with a meeting's numbers and PIN to print.
 */
export function addDialInRoutes(http: DialInListener, options: DialInRoutesOptions): void {
  // Of its own: all in it shares one limit.
  void http.app.register(async (scope) => addRoutes(scope, http, options));
}

async function addRoutes(scope: FastifyInstance, http: DialInListener, options: DialInRoutesOptions): Promise<void> {
  const { config } = options;
  const addressOf = (request: FastifyRequest): string => http.clientOf(request.raw).address;
  const keyGenerator = (request: FastifyRequest): string => addressGroup(addressOf(request));
  const errorResponseBuilder = (): Error => Object.assign(new Error(TOO_MANY), { statusCode: 429 });
  await scope.register(rateLimit, {
    max: PER_MINUTE,
    timeWindow: '1 minute',
    cache: MAX_ADDRESSES,
    keyGenerator,
    errorResponseBuilder,
  });
  const mayCreate = scope.createRateLimit({
    max: config.dialIn.newPinsPerHourPerAddress,
    timeWindow: '1 hour',
    // The limits of a scope share their store.
    keyGenerator: (request) => `new ${keyGenerator(request)}`,
  });
  const rules = parseDialRules(config.dialOut.allow) ?? { allow: [], deny: [] };
  const numbers = config.numbers.filter(({ room }) => room === undefined).map(listed);

  /** @returns undefined where this address had too many made. */
  const pinFor = async (room: string, request: FastifyRequest): Promise<string | undefined> => {
    const known = options.pinOf(room);
    if (known !== undefined) return known;
    return (await isWithin(mayCreate, request)) ? options.createPin(room) : undefined;
  };

  const mapConference = async (input: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    allowOrigin(http, request, reply);
    const parsed = mapperRequest.safeParse(input);
    if (!parsed.success) return refuse(reply, 400, 'Name a conference, or an id of at most 15 digits.');
    const { conference, id } = parsed.data;
    if (id !== undefined) {
      if (!isGateway(request, config.dialIn.lookupToken)) {
        return refuse(reply.header('www-authenticate', 'Bearer'), 401, 'Only gateways with the token may look up ids.');
      }
      const caller = { source: addressOf(request), trunk: 'http' };
      return reply.send(mapping(String(id), (await options.roomOf(String(id), caller)) ?? false));
    }
    if (conference === undefined) return refuse(reply, 400, 'Name a conference, or an id.');
    try {
      const room = roomOfAddress(conference, options.xmppDomain);
      const pin = await pinFor(room, request);
      return pin === undefined ? refuse(reply, 429, TOO_MANY) : reply.send(mapping(pin, room));
    } catch (error) {
      if (error instanceof DecodeError) return refuse(reply, 400, error.message);
      throw error;
    }
  };

  scope.get('/dialin/phoneNumberList', (request, reply) => {
    allowOrigin(http, request, reply);
    return reply.send(numbers);
  });
  scope.get('/dialin/conferenceMapper', (request, reply) => mapConference(request.query, request, reply));
  scope.post('/dialin/conferenceMapper', { bodyLimit: BODY_LIMIT_BYTES }, (request, reply) =>
    mapConference(request.body, request, reply),
  );
  scope.get('/dialin/dialOutCheck', (request, reply) => {
    allowOrigin(http, request, reply);
    const { phone } = readDialQuery(request.query);
    const verdict = judgeDialString(phone, rules);
    if (!verdict.ok) return reply.send({ allow: false, phone });
    const country = countryOfNumber(verdict.number);
    return reply.send({ allow: true, ...(country === undefined ? {} : { country }), phone: verdict.number });
  });
  scope.get('/dialin', async (request, reply) => {
    void reply.headers({
      'cache-control': 'no-store',
      'content-security-policy': dialInPagePolicy,
      'x-content-type-options': 'nosniff',
      // The name of a meeting is its key.
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
      vary: 'accept-language',
    });
    const { room: path, lang } = readPageQuery(request.query);
    const language = pageLanguage(lang, request.headers['accept-language']);
    const page = (input: Parameters<typeof dialInPage>[1], status = 200): FastifyReply =>
      reply.code(status).type('text/html; charset=utf-8').send(dialInPage(language, input));
    try {
      const { jid, title } = roomOfPath(path, options.xmppDomain);
      const pin = await pinFor(jid, request);
      return pin === undefined ? page({ problem: 'too-many' }, 429) : page({ title, path, pin, numbers });
    } catch (error) {
      if (error instanceof DecodeError) return page({ problem: 'no-meeting' }, 404);
      throw error;
    }
  });
}

async function isWithin(
  limit: ReturnType<FastifyInstance['createRateLimit']>,
  request: FastifyRequest,
): Promise<boolean> {
  const use = await limit(request);
  return use.isAllowed || !use.isExceeded;
}

function readDialQuery(query: unknown): { readonly phone: string } {
  return z.object({ phone: z.string().max(64).catch('') }).parse(query);
}

function readPageQuery(query: unknown): { readonly room: string; readonly lang: string } {
  const text = z.string().max(2_048).catch('');
  return z.object({ room: text, lang: text }).parse(query);
}

function listed({ country, number, tollFree }: PhoneNumber): DialInNumber {
  return { countryCode: country, formattedNumber: number, tollFree };
}

function mapping(pin: string, conference: string | false): ConferenceMapping {
  const message = conference === false ? 'No meeting has this number.' : 'The meeting can be reached by phone.';
  return { message, id: Number(pin), conference };
}

function isGateway({ headers: { authorization = '' } }: FastifyRequest, token: string | undefined): boolean {
  const given = /^bearer +(\S+)$/i.exec(authorization)?.[1];
  return token !== undefined && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function allowOrigin(http: DialInListener, request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers;
  void reply.headers({ 'cache-control': 'no-store', vary: 'origin' });
  if (origin !== undefined && http.isAllowedOrigin(origin)) void reply.header('access-control-allow-origin', origin);
}

function refuse(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.code(status).send({ message });
}
