import { createHmac } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { addressGroup } from '#runtime/address-group.ts';
import type { MatrixJudge } from './matrix-judge.ts';
import { avatarAt, openIdToken, roomId, serverName, shownText } from './openid-claim.ts';
import type { MatrixRefusal } from './refusal.ts';
import { nodeOfRoom } from './room-binding.ts';
import { widgetContent } from './widget-description.ts';

/** Our page asks here once for each join, clients once for each call. */
const PER_MINUTE = 60;
/** Above so many addresses the one that asked longest ago is forgotten. */
const MAX_ADDRESSES = 10_000;
const BODY_LIMIT_BYTES = 8_192;
/** Of the window, as in Element: percent. */
const LAYOUT = { container: 'top', index: 0, width: 100, height: 60 };

export interface WidgetRoutesOptions {
  readonly judge: Pick<MatrixJudge, 'verifyOpenId'>;
  /** `matrix.widgetUrl` and `matrix.widgetName`. */
  readonly widget: { readonly url: string; readonly name: string };
  /** The generated secret. */
  readonly key: string;
  /** The client's address, whoever passes its requests on. */
  readonly addressOf: (request: FastifyRequest) => string;
}

/** What our page sends when somebody joins: `openid` as the Matrix client gave it (matrix note §3.2). */
const sessionRequest = z.object({
  openid: z.object({ access_token: openIdToken, matrix_server_name: serverName }),
  room_id: roomId,
  conference: z.string().max(512),
  display_name: z.string().optional(),
  avatar_url: z.string().optional(),
});

const buildRequest = z.object({ roomId });

/**
 * `POST /matrix/session`: our page in a Matrix client gets a token for who has joined. `GET /matrix/widget?roomId=`: Matrix
 * clients get the widget to put into a room (matrix note §4.4). @param scope of its own: all in it shares one limit.
 */
export async function addWidgetRoutes(scope: FastifyInstance, options: WidgetRoutesOptions): Promise<void> {
  const { judge, widget, key, addressOf } = options;
  await scope.register(rateLimit, {
    max: PER_MINUTE,
    timeWindow: '1 minute',
    cache: MAX_ADDRESSES,
    keyGenerator: (request) => addressGroup(addressOf(request)),
  });
  scope.post('/matrix/session', { bodyLimit: BODY_LIMIT_BYTES }, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const site = request.headers['sec-fetch-site'];
    const parsed = sessionRequest.safeParse(request.body);
    // Pages of others have no business here.
    if (!parsed.success || (site !== undefined && site !== 'same-origin')) return refuse(reply, 'bad-token');
    const { openid, room_id: room, conference, display_name: name, avatar_url: avatar } = parsed.data;
    const claim = {
      openIdToken: openid.access_token,
      serverName: openid.matrix_server_name,
      roomId: room,
      name: shownText(name),
      avatar: avatarAt(avatar),
    };
    const occasion = { room: conference, addressGroup: addressGroup(addressOf(request)) };
    const outcome = await judge.verifyOpenId(claim, occasion);
    if (!outcome.isValid) return refuse(reply, outcome.reason as MatrixRefusal);
    return reply.send({ token: outcome.sessionToken });
  });
  scope.get('/matrix/widget', (request, reply) => {
    void reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=300' });
    const parsed = buildRequest.safeParse(request.query);
    if (!parsed.success) return reply.code(400).send({ error: 'expected roomId, the id of a Matrix room' });
    const conferenceId = nodeOfRoom(parsed.data.roomId);
    // The same each time, so that a room gets one widget however often somebody presses; told to nobody beforehand.
    const widgetId = createHmac('sha256', key).update(`matrix widget ${parsed.data.roomId}`).digest('hex').slice(0, 32);
    return reply.send({
      widget_id: `parley-${widgetId}`,
      widget: widgetContent(widget, { conferenceId }),
      layout: LAYOUT,
    });
  });
}

const STATUSES: Partial<Readonly<Record<MatrixRefusal, number>>> = {
  'bad-token': 400,
  'rate-limited': 429,
  'homeserver-unreachable': 503,
};

function refuse(reply: FastifyReply, error: MatrixRefusal): FastifyReply {
  return reply.code(STATUSES[error] ?? 403).send({ error });
}
