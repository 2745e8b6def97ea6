import { z } from 'zod';
import { AdminError, type AdminServer } from '#runtime/admin.ts';
import type { CallRecord } from './call-records.ts';
import type { Trace, TraceSummary } from './trace/sip-trace.ts';
import type { PortState } from './self-test.ts';

/** What an administrator may ask of the gateway. */
export interface Administered {
  readonly trunkStates: readonly TrunkState[];
  readonly status: GatewayStatus;
  /** The newest first. */
  readonly traces: readonly TraceSummary[];
  trace(callId: string): Trace | undefined;
  /** New calls are refused from now on. */
  drain(): void;
  /** @returns whether that could be taken back */
  undrain(): boolean;
  readonly callStates: readonly CallState[];
  /** The newest first. */
  callRecords(limit: number): readonly CallRecord[];
  /** @returns whether there is such a call. It is over, for the phone and in its meeting, when this resolves. */
  hangUp(id: string): Promise<boolean>;
  /** @param host under which trunks call. @returns undefined while it does not run */
  selfTest(host: string): Promise<SelfTestResult | undefined>;
}

const trunkState = z.object({
  name: z.string(),
  isRegistered: z.boolean().optional().describe('Of trunks where we register.'),
  isReachable: z.boolean().optional().describe('Of trunks that are asked whether they are there.'),
  problem: z.string().optional().describe('Why a registration failed last.'),
});
export type TrunkState = z.infer<typeof trunkState>;

const gatewayStatus = z.object({
  calls: z.number().describe('Ringing or going on.'),
  isDraining: z.boolean().describe('Whether new calls are refused.'),
  endsWhenDrained: z.boolean().describe('Whether the process ends with the calls of now.'),
  problems: z.array(z.string()).readonly().describe('What is not as it should be; empty when all is well.'),
});
export type GatewayStatus = z.infer<typeof gatewayStatus>;

const callState = z.object({
  id: z.string(),
  direction: z.enum(['in', 'out']),
  trunk: z.string(),
  name: z.string().describe('As the meeting sees the phone.'),
  room: z.string().optional().describe('Address of the meeting, once the phone is in it or in its lobby.'),
  seconds: z.number().describe('Since the call began.'),
  callId: z.string().optional().describe('Of SIP: /sip/traces has what was said under it.'),
});
export type CallState = z.infer<typeof callState>;

const traceSummary = z.object({
  callId: z.string(),
  method: z.string().describe('What it began with.'),
  beganAtMs: z.number().describe('Since 1970.'),
  messages: z.number(),
});

const tracedMessage = z.object({
  direction: z.enum(['in', 'out']),
  protocol: z.enum(['UDP', 'TCP', 'TLS']),
  address: z.string(),
  port: z.number(),
  atMs: z.number().describe('Since 1970.'),
  text: z.string(),
});

const callRecord = z.object({
  id: z.string(),
  direction: z.enum(['in', 'out']),
  trunk: z.string(),
  caller: z.string().describe('In full.'),
  called: z.string().describe('In full.'),
  room: z.string().optional().describe('Address of the meeting; absent when the phone came into none.'),
  startedAtSeconds: z.number().describe('Since 1970.'),
  endedAtSeconds: z
    .number()
    .optional()
    .describe('Since 1970; absent while it goes on, or when the program ended before it did.'),
  outcome: z.string().optional(),
});

export interface SelfTestResult {
  readonly ports: readonly PortState[];
  /** Which prompts could not be loaded now. */
  readonly promptProblem?: string;
}

const selfTestAnswer = z.object({
  host: z.string(),
  ports: z
    .array(z.object({ transport: z.enum(['udp', 'tcp', 'tls']), port: z.number().int(), isReached: z.boolean() }))
    .readonly(),
  promptProblem: z.string().optional().describe('Which prompts could not be loaded now.'),
});

const DEFAULT_RECORDS = 100;
const MAX_RECORDS = 10_000;

