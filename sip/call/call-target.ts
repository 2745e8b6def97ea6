import { isMucHost, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import { roomJid } from '#protocol/xmpp/room-address.ts';
import { parseRoomPath } from '#protocol/xmpp/room-name.ts';
import type { SipConfig, TrunkConfig } from '../config.ts';
import { plainNumber } from '../dialin/phone-number.ts';
import { headerValue } from '../message/headers.ts';
import type { SipRequest } from '../message/message.ts';
import { uriUser } from '../message/uri.ts';

/** Where a call leads, and in which language it is spoken to. */
export interface CallTarget {
  /** Bare address; undefined: the caller is asked for a PIN. */
  readonly room: string | undefined;
  readonly password: string | undefined;
  readonly language: string;
}

type TargetConfig = Pick<SipConfig, 'numbers' | 'language'>;

const ROOM_HEADER = 'jitsi-conference-room';
const PASSWORD_HEADER = 'jitsi-conference-room-pass';
/** Longer ones are no room's. */
const MAX_ROOM_CHARACTERS = 1_023;

/**
 * The first that fits: what a trusted trunk's header says, the number that was called, a room's name where the trunk may
 * call one, the trunk's own room; else the caller is asked (sip-and-recording.md §2).
 */
export function targetOfCall(
  request: SipRequest,
  trunk: TrunkConfig,
  config: TargetConfig,
  hosts: XmppHosts,
): CallTarget {
  const called = uriUser(request.uri) ?? '';
  const number = config.numbers.find(({ number }) => isSameNumber(plainNumber(number), called));
  const language = number?.language ?? trunk.language ?? config.language;
  const asked = { room: undefined, password: undefined, language };
  const to = (room: string | undefined): CallTarget => ({ ...asked, room });
  if (trunk.trustHeaders) {
    const room = roomOfHeader(headerValue(request, ROOM_HEADER), hosts);
    if (room !== undefined) return { room, password: headerValue(request, PASSWORD_HEADER), language };
  }
  if (number !== undefined) return to(number.room === undefined ? undefined : roomOf(number.room, hosts));
  if (trunk.roomFromUser && /[^\d+]/u.test(called)) {
    const room = roomOf(called, hosts);
    if (room !== undefined) return to(room);
  }
  return to(trunk.defaultRoom === undefined ? undefined : roomOf(trunk.defaultRoom, hosts));
}

/** Trunks differ in whether they send the country's `+`, `00` or neither. */
function isSameNumber(number: string, called: string): boolean {
  const digits = number.replace(/^\+/u, '');
  return called === number || called === digits || called === `00${digits}`;
}

/** @param path as a link names it: `standup`, `acme/standup` */
function roomOf(path: string, hosts: XmppHosts): string | undefined {
  if (path.length > MAX_ROOM_CHARACTERS) return undefined;
  try {
    const address = parseRoomPath(`/${path}`);
    return address === undefined ? undefined : roomJid(address, hosts);
  } catch {
    return undefined; // the name of no room: the next way is tried
  }
}

/** `room@muc.domain`; a room of any other host is looked for at ours, since exchanges know it by names of their own. */
function roomOfHeader(value: string | undefined, hosts: XmppHosts): string | undefined {
  if (value === undefined || value === '' || value.length > MAX_ROOM_CHARACTERS) return undefined;
  if (!value.includes('@')) return roomOf(value, hosts);
  try {
    const { local, domain } = parseJid(value);
    if (local === undefined) return undefined;
    return isMucHost(domain, hosts) ? `${local}@${domain}` : roomOf(local, hosts);
  } catch {
    return undefined; // no address at all
  }
}
