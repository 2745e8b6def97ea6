import { z } from 'zod';
import { AdminError, type AdminServer } from '#runtime/admin.ts';
import type { AddressCheck } from './self-test.ts';
import type { Session, SessionFilter } from './workers/session.ts';

/** What an administrator may ask of the relay, also by `npm run turn`. */
export interface Administered {
  /** Workers there are. */
  readonly size: number;
  readonly draining: readonly number[];
  readonly allocations: number;
  /** Whether the process ends when the calls of now have ended. */
  readonly endsWhenDrained: boolean;
  sessions(filter: SessionFilter, limit: number): Promise<readonly Session[]>;
  kill(filter: SessionFilter, limit: number): Promise<readonly Session[]>;
  drain(worker?: number): void;
  undrain(worker?: number): void;
  credentials(user: string, lifetimeSeconds: number): TurnCredentials;
  selfTest(): Promise<SelfTestReport>;
  reach(question: ReachQuestion): Promise<readonly ReachAnswer[]>;
}

/** For whoever needs to log in at the relay by hand. */
export interface TurnCredentials {
  readonly username: string;
  readonly password: string;
  readonly realm: string;
  readonly lifetimeSeconds: number;
  readonly port: number;
  readonly tlsPort: number | undefined;
}

export interface SelfTestReport {
  readonly isWell: boolean;
  readonly addresses: readonly AddressCheck[];
  /** What a client of our own met with; empty when it was served. */
  readonly clientProblems: readonly string[];
}

export interface ReachQuestion {
  /** Name or address that clients are told. */
  readonly host: string;
  /** PEM of the authority that signed the certificate, where it is none of the system's. */
  readonly ca?: string | undefined;
}

/** Whether a client is served over one transport. */
export interface ReachAnswer {
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly port: number;
  readonly problem?: string;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
const DEFAULT_LIFETIME_SECONDS = 3600;
const MAX_LIFETIME_SECONDS = 604_800;

const name = z.string().min(1).max(508);
const filter = { allocation: name.optional(), user: name.optional() };
const nothing = z.strictObject({});
const whichWorker = z.strictObject({ worker: z.number().int().min(0).optional() });

const texts = z.array(z.string()).readonly();
const statusAnswer = z.object({
  workers: z.number(),
  draining: z.array(z.number()).readonly(),
  allocations: z.number(),
  endsWhenDrained: z.boolean(),
});
const sessions = z
  .array(
    z.object({
      allocation: z.string(),
      worker: z.number(),
      user: z.string(),
      transport: z.enum(['udp', 'tcp', 'tls']),
      client: z.string(),
      relayed: texts,
      seconds: z.number(),
      expiresInSeconds: z.number(),
      permissions: z.number(),
      channels: z.number(),
      uplinkBytes: z.number(),
      downlinkBytes: z.number(),
    }),
  )
  .readonly();
const credentialsAnswer = z.object({
  username: z.string(),
  password: z.string(),
  realm: z.string(),
  lifetimeSeconds: z.number(),
  port: z.number(),
  tlsPort: z.number().optional(),
});
const selfTestAnswer = z.object({
  isWell: z.boolean(),
  addresses: z
    .array(z.object({ address: z.string(), isReached: z.boolean(), problem: z.string().optional() }))
    .readonly(),
  clientProblems: texts,
});
const reachAnswer = z.object({
  transports: z
    .array(z.object({ transport: z.enum(['udp', 'tcp', 'tls']), port: z.number(), problem: z.string().optional() }))
    .readonly(),
});
const VERBS = {
  drain:
    'Admit nobody new, at all workers or one; who is there stays, and a process that only relays ends after them, unless one worker is named',
  undrain: 'Admit people again',
} as const;

export function addTurnRoutes(admin: AdminServer, relay: Administered): void {
  const status = (): z.infer<typeof statusAnswer> => ({
    workers: relay.size,
    draining: relay.draining,
    allocations: relay.allocations,
    endsWhenDrained: relay.endsWhenDrained,
  });
  const known = (worker: number | undefined): number | undefined => {
    if (worker === undefined || worker < relay.size) return worker;
    throw new AdminError(
      404,
      'no-such-worker',
      `There is no worker ${worker}.`,
      `Name one from 0 to ${relay.size - 1}.`,
    );
  };
  admin.route({
    method: 'GET',
    path: '/turn/status',
    summary: 'Workers of the relay, which of them drain, and how many allocations there are',
    input: nothing,
    answer: statusAnswer,
    handle: status,
  });
  admin.route({
    method: 'GET',
    path: '/turn/sessions',
    summary: 'Live allocations',
    input: z.strictObject({ ...filter, limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT) }),
    answer: z.object({ sessions, allocations: z.number().describe('How many there are in all.') }),
    handle: async ({ limit, ...which }) => ({
      sessions: await relay.sessions(which, limit),
      allocations: relay.allocations,
    }),
  });
  admin.route({
    method: 'POST',
    path: '/turn/kill',
    summary: 'End the allocations that fit',
    input: z
      .strictObject(filter)
      .refine(({ allocation, user }) => allocation !== undefined || user !== undefined, 'name an allocation or a user'),
    answer: z.object({ killed: sessions }),
    handle: async (which) => {
      const killed = await relay.kill(which, MAX_LIMIT);
      if (killed.length > 0) return { killed };
      throw new AdminError(404, 'no-such-session', 'No session fits.', 'List the sessions to see which there are.');
    },
  });
  for (const verb of ['drain', 'undrain'] as const) {
    admin.route({
      method: 'POST',
      path: `/turn/${verb}`,
      summary: VERBS[verb],
      input: whichWorker,
      answer: statusAnswer,
      handle: ({ worker }) => {
        relay[verb](known(worker));
        return status();
      },
    });
  }
  admin.route({
    method: 'POST',
    path: '/turn/credentials',
    summary: 'Name and password for the relay, valid for a while',
    input: z.strictObject({
      user: name.max(200).default('admin'),
      lifetimeSeconds: z.number().int().min(1).max(MAX_LIFETIME_SECONDS).default(DEFAULT_LIFETIME_SECONDS),
    }),
    answer: credentialsAnswer,
    handle: ({ user, lifetimeSeconds }) => relay.credentials(user, lifetimeSeconds),
  });
  admin.route({
    method: 'POST',
    path: '/turn/selftest',
    summary: 'Whether the addresses that clients are told lead back here',
    input: nothing,
    answer: selfTestAnswer,
    handle: () => relay.selfTest(),
  });
  admin.route({
    method: 'POST',
    path: '/turn/reach',
    summary: 'Whether a client is served under a name: over UDP, TCP, and TLS where there is a certificate',
    input: z.strictObject({ host: z.string().min(1).max(255), ca: z.string().max(32_768).optional() }),
    answer: reachAnswer,
    handle: async (question) => ({ transports: await relay.reach(question) }),
  });
}
