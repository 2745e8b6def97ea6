import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { NS_JITMEET } from '#protocol/xmpp/jingle-rtp.ts';
import type { StartMuted } from '../meeting-types.ts';
import { asObject, type JsonObject } from '../room/component-message.ts';

/** How newcomers start, as `startMuted` of the room's metadata (wire note §7.7); pure. */

export const NOBODY_STARTS_MUTED: StartMuted = { audio: false, video: false };

/** @returns undefined for what is not the room's metadata */
export function readStartMuted(message: JsonObject): StartMuted | undefined {
  if (message['type'] !== 'room_metadata') return undefined;
  const said = asObject(asObject(message['metadata'])?.['startMuted']);
  return { audio: said?.['audio'] === true, video: said?.['video'] === true };
}

/** @param to the component. @param room bare JID */
export function startMutedMessage(to: string, room: string, startMuted: StartMuted): XmlElement {
  const change = JSON.stringify({ type: 'room_metadata', key: 'startMuted', data: startMuted });
  return xml('message', { to }, xml('room_metadata', { xmlns: NS_JITMEET, room }, change));
}
