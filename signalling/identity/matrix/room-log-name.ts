import { createHash } from 'node:crypto';

/** A Matrix room as logs name it (decisions.md, "Logs and metrics"). */
export function logName(roomId: string): string {
  return createHash('sha256').update(roomId).digest('hex').slice(0, 8);
}
