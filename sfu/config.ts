import { isIP } from 'node:net';
import { z } from 'zod';

const ipAddress = z.string().refine((text) => isIP(text) !== 0 && !text.includes('%'), {
  error: 'expected an IPv4 or IPv6 address, such as 203.0.113.7',
});

/** Where media is reached; turn and sip read the same section. */
export const mediaConfig = z
  .strictObject({
    address: z
      .array(ipAddress)
      .max(32)
      .default([])
      .describe(
        'Addresses announced to clients for media, IPv4 and IPv6. Empty: every address of this machine. An address that this machine does not have (behind NAT) is announced while all are bound.',
      ),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_000)
      .default(10_000)
      .describe(
        'First media port, UDP and TCP: one per worker, then one more for the ICE role responder. 0: any free ports.',
      ),
  })
  .describe('Media addresses and ports.');
export type MediaConfig = z.infer<typeof mediaConfig>;

const limits = z.strictObject({
  conferences: z.number().int().min(1).default(1_000).describe('Conferences at the same time.'),
  endpoints: z.number().int().min(1).default(2_000).describe('Endpoints at the same time, over all conferences.'),
  endpointsPerConference: z.number().int().min(1).max(2_000).default(200).describe('Endpoints in one conference.'),
  sourcesPerEndpoint: z.number().int().min(1).max(64).default(10).describe('Sources that one endpoint may send.'),
});

export const sfuConfig = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9-]{1,32}$/, { error: 'expected up to 32 lower-case letters, digits or hyphens' })
      .optional()
      .describe('Name of this bridge on the bus and in channel URLs. Default: a new random one at each start.'),
    region: z.string().min(1).max(64).optional().describe('Where this bridge stands; focus prefers equal regions.'),
    publicUrl: z
      .url({ protocol: /^wss?$/ })
      .optional()
      .describe('Base URL (wss://host) of the message channel, where this bridge is not behind the public URL.'),
    plainAddress: ipAddress
      .default('127.0.0.1')
      .describe(
        'Address of this machine where the telephone gateway sends RTP, which is not encrypted, to UDP ports 40000 to 48999. Change it only where the gateway runs on another machine of a network of your own.',
      ),
    workers: z
      .number()
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Media worker processes. Default: one per processor core.'),
    drainSeconds: z
      .number()
      .int()
      .min(0)
      .max(86_400)
      .default(0)
      .describe('How long running conferences may go on after a request to stop.'),
    initialBitrateBps: z
      .number()
      .int()
      .min(100_000)
      .max(100_000_000)
      .default(2_500_000)
      .describe('Bandwidth to a new endpoint that is assumed until it has been measured, in bit/s.'),
    limits: limits.prefault({}).describe('What one bridge carries at most.'),
  })
  .describe('The media bridge.');
export type SfuConfig = z.infer<typeof sfuConfig>;
