import { z } from 'zod';
import type { AdminServer } from '#runtime/admin.ts';
import type { MediaCheck } from './self-test.ts';

export interface SfuAdministration {
  selfTest(): Promise<readonly MediaCheck[]>;
}

const mediaCheck = z.object({
  address: z.string(),
  port: z.number(),
  protocol: z.enum(['udp', 'tcp']),
  isReached: z.boolean(),
});

/** What an administrator may ask of the media bridge. */
export function addSfuRoutes(admin: AdminServer, sfu: SfuAdministration): void {
  admin.route({
    method: 'POST',
    path: '/sfu/selftest',
    summary: 'Whether the addresses and ports that clients are told for media answer connectivity checks',
    input: z.strictObject({}),
    answer: z.object({ checks: z.array(mediaCheck).readonly() }),
    handle: async () => ({ checks: await sfu.selfTest() }),
  });
}
