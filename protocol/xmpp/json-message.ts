import { xml, type XmlElement } from './element.ts';
import { NS_JITMEET } from './jingle-rtp.ts';
import { NS_CLIENT } from './stanza.ts';

/** Jitsi's messages in JSON (wire note §4.4, §7): an object whose `type` says what it is about. */
export interface JsonMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** `<json-message/>` with text that is JSON already. */
export function jsonMessageElement(json: string, room?: string): XmlElement {
  return xml('json-message', { xmlns: NS_JITMEET, room }, json);
}

/**
 * What a component tells people (wire note §7).
 * @param from the component's address; clients take messages of one they know only.
 */
export function componentMessage(from: string, message: JsonMessage): XmlElement {
  return xml('message', { xmlns: NS_CLIENT, from }, jsonMessageElement(JSON.stringify(message)));
}