const nothing = z.strictObject({});

export function addSipRoutes(admin: AdminServer, gateway: Administered): void {
  admin.route({
    method: 'GET',
    path: '/sip/trunks',
    summary: 'Trunks of the telephone gateway, and whether they can be used',
    input: nothing,
    answer: z.object({ trunks: z.array(trunkState).readonly() }),
    handle: () => ({ trunks: gateway.trunkStates }),
  });
  admin.route({
    method: 'GET',
    path: '/sip/status',
    summary: 'Whether telephones can call and be called, and what is wrong if not',
    input: nothing,
    answer: gatewayStatus,
    handle: () => gateway.status,
  });
  admin.route({
    method: 'POST',
    path: '/sip/drain',
    summary:
      'Refuse new calls and take registrations back; calls go on, and a process that is only the gateway ends after them',
    input: nothing,
    answer: gatewayStatus,
    handle: () => {
      gateway.drain();
      return gateway.status;
    },
  });
  admin.route({
    method: 'POST',
    path: '/sip/undrain',
    summary: 'Take calls again',
    input: nothing,
    answer: gatewayStatus,
    handle: () => {
      if (gateway.undrain()) return gateway.status;
      throw new AdminError(409, 'stopping', 'The gateway is being stopped.', 'Start it again once it has ended.');
    },
  });
  admin.route({
    method: 'GET',
    path: '/sip/calls',
    summary: 'Telephone calls that are going on',
    input: nothing,
    answer: z.object({ calls: z.array(callState).readonly() }),
    handle: () => ({ calls: gateway.callStates }),
  });
  admin.route({
    method: 'GET',
    path: '/sip/traces',
    summary: 'Calls, registrations and questions of which the SIP messages are kept, the newest first',
    input: nothing,
    answer: z.object({ traces: z.array(traceSummary).readonly() }),
    handle: () => ({ traces: gateway.traces }),
  });
  admin.route({
    method: 'GET',
    path: '/sip/traces/:callId',
    summary: 'The SIP messages of one of them, without passwords, keys and what was pressed',
    input: z.strictObject({ callId: z.string().min(1).max(1_024) }),
    answer: traceSummary.extend({ parts: z.array(tracedMessage).readonly() }),
    handle: ({ callId }) => {
      const trace = gateway.trace(callId);
      if (trace !== undefined) return trace;
      throw new AdminError(
        404,
        'no-such-trace',
        `Nothing is kept of ${callId}.`,
        'List the traces to see what is; sip.tracedCalls says how much.',
      );
    },
  });
  admin.route({
    method: 'GET',
    path: '/sip/records',
    summary: 'Telephone calls of the last days, the newest first',
    input: z.strictObject({ limit: z.coerce.number().int().min(1).max(MAX_RECORDS).default(DEFAULT_RECORDS) }),
    answer: z.object({ records: z.array(callRecord).readonly() }),
    handle: ({ limit }) => ({ records: gateway.callRecords(limit) }),
  });
  admin.route({
    method: 'POST',
    path: '/sip/calls/:id/hangup',
    summary: 'Hang a telephone call up',
    input: z.strictObject({ id: z.string().min(1).max(64) }),
    answer: z.object({ id: z.string() }),
    handle: async ({ id }) => {
      if (await gateway.hangUp(id)) return { id };
      throw new AdminError(404, 'no-such-call', `There is no call ${id}.`, 'List the calls to see which there are.');
    },
  });
  admin.route({
    method: 'POST',
    path: '/sip/selftest',
    summary: 'Whether the ports for SIP are reached under a name, and all prompts can be played',
    input: z.strictObject({ host: z.string().min(1).max(255) }),
    answer: selfTestAnswer,
    handle: async ({ host }) => {
      const result = await gateway.selfTest(host);
      if (result !== undefined) return { host, ...result };
      throw new AdminError(503, 'not-running', 'The telephone gateway does not run.', 'Wait until it has started.');
    },
  });
}
