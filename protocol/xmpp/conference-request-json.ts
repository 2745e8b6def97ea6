import { z } from 'zod';
import {
  decodeConferenceRequest,
  encodeConferenceRequest,
  type ConferenceAnswer,
  type ConferenceRequest,
} from './conference-request.ts';
import { DecodeError } from './decode-error.ts';

/** Jitsi's conference request as JSON over HTTP (wire note §3.2). */

const text = z.string().nullish();
const request = z.object({
  room: z.string(),
  machineUid: text,
  sessionId: text,
  properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String)).nullish(),
});

/**
 * @param token what stands in the `Authorization` header; undefined: nothing.
 * @throws DecodeError where the IQ form would be refused, too.
 */
export function decodeJsonRequest(json: unknown, token: string | undefined): ConferenceRequest {
  const parsed = request.safeParse(json);
  if (!parsed.success) throw new DecodeError('bad-format', 'this is no conference request: expected { "room": … }');
  const { room, machineUid, sessionId, properties } = parsed.data;
  // Whatever bounds the one form bounds the other.
  return decodeConferenceRequest(
    encodeConferenceRequest({
      room,
      ...(typeof machineUid === 'string' && { machineUid }),
      ...(typeof sessionId === 'string' && { sessionId }),
      ...(token !== undefined && { token }),
      properties: properties ?? {},
    }),
  );
}

export function encodeJsonAnswer({ isReady, focusJid, sessionId, identity, ...rest }: ConferenceAnswer): object {
  const { room, properties } = rest;
  return { room, ready: isReady, focusJid, sessionId, identity, properties };
}
