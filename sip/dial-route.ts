import type { TrunkConfig } from './config.ts';
import { lengthOfMatch, parseDialRules } from './protection/dial-string.ts';

type Routed = Pick<TrunkConfig, 'name' | 'server' | 'dialNumbers'>;

/**
 * The trunks that a number is called over, the first to be tried first: those that work before others, then by how closely
 * their patterns fit, then as they are configured.
 * @param isUsable what is known of a trunk now
 */
export function routesOf<Trunk extends Routed>(
  number: string,
  trunks: readonly Trunk[],
  isUsable: (trunk: string) => boolean,
): readonly Trunk[] {
  return trunks
    .filter(({ server }) => server !== undefined)
    .map((trunk) => ({ trunk, fit: fitOf(number, trunk) }))
    .filter(({ fit }) => fit !== undefined)
    .toSorted((a, b) => Number(isUsable(b.trunk.name)) - Number(isUsable(a.trunk.name)) || (b.fit ?? 0) - (a.fit ?? 0))
    .map(({ trunk }) => trunk);
}

/** Digits of the pattern that fits best; undefined where none fits, or one forbids the number. */
function fitOf(number: string, { dialNumbers }: Routed): number | undefined {
  const rules = parseDialRules(dialNumbers);
  if (rules === undefined || rules.deny.some((pattern) => lengthOfMatch(number, pattern) !== undefined))
    return undefined;
  const fits = rules.allow.map((pattern) => lengthOfMatch(number, pattern)).filter((fit) => fit !== undefined);
  return fits.length === 0 ? undefined : Math.max(...fits);
}

/**
 * Whether a call that came to nothing did so for its trunk's sake, so that another one may do better.
 * @param status of the last answer; 0: there was none
 * @param hasRung a telephone was found: what became of it is its own affair
 */
export function isTrunksFault(status: number, hasRung: boolean): boolean {
  if (hasRung) return false;
  // Without an answer; user name or password refused; too many calls there; not now, not at all (RFC 3261 §21.5).
  return status === 0 || [401, 403, 407, 408, 429].includes(status) || (status >= 500 && status < 600);
}
