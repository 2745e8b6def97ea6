import { z } from 'zod';
import type { Person } from '../identity.ts';

/** Characters of one text about a person; all of it is copied into every presence. */
const MAX_TEXT_LENGTH = 512;
const MAX_URL_LENGTH = 2_048;
const MAX_FEATURES = 64;
/** What must not stand in XML (XML 1.0 §2.2), and other controls. */
const UNUSABLE = /\p{Cc}|[\uFFFE\uFFFF]/u;

/** A token whose signature and claims have been checked (wire note §8). */
export interface RoomToken {
  /** The room it is for, in lower case; `*`: any. */
  readonly room: string;
  /** `sub`: tenant or domain, in lower case; `*`: any. */
  readonly tenant: string | undefined;
  /** Names the same person in a renewed token. */
  readonly subject: string;
  readonly person: Person;
  readonly group: string | undefined;
  readonly isHiddenFromRecorder: boolean;
  /** Whom its homeserver vouches for, and in which Matrix room. */
  readonly matrix?: { readonly userId: string; readonly roomId: string };
  /** Undefined: the token does not say. */
  readonly isModerator: boolean | undefined;
  /** What its holder may use, whether moderator or not; undefined: the token does not say. */
  readonly features: ReadonlyMap<string, boolean> | undefined;
  /** Seconds since 1970 from which on it is not valid any more. */
  readonly expiresAtSeconds: number | undefined;
}

/** Decoration that cannot be used is left out: it is no reason to keep anybody from a meeting. */
const text = (maxLength: number) =>
  z
    .union([z.string(), z.number().transform(String)])
    .refine((value) => value !== '' && value.length <= maxLength && value.isWellFormed() && !UNUSABLE.test(value))
    .optional()
    .catch(undefined);
/** JSON's true and false, and the words; issuers write both. */
const flag = z
  .union([z.boolean(), z.enum(['true', 'false']).transform((value) => value === 'true')])
  .optional()
  .catch(undefined);
const numericDate = z.number().optional();

const claimsSchema = z.object({
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string()).max(64)]).optional(),
  sub: z.string().max(MAX_TEXT_LENGTH).optional(),
  room: z.string().max(MAX_TEXT_LENGTH).optional(),
  exp: numericDate,
  nbf: numericDate,
  moderator: flag,
  context: z
    .object({
      user: z
        .object({
          id: text(MAX_TEXT_LENGTH),
          name: text(MAX_TEXT_LENGTH),
          email: text(MAX_TEXT_LENGTH),
          avatar: text(MAX_URL_LENGTH),
          moderator: flag,
          affiliation: text(MAX_TEXT_LENGTH),
          'hidden-from-recorder': flag,
        })
        .optional()
        .catch(undefined),
      group: text(MAX_TEXT_LENGTH),
      features: z.record(z.string(), z.unknown()).optional().catch(undefined),
      matrix: z.unknown().optional(),
    })
    .optional()
    .catch(undefined),
});
export type TokenClaims = z.infer<typeof claimsSchema>;

/** @returns undefined for claims of the wrong type. */
export function readClaims(payload: unknown): TokenClaims | undefined {
  const parsed = claimsSchema.safeParse(payload);
  return parsed.success ? parsed.data : undefined;
}

/** What deployments ask of tokens; `*` in a list accepts everything. */
export interface TokenRules {
  readonly issuers: readonly string[];
  readonly audiences: readonly string[];
  /** A token must name its room (or `*`). */
  readonly isRoomRequired: boolean;
}

/** Why claims are not acceptable, in the words of Jitsi's servers, which clients know (wire note §8). */
export function claimsProblem(claims: TokenClaims, rules: TokenRules): string | undefined {
  // What Matrix clients make is signed with a key that everybody knows, and judged elsewhere (identity/matrix).
  if (claims.context?.matrix !== undefined) return 'Invalid token';
  if (claims.iss === undefined) return "'iss' claim is missing";
  if (!isListed(rules.issuers, [claims.iss])) return "Invalid issuer ('iss' claim)";
  if (claims.aud === undefined) return "'aud' claim is missing";
  if (!isListed(rules.audiences, [claims.aud].flat())) return "Invalid audience ('aud' claim)";
  if (claims.room === undefined && rules.isRoomRequired) return "'room' claim is missing";
  return undefined;
}

function isListed(accepted: readonly string[], values: readonly string[]): boolean {
  return accepted.includes('*') || values.some((value) => accepted.includes(value));
}

/** @param claims acceptable ones. */
export function roomToken(claims: TokenClaims): RoomToken {
  const { user, group, features } = claims.context ?? {};
  const { id, name, email, avatar } = user ?? {};
  const tenant = claims.sub?.toLowerCase();
  return {
    room: (claims.room ?? '*').toLowerCase(),
    tenant,
    subject: JSON.stringify([claims.iss, tenant, id ?? email ?? name]),
    person: {
      ...(id === undefined ? {} : { id }),
      ...(name === undefined ? {} : { name }),
      ...(email === undefined ? {} : { email }),
      ...(avatar === undefined ? {} : { avatar }),
    },
    group,
    isHiddenFromRecorder: user?.['hidden-from-recorder'] ?? false,
    isModerator: user?.moderator ?? claims.moderator ?? moderatorByAffiliation(user?.affiliation),
    features: features === undefined ? undefined : readFeatures(features),
    expiresAtSeconds: claims.exp,
  };
}

function moderatorByAffiliation(affiliation: string | undefined): boolean | undefined {
  if (affiliation === 'owner' || affiliation === 'moderator') return true;
  return affiliation === 'member' || affiliation === 'none' ? false : undefined;
}

function readFeatures(features: Readonly<Record<string, unknown>>): ReadonlyMap<string, boolean> {
  const entries = Object.entries(features).slice(0, MAX_FEATURES);
  return new Map(entries.map(([name, value]) => [name, value === true || value === 'true']));
}
