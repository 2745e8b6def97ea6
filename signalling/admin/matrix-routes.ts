import { z } from 'zod';
import type { AdminServer } from '#runtime/admin.ts';
import type { HomeserverCheck } from '../identity/matrix/self-check.ts';

const homeserverCheck = z.object({
  serverName: z.string(),
  address: z.string(),
  userInfoProblem: z.string().optional(),
  roomProblem: z.string().optional(),
  skewSeconds: z.number().optional(),
});

/** What an administrator may ask of the homeservers of the configuration. */
export function addMatrixRoutes(
  admin: AdminServer,
  matrix: { check(): Promise<readonly HomeserverCheck[]> } | undefined,
): void {
  admin.route({
    method: 'POST',
    path: '/matrix/selftest',
    summary: 'Whether the homeservers of the configuration tell who somebody is and who is in a room',
    input: z.strictObject({}),
    answer: z.object({ isEnabled: z.boolean(), homeservers: z.array(homeserverCheck).readonly() }),
    handle: async () => ({ isEnabled: matrix !== undefined, homeservers: (await matrix?.check()) ?? [] }),
  });
}
