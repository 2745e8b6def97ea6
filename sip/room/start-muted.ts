import { child, text, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';

/** UTF-16 code units; the metadata of a room stays below. */
const MAX_LENGTH = 262_144;

/**
 * Whether the metadata of a room (wire note §7.7) has who comes in begin with the microphone off.
 * @param host the component's address; the same words of anybody else are nothing
 * @returns undefined for what is not metadata
 */
export function readStartMuted(message: XmlElement, host: string): boolean | undefined {
  if (message.attrs['from'] !== host) return undefined;
  const element = child(message, 'json-message', NS_JITMEET);
  const json = element === undefined ? '' : text(element);
  if (json.length > MAX_LENGTH) return undefined;
  const { type, metadata } = fieldsOf(parsed(json));
  return type === 'room_metadata' ? fieldsOf(fieldsOf(metadata)['startMuted'])['audio'] === true : undefined;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
