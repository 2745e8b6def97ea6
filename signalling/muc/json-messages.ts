import { isElement, text, type XmlElement } from '#protocol/xmpp/element.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { JsonValue } from './room-metadata.ts';

/** Levels of arrays and objects; real messages have three. */
const MAX_DEPTH = 12;

/** What clients take for the word of the server or of one of its components (wire note §4.4, §7). */
const SERVER_TYPES: ReadonlySet<string> = new Set([
  'av_moderation',
  'breakout_rooms',
  'conference_duration',
  'file-sharing',
  'lobby-notify',
  'polls',
  'room_metadata',
  'speakerstats',
  'system_chat_message',
  'visitors',
  // Of the room itself, before polls had a component; `new-poll` and `answer-poll` are what older clients tell each other.
  'old-polls',
]);

/** Why JSON that somebody sends to others may not pass (wire note §4.4), wherever in the message it stands. */
export function judgeJsonMessages(message: XmlElement): StanzaError | undefined {
  for (const node of message.children) {
    if (!isElement(node)) continue;
    const refusal = node.name === 'json-message' ? judgeJson(text(node)) : judgeJsonMessages(node);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeJson(json: string): StanzaError | undefined {
  const value = parse(json);
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    return stanzaError('modify', 'bad-request', 'JSON messages are objects with a type.');
  }
  if (!isHarmless(value, MAX_DEPTH)) return stanzaError('modify', 'bad-request', 'This JSON is none of a message.');
  return SERVER_TYPES.has(value.type) ? stanzaError('cancel', 'not-allowed', 'Only the server says this.') : undefined;
}

function parse(json: string): JsonValue {
  try {
    return JSON.parse(json) as JsonValue;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Receivers that merge objects would change the prototype of all others. */
function isHarmless(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0 || Object.hasOwn(value, '__proto__')) return false;
  return Object.values(value).every((item: JsonValue) => isHarmless(item, levels - 1));
}
