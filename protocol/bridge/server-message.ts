import type { ChannelClientMessage, ChannelServerMessage } from './channel-message.ts';
import { DecodeError } from '../xmpp/decode-error.ts';

/**
 * Bridge-channel messages for the browser (wire note §6.1), read by hand: the schemas of protocol/bridge would bring
 * their library into the page (13 kB gzip). One test shows that both readers agree.
 */

const MAX_LENGTH = 1_048_576;
const MAX_NAMES = 1_000;

/**
 * @returns undefined for a class that this client does not know
 * @throws DecodeError for what is no JSON object with a class, or has fields of wrong types
 */
export function readServerMessage(frame: string): ChannelServerMessage | undefined {
  if (frame.length > MAX_LENGTH) throw new DecodeError('too-large', `more than ${MAX_LENGTH} characters`);
  const message = parseObject(frame);
  const colibriClass = message['colibriClass'];
  switch (colibriClass) {
    case 'ServerHello': {
      const { version } = message;
      return { colibriClass, ...(version === undefined ? {} : { version: asText(version, 'version') }) };
    }
    case 'DominantSpeakerEndpointChangeEvent':
      return {
        colibriClass,
        dominantSpeakerEndpoint: asText(message['dominantSpeakerEndpoint'], 'dominantSpeakerEndpoint'),
        previousSpeakers: asTexts(message['previousSpeakers'], 'previousSpeakers'),
        silence: asBoolean(message['silence'], 'silence'),
      };
    case 'ForwardedSources':
      return { colibriClass, forwardedSources: asSourceNames(message['forwardedSources']) };
    case 'SenderSourceConstraints':
      return {
        colibriClass,
        sourceName: asSourceName(message['sourceName']),
        maxHeight: asHeight(message['maxHeight']),
      };
    case 'ConnectionStats':
      return { colibriClass, estimatedDownlinkBandwidth: asNumber(message['estimatedDownlinkBandwidth']) };
    case 'EndpointStats':
      return { ...message, colibriClass, from: asText(message['from'], 'from') };
    case 'EndpointMessage': {
      const { to } = message;
      return {
        colibriClass,
        from: asText(message['from'], 'from'),
        ...(to === undefined ? {} : { to: asText(to, 'to') }),
        msgPayload: asObject(message['msgPayload'], 'msgPayload'),
      };
    }
    default:
      asText(colibriClass, 'colibriClass');
      return undefined;
  }
}

export function writeClientMessage(message: ChannelClientMessage): string {
  return JSON.stringify(message);
}

function parseObject(frame: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch (cause) {
    throw new DecodeError('bad-format', 'not JSON', { cause });
  }
  return asObject(value, 'the message');
}

function asObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(what);
  return Object.fromEntries(Object.entries(value));
}

function asText(value: unknown, what: string): string {
  if (typeof value !== 'string' || value.length > 64) throw wrong(what);
  return value;
}

function asSourceName(value: unknown): string {
  const name = asText(value, 'sourceName');
  if (name === '') throw wrong('sourceName');
  return name;
}

function asSourceNames(value: unknown): string[] {
  return asTexts(value, 'forwardedSources').map(asSourceName);
}

function asTexts(value: unknown, what: string): string[] {
  if (!Array.isArray(value) || value.length > MAX_NAMES) throw wrong(what);
  return value.map((item) => asText(item, what));
}

function asBoolean(value: unknown, what: string): boolean {
  if (typeof value !== 'boolean') throw wrong(what);
  return value;
}

function asNumber(value: unknown): number {
  if (typeof value !== 'number') throw wrong('a number');
  return value;
}

function asHeight(value: unknown): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -1 || value > 100_000) throw wrong('maxHeight');
  return value;
}

function wrong(what: string): DecodeError {
  return new DecodeError('bad-format', `${what} is missing or of a wrong type`);
}
