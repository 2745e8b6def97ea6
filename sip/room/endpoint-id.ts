import { randomBytes } from 'node:crypto';

/** An endpoint id for a caller, drawn as those of everybody else are (wire note, rule 4). */
export function newEndpointId(): string {
  return randomBytes(4).toString('hex');
}
