import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { judgeConferenceRequest } from '#protocol/xmpp/conference-gate-bus.ts';
import type { ConferenceAnswer, ConferenceRequest, Requester } from '#protocol/xmpp/conference-request.ts';
import { decodeJsonRequest, encodeJsonAnswer } from '#protocol/xmpp/conference-request-json.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { StanzaError } from '#protocol/xmpp/stanza.ts';
import { BusError, type Bus } from '#runtime/bus.ts';
import type { HttpServer } from '#runtime/http.ts';

export type HttpListener = Pick<HttpServer, 'app' | 'clientOf' | 'isAllowedOrigin'>;

/** Opens a conference for somebody who may. @param openedBy who counts as having opened it. */
export type OpenConference = (
  request: ConferenceRequest,
  requester: Requester,
  openedBy: string,
) => Promise<ConferenceAnswer | StanzaError>;

const PATH = '/conference-request/v1';
const BODY_LIMIT_BYTES = 16_384;
const PREFLIGHT_SECONDS = 86_400;

const STATUS = { 'not-authorized': 403, 'session-invalid': 400, 'no-such-room': 404, 'too-many': 429 } as const;

/**
 * Conference requests over HTTP (wire note §3.2), also below a tenant. Refusals are text, as Jitsi's clients look for
 * words in them. signalling judges who may.
 */
export function addHttpRequests(http: HttpListener, bus: Bus, open: OpenConference): void {
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    allowOrigin(http, request, reply);
    try {
      const conferenceRequest = decodeJsonRequest(request.body, tokenOf(request));
      const { address } = http.clientOf(request.raw);
      const judgement = await bus.request(judgeConferenceRequest, { request: conferenceRequest, address });
      if (judgement.kind === 'refused')
        return refuse(reply, STATUS[judgement.reason], judgement.reason, judgement.text);
      if (judgement.kind === 'answered') return await reply.send(encodeJsonAnswer(judgement.answer));
      const openedBy = `${address} ${conferenceRequest.machineUid ?? ''}`;
      const opened = await open(conferenceRequest, judgement.requester, openedBy);
      if ('condition' in opened) {
        return refuse(reply, opened.condition === 'item-not-found' ? 404 : 503, opened.condition, opened.text ?? '');
      }
      return await reply.send(encodeJsonAnswer(opened));
    } catch (error) {
      if (error instanceof DecodeError) return refuse(reply, 400, 'bad-request', error.message);
      if (error instanceof BusError) return refuse(reply, 503, 'service-unavailable', 'nobody is there to judge this');
      throw error;
    }
  };
  const unreadable = (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
    const { statusCode = 500 } = error;
    if (statusCode >= 500) throw error;
    allowOrigin(http, request, reply);
    void refuse(reply, statusCode, 'bad-request', error.message);
  };
  for (const path of [PATH, `/:tenant${PATH}`]) {
    http.app.post(path, { bodyLimit: BODY_LIMIT_BYTES, errorHandler: unreadable }, answer);
    http.app.options(path, (request, reply) => {
      allowOrigin(http, request, reply);
      return reply
        .headers({
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'authorization, content-type',
          'access-control-max-age': String(PREFLIGHT_SECONDS),
        })
        .code(204)
        .send();
    });
  }
}

function allowOrigin(http: HttpListener, request: FastifyRequest, reply: FastifyReply): void {
  const { origin } = request.headers;
  void reply.headers({ 'cache-control': 'no-store', vary: 'origin' });
  if (origin !== undefined && http.isAllowedOrigin(origin)) void reply.header('access-control-allow-origin', origin);
}

function tokenOf({ headers: { authorization = '' } }: FastifyRequest): string | undefined {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1];
}

/** `400 invalid-session` is what Jitsi's clients look for, and not at the very beginning (wire note §3.2). */
function refuse(reply: FastifyReply, status: number, reason: string, text: string): FastifyReply {
  const words = reason === 'session-invalid' ? 'invalid-session' : reason;
  return reply.code(status).type('text/plain').send(`HTTP ERROR ${status} ${words}\n${text}\n`);
}
