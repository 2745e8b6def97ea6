import type { Person } from '../identity.ts';
import type { OidcConfig } from './config.ts';

/** What the provider says of somebody, as checked by signature or over its own TLS (OpenID Connect Core §5.1). */
export type Claims = Readonly<Record<string, unknown>>;

/** Somebody who has logged in at the provider. */
export interface Member {
  readonly person: Person & { readonly id: string };
  /** Undefined: the rules for all members decide. */
  readonly isModerator: boolean | undefined;
  readonly features: Readonly<Record<string, boolean>> | undefined;
}

export type MemberRules = Pick<OidcConfig, 'groupsClaim' | 'memberGroups' | 'moderatorGroups' | 'featureGroups'>;

const MAX_GROUPS = 1_000;
const MAX_TEXT_LENGTH = 512;

/** @returns undefined for people who may not log in here. */
export function memberOf(claims: Claims, subject: string, rules: MemberRules): Member | undefined {
  const groups = new Set(groupsOf(claims, rules.groupsClaim));
  const isIn = (wanted: readonly string[]): boolean => wanted.some((group) => groups.has(group));
  if (rules.memberGroups.length > 0 && !isIn(rules.memberGroups)) return undefined;
  const email = textOf(claims, 'email');
  const name = textOf(claims, 'name') ?? textOf(claims, 'preferred_username') ?? email;
  const avatar = textOf(claims, 'picture');
  return {
    person: {
      id: subject,
      ...(name === undefined ? {} : { name }),
      // Somebody who can write any address into an account must not be taken for its owner.
      ...(email === undefined || claims['email_verified'] === false ? {} : { email }),
      ...(avatar === undefined || !/^https?:\/\//.test(avatar) ? {} : { avatar }),
    },
    isModerator: rules.moderatorGroups.length === 0 ? undefined : isIn(rules.moderatorGroups),
    features: rules.featureGroups.length === 0 ? undefined : featuresOf(rules.featureGroups, groups),
  };
}

function featuresOf(featureGroups: readonly string[], groups: ReadonlySet<string>): Record<string, boolean> {
  const features = new Map<string, boolean>();
  for (const entry of featureGroups) {
    const colon = entry.indexOf(':');
    const feature = entry.slice(0, colon);
    features.set(feature, features.get(feature) === true || groups.has(entry.slice(colon + 1)));
  }
  return Object.fromEntries(features);
}

/** Providers write a list, or one name. */
function groupsOf(claims: Claims, path: string): string[] {
  const value = Object.hasOwn(claims, path) ? claims[path] : path.split('.').reduce<unknown>(stepInto, claims);
  const list: readonly unknown[] = Array.isArray(value) ? value.slice(0, MAX_GROUPS) : [value];
  return list.filter((group) => typeof group === 'string');
}

function stepInto(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function textOf(claims: Claims, name: string): string | undefined {
  const value = claims[name];
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_LENGTH) return undefined;
  return value;
}
