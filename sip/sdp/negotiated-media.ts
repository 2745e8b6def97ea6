import { BlockList } from 'node:net';
import type { CodecName, TelephoneEvent } from './codec.ts';
import type { Direction } from './direction.ts';
import type { LocalMedia } from './local-media.ts';
import {
  attribute,
  type Connection,
  type MediaSection,
  parseConnection,
  parseDecimal,
  type SessionDescription,
} from './session-description.ts';

/** What two sides agreed upon. */
export interface NegotiatedMedia {
  readonly codec: CodecName;
  /** What we send, and take. */
  readonly payloadType: number;
  readonly telephoneEvents: readonly TelephoneEvent[];
  /** Length of the packets we send: 20, or 10 where the other side takes no longer ones. */
  readonly packetMs: 10 | 20;
  readonly remote: RtpAddress;
  /** Where RTCP goes; the same as `remote` with `isRtcpMuxed`. */
  readonly remoteRtcp: RtpAddress;
  readonly isRtcpMuxed: boolean;
  /** Ours. */
  readonly direction: Direction;
  /** The other side put us on hold: it takes no sound (RFC 3264 §8.4), so its silence means nothing. */
  readonly isHeld: boolean;
  /** Master keys with salts, when RTP is encrypted. */
  readonly srtp?: { readonly localKey: Uint8Array; readonly remoteKey: Uint8Array };
}

export interface RtpAddress {
  readonly address: string;
  readonly port: number;
}

/** Why there is no agreement. */
export interface NoAgreement {
  readonly ok: false;
  readonly status: 488;
  /** For the log, our own words. */
  readonly reason: string;
  /** The value of a Warning header (RFC 3261 §20.43) that says the same. */
  readonly warning: string;
}

/** RFC 3261 §20.43. */
export type WarningCode = 301 | 302 | 304 | 305 | 330 | 399;

export function noAgreement(code: WarningCode, reason: string): NoAgreement {
  return { ok: false, status: 488, reason, warning: `${code} parley "${reason}"` };
}

/** What a section says about where its sound goes. */
export interface RemoteTransport {
  readonly ok: true;
  readonly remote: RtpAddress;
  readonly remoteRtcp: RtpAddress;
  readonly hasRtcpMux: boolean;
  /** `c=IN IP4 0.0.0.0`: nowhere, which is how hold was said before RFC 3264. */
  readonly isNowhere: boolean;
}

const MAX_PORT = 65_535;

const neverUnicast = new BlockList();
neverUnicast.addSubnet('224.0.0.0', 4, 'ipv4');
neverUnicast.addSubnet('240.0.0.0', 4, 'ipv4');
neverUnicast.addSubnet('ff00::', 8, 'ipv6');

export function readTransport(
  session: SessionDescription,
  section: MediaSection,
  { isIpv6Allowed = false, ownMedia }: LocalMedia,
): RemoteTransport | NoAgreement {
  const connection = section.connection ?? session.connection;
  if (connection === undefined) return noAgreement(399, 'No connection line in the session description');
  const { address, family } = connection;
  if (family === 6 && !isIpv6Allowed) return noAgreement(301, 'IPv6 is not available here');
  if (neverUnicast.check(address, family === 6 ? 'ipv6' : 'ipv4'))
    return noAgreement(330, 'Multicast is not available here');
  const remote = { address, port: section.port };
  const hasRtcpMux = attribute(section, 'rtcp-mux') !== undefined;
  const remoteRtcp = hasRtcpMux ? remote : rtcpAddress(section, connection);
  if ([remote, remoteRtcp].some((target) => isOwn(target, ownMedia))) {
    return noAgreement(399, 'The session description names an address of this gateway');
  }
  return { ok: true, remote, remoteRtcp, hasRtcpMux, isNowhere: address === '0.0.0.0' || address === '::' };
}

/** RFC 3605; else the port above. */
function rtcpAddress(section: MediaSection, { address }: Connection): RtpAddress {
  const [portText = '', ...connection] = (attribute(section, 'rtcp') ?? '').split(' ');
  const port = parseDecimal(portText, MAX_PORT);
  const stated = connection.length === 0 ? address : parseConnection(connection.join(' '))?.address;
  if (port !== undefined && port > 0 && stated === address) return { address, port };
  return { address, port: Math.min(section.port + 1, MAX_PORT) };
}

function isOwn({ address, port }: RtpAddress, own: LocalMedia['ownMedia']): boolean {
  return own !== undefined && own.addresses.includes(address) && port >= own.ports.first && port <= own.ports.last;
}

/** Length of what we send to a section: 20 ms unless its `maxptime` is shorter. */
export function packetMs(section: MediaSection): 10 | 20 {
  const maximum = parseDecimal(attribute(section, 'maxptime') ?? '', 1_000);
  return maximum !== undefined && maximum < 20 ? 10 : 20;
}
