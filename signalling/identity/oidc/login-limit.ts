import rateLimit from '@fastify/rate-limit';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressGroup } from '#runtime/address-group.ts';
import { plainPagePolicy } from '#runtime/plain-page.ts';
import { tooManyPage } from './too-many-page.ts';

/** Above so many addresses the one that asked longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;
const TOO_MANY = 'too-many-requests';

export interface LoginLimitOptions {
  readonly perMinute: number;
  /** The client's address, whoever passes its requests on. */
  readonly addressOf: (request: FastifyRequest) => string;
}

/** Holds back an address that asks too often (RFC 6585 §4): each login costs the provider and us a request. */
export async function limitLogins(scope: FastifyInstance, { perMinute, addressOf }: LoginLimitOptions): Promise<void> {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.code !== TOO_MANY) throw error;
    return refuse(request, reply);
  });
  await scope.register(rateLimit, {
    max: perMinute,
    timeWindow: '1 minute',
    cache: MAX_ADDRESSES,
    keyGenerator: (request) => addressGroup(addressOf(request)),
    errorResponseBuilder: () => Object.assign(new Error('too many logins'), { statusCode: 429, code: TOO_MANY }),
  });
}

/** `Retry-After` is there already. People come by a link, the page by `fetch`. */
function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.code(429);
  if (request.method !== 'GET') return reply.send({ error: TOO_MANY });
  const seconds = Number(reply.getHeader('retry-after'));
  void reply.headers({ 'content-security-policy': plainPagePolicy, 'x-content-type-options': 'nosniff' });
  return reply.type('text/html; charset=utf-8').send(tooManyPage(seconds, request.headers['accept-language']));
}
