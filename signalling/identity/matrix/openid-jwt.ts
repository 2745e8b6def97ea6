import { z } from 'zod';
import { isRoomId } from './room-binding.ts';
import { parseServerName } from './server-name.ts';

/** What a Matrix client puts into its token. All of it is a claim: the signature's key is known to everybody. */
export interface MatrixClaim {
  /** OpenID access token: whoever has it is the user. */
  readonly openIdToken: string;
  readonly roomId: string;
  /** Undefined: the client does not say it. */
  readonly serverName: string | undefined;
  /** Hosts for which the token was made: `aud`, `sub`, `iss` without scheme, in lower case. */
  readonly hosts: readonly string[];
  readonly name: string | undefined;
  readonly avatar: string | undefined;
}

/** Longer ones are not looked at. */
const MAX_LENGTH = 8_192;
const MAX_NAME_LENGTH = 128;
const MAX_URL_LENGTH = 2_048;
/** Controls, and characters that make text read otherwise than it is (Unicode bidirectional controls and marks). */
const UNSHOWN = /[\p{Cc}\p{Cs}\p{Co}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]/gu;

const header = z.object({ alg: z.literal('HS256') });
const shape = z.object({ context: z.object({ matrix: z.unknown() }) });
const host = z.string().max(512).optional();
const payload = z.object({
  iss: host,
  sub: host,
  aud: host,
  context: z.object({
    matrix: z.object({
      token: z.string().regex(/^[\w.~+/=-]{1,512}$/),
      room_id: z.string().refine(isRoomId),
      server_name: z
        .string()
        .refine((text) => parseServerName(text) !== undefined)
        .optional(),
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

function shownText(text: string | undefined): string | undefined {
  const shown = text?.replaceAll(UNSHOWN, '').trim();
  if (shown === undefined || shown === '') return undefined;
  return Array.from(shown).slice(0, MAX_NAME_LENGTH).join('');
}

/** Browsers get it from there; nothing here does. */
function avatarAt(text: string | undefined): string | undefined {
  const url = text === undefined || text.length > MAX_URL_LENGTH ? null : URL.parse(text);
  return url?.protocol === 'https:' ? url.href : undefined;
}
