import type { TrunkState } from './admin-routes.ts';

const DRAINING = 'no new calls are taken: the gateway drains';

/** What is not as it should be, for people: one line for each thing. */
export function gatewayProblems(isDraining: boolean, trunks: readonly TrunkState[]): readonly string[] {
  const ofTrunks = trunks.map(problemOf).filter((problem) => problem !== undefined);
  return isDraining ? [DRAINING, ...ofTrunks] : ofTrunks;
}

/** Why no telephone can call at all; undefined while one trunk is enough. */
export function unusableBecause(isDraining: boolean, trunks: readonly TrunkState[]): string | undefined {
  const problems = gatewayProblems(isDraining, trunks);
  const isAnyTrunkWell = trunks.length > problems.length;
  return isDraining || (problems.length > 0 && !isAnyTrunkWell) ? problems.join('; ') : undefined;
}

/** False for a trunk that is known not to work now. */
export function isUsable(trunk: TrunkState | undefined): boolean {
  return trunk !== undefined && problemOf(trunk) === undefined;
}

/** Of trunks that are neither registered at nor asked nothing is known. Some that register us answer no questions. */
function problemOf({ name, isRegistered, isReachable, problem }: TrunkState): string | undefined {
  if (isRegistered === true) return undefined;
  if (isRegistered === false)
    return `not registered at the trunk ${name}${problem === undefined ? '' : `: ${problem}`}`;
  return isReachable === false ? `the trunk ${name} does not answer` : undefined;
}
