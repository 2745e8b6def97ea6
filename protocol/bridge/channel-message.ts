import { z } from 'zod';
import { DecodeError } from '../xmpp/decode-error.ts';

/**
 * Messages between an endpoint and its bridge on `/colibri-ws/…` (wire note §6): one JSON object per text frame,
 * discriminated by `colibriClass`. Unknown classes and unknown fields are ignored in both directions.
 */

/** UTF-16 code units of one frame that a client may send. */
export const MAX_CHANNEL_MESSAGE_LENGTH = 65_536;

const sourceName = z.string().min(1).max(64);
const maxHeight = z.number().int().min(-1).max(100_000);
const videoConstraint = z.object({ maxHeight, maxFrameRate: z.number().min(-1).max(1_000).optional() });
const endpointAddress = z.string().max(64);
/** `{"__proto__": …}` from JSON is an own key; it must never be copied by assignment. */
const payload = z.record(z.string(), z.unknown());

const receiverVideoConstraints = z.object({
  colibriClass: z.literal('ReceiverVideoConstraints'),
  lastN: z.number().int().min(-1).max(10_000).optional(),
  selectedSources: z.array(sourceName).max(512).optional(),
  onStageSources: z.array(sourceName).max(512).optional(),
  defaultConstraints: videoConstraint.optional(),
  constraints: z
    .record(sourceName, videoConstraint)
    .refine((map) => Object.keys(map).length <= 512, { error: 'more than 512 constraints' })
    .optional(),
  /** bit/s; −1 means unknown. */
  assumedBandwidthBps: z.number().optional(),
});
const lastNChanged = z.object({
  colibriClass: z.literal('LastNChangedEvent'),
  lastN: z.number().int().min(-1).max(10_000),
});
/**
 * Which sound to send; replaces what was said before. Clients that translate send the form with `all`, older ones the form
 * with `mode` (wire note §6.2).
 */
const receiverAudioSubscription = z.object({
  colibriClass: z.literal('ReceiverAudioSubscription'),
  mode: z.enum(['All', 'None', 'Include', 'Exclude']).optional(),
  list: z.array(sourceName).max(512).optional(),
  all: z.boolean().optional(),
  include: z.array(sourceName).max(512).optional(),
  exclude: z.array(sourceName).max(512).optional(),
});
const sourceVideoType = z.object({
  colibriClass: z.literal('SourceVideoTypeMessage'),
  sourceName,
  videoType: z.enum(['camera', 'desktop', 'desktop_high_fps', 'none']),
});
const endpointMessageFromClient = z.object({
  colibriClass: z.literal('EndpointMessage'),
  /** Endpoint id, or empty for everyone. */
  to: endpointAddress.optional(),
  msgPayload: payload,
});
const endpointStatsFromClient = z.looseObject({ colibriClass: z.literal('EndpointStats') });
const clientHello = z.object({ colibriClass: z.literal('ClientHello') });

const clientMessage = z.discriminatedUnion('colibriClass', [
  receiverVideoConstraints,
  lastNChanged,
  receiverAudioSubscription,
  sourceVideoType,
  endpointMessageFromClient,
  endpointStatsFromClient,
  clientHello,
]);

/** What an endpoint tells its bridge. */
export type ChannelClientMessage = z.infer<typeof clientMessage>;
export type ReceiverVideoConstraints = z.infer<typeof receiverVideoConstraints>;
export type ReceiverAudioSubscription = z.infer<typeof receiverAudioSubscription>;

const serverMessage = z.discriminatedUnion('colibriClass', [
  z.object({ colibriClass: z.literal('ServerHello'), version: z.string().max(64).optional() }),
  z.object({
    colibriClass: z.literal('DominantSpeakerEndpointChangeEvent'),
    dominantSpeakerEndpoint: endpointAddress,
    previousSpeakers: z.array(endpointAddress),
    silence: z.boolean(),
  }),
  z.object({ colibriClass: z.literal('ForwardedSources'), forwardedSources: z.array(sourceName) }),
  z.object({ colibriClass: z.literal('SenderSourceConstraints'), sourceName, maxHeight }),
  z.object({ colibriClass: z.literal('ConnectionStats'), estimatedDownlinkBandwidth: z.number() }),
  z.looseObject({ colibriClass: z.literal('EndpointStats'), from: endpointAddress }),
  z.object({
    colibriClass: z.literal('EndpointMessage'),
    from: endpointAddress,
    to: endpointAddress.optional(),
    msgPayload: payload,
  }),
]);

/** What a bridge tells an endpoint. */
export type ChannelServerMessage = z.infer<typeof serverMessage>;

const CLIENT_CLASSES: ReadonlySet<string> = new Set(clientMessage.options.map((option) => classOf(option)));
const SERVER_CLASSES: ReadonlySet<string> = new Set(serverMessage.options.map((option) => classOf(option)));

function classOf(option: { shape: { colibriClass: z.ZodLiteral<string> } }): string {
  return option.shape.colibriClass.value;
}

/**
 * Reads a frame from a client.
 * @returns undefined for a class that this version does not know.
 * @throws DecodeError (`bad-format`, `too-large`) for what is no JSON object or has fields of wrong types.
 */
export function decodeClientMessage(frame: string): ChannelClientMessage | undefined {
  return decode(frame, clientMessage, CLIENT_CLASSES, MAX_CHANNEL_MESSAGE_LENGTH);
}

/** Reads a frame from the bridge; same result and errors as {@link decodeClientMessage}. */
export function decodeServerMessage(frame: string): ChannelServerMessage | undefined {
  return decode(frame, serverMessage, SERVER_CLASSES, 1_048_576);
}

export function encodeChannelMessage(message: ChannelClientMessage | ChannelServerMessage): string {
  return JSON.stringify(message);
}

function decode<Message>(
  frame: string,
  schema: z.ZodType<Message>,
  classes: ReadonlySet<string>,
  maxLength: number,
): Message | undefined {
  if (frame.length > maxLength) throw new DecodeError('too-large', `more than ${maxLength} characters in one message`);
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch (cause) {
    throw new DecodeError('bad-format', 'not JSON', { cause });
  }
  const known = z.object({ colibriClass: z.string() }).safeParse(value);
  if (!known.success) throw new DecodeError('bad-format', 'not an object with a colibriClass');
  if (!classes.has(known.data.colibriClass)) return undefined;
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DecodeError('bad-format', z.prettifyError(parsed.error));
  return parsed.data;
}
