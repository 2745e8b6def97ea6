import { z } from 'zod';
import {
  avatarAt,
  type OpenIdClaim,
  openIdToken as openIdTokenText,
  roomId as roomIdText,
  serverName as serverNameText,
  shownText,
} from './openid-claim.ts';

/** What a Matrix client puts into its token. All of it is a claim: the signature's key is known to everybody. */
export interface MatrixClaim extends OpenIdClaim {
  /** Hosts for which the token was made: `aud`, `sub`, `iss` without scheme, in lower case. */
  readonly hosts: readonly string[];
}

/** Longer ones are not looked at. */
const MAX_LENGTH = 8_192;

const header = z.object({ alg: z.literal('HS256') });
const shape = z.object({ context: z.object({ matrix: z.unknown() }) });
const host = z.string().max(512).optional();
const payload = z.object({
  iss: host,
  sub: host,
  aud: host,
  context: z.object({
    matrix: z.object({
      token: openIdTokenText,
      room_id: roomIdText,
      server_name: serverNameText.optional(),
    }),
    user: z
      .object({ name: z.string().optional().catch(undefined), avatar: z.string().optional().catch(undefined) })
      .optional()
      .catch(undefined),
  }),
});

/**
 * Reads the token that Matrix clients make (`openidtoken-jwt`).
 * @returns `other` for a token that says nothing of Matrix, which is for others to judge; `malformed` for one that does and
 * cannot be.
 */
export function readMatrixToken(token: string): MatrixClaim | 'other' | 'malformed' {
  const parts = token.length <= MAX_LENGTH ? /^([\w-]+)\.([\w-]+)\.[\w-]*$/.exec(token) : null;
  const content = parts === null ? undefined : decode(parts[2]);
  const saysMatrix = shape.safeParse(content);
  if (!saysMatrix.success || saysMatrix.data.context.matrix === undefined) return 'other';
  const parsed = payload.safeParse(content);
  if (!header.safeParse(decode(parts?.[1])).success || !parsed.success) return 'malformed';
  const { iss, sub, aud, context } = parsed.data;
  const { token: openIdToken, room_id: roomId, server_name: serverName } = context.matrix;
  return {
    openIdToken,
    roomId,
    serverName,
    hosts: [iss, sub, aud].flatMap((text) => (text === undefined ? [] : [hostIn(text)])),
    name: shownText(context.user?.name),
    avatar: avatarAt(context.user?.avatar),
  };
}

function decode(part: string | undefined): unknown {
  try {
    return JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `https://meet.example:8443` and `meet.example:8443` name the same. */
function hostIn(text: string): string {
  return text
    .toLowerCase()
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '');
}
