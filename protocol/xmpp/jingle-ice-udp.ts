import type { DtlsFingerprint, IceCandidate, IceCredentials } from '../media/rtp.ts';
import {
  atMost,
  booleanAttribute,
  integerAttribute,
  optionalAttribute,
  optionalIntegerAttribute,
  requiredAttribute,
} from './attributes.ts';
import { DecodeError } from './decode-error.ts';
import { child, childElements, text, xml, type XmlElement } from './element.ts';

/** XEP-0176: ICE-UDP transport. */
export const NS_ICE_UDP = 'urn:xmpp:jingle:transports:ice-udp:1';
/** XEP-0320: DTLS-SRTP. */
const NS_DTLS = 'urn:xmpp:jingle:apps:dtls:0';
/** Jitsi's bridge channel. */
const NS_COLIBRI = 'http://jitsi.org/protocol/colibri';

const MAX_CANDIDATES = 64;
const MAX_WEB_SOCKETS = 4;
const MAX_ICE_GENERATION = 0xffff_ffff;
// RFC 8839 §5.4
const USERNAME_FRAGMENT = /^[A-Za-z0-9+/]{4,256}$/;
const PASSWORD = /^[A-Za-z0-9+/]{22,256}$/;
// RFC 8839 §5.1
const FOUNDATION = /^[A-Za-z0-9+/]{1,32}$/;
const ADDRESS = /^[\w.:%-]{1,255}$/;
const CANDIDATE_TYPES = ['host', 'srflx', 'prflx', 'relay'] as const;
// RFC 8122 §5; the longest hash in use is SHA-512.
const HASH = /^[a-zA-Z0-9-]{1,16}$/;
const FINGERPRINT = /^(?:[0-9A-Fa-f]{2}:){15,63}[0-9A-Fa-f]{2}$/;
const URL_TEXT = /^wss?:\/\/[\x21-\x7e]{1,2048}$/;

/** RFC 8842 §5 */
export type DtlsSetup = 'active' | 'passive' | 'actpass' | 'holdconn';

export interface TransportFingerprint extends DtlsFingerprint {
  readonly setup: DtlsSetup;
}

/** `<transport/>` of one content. */
export interface IceUdpTransport {
  /** Absent where a transport-info only adds candidates. */
  readonly credentials?: IceCredentials;
  readonly fingerprint?: TransportFingerprint;
  readonly candidates: readonly IceCandidate[];
  /** Where the bridge channel can be opened. */
  readonly webSocketUrls: readonly string[];
  readonly rtcpMux: boolean;
  /** Ours: the bridge is ICE-lite, so the client should be controlling (decisions.md, "ICE role"). */
  readonly iceLite: boolean;
  /** Jitsi: counts the ICE restarts of the session from 1; absent where none is meant (wire note §5.10). */
  readonly iceGeneration?: number;
}

/**
 * Reads a `<transport/>` of XEP-0176. Candidates that nobody here can use (other types, components and transports) are
 * left out.
 * @throws DecodeError
 */
export function decodeIceUdpTransport(element: XmlElement): IceUdpTransport {
  const fingerprint = child(element, 'fingerprint', NS_DTLS);
  const candidates = atMost(MAX_CANDIDATES, 'candidates', childElements(element, 'candidate'));
  const iceGeneration = optionalIntegerAttribute(element, 'ice-generation', 0, MAX_ICE_GENERATION);
  return {
    ...(element.attrs['ufrag'] === undefined
      ? {}
      : {
          credentials: {
            usernameFragment: requiredAttribute(element, 'ufrag', USERNAME_FRAGMENT),
            password: requiredAttribute(element, 'pwd', PASSWORD),
          },
        }),
    ...(fingerprint === undefined ? {} : { fingerprint: decodeFingerprint(fingerprint) }),
    candidates: candidates.flatMap(decodeCandidate),
    webSocketUrls: readChannelUrls(element),
    rtcpMux: child(element, 'rtcp-mux') !== undefined,
    iceLite: booleanAttribute(element, 'ice-lite'),
    ...(iceGeneration === undefined ? {} : { iceGeneration }),
  };
}

export function encodeIceUdpTransport(transport: IceUdpTransport): XmlElement {
  const { credentials, fingerprint } = transport;
  return xml(
    'transport',
    {
      xmlns: NS_ICE_UDP,
      ufrag: credentials?.usernameFragment,
      pwd: credentials?.password,
      'ice-lite': transport.iceLite ? true : undefined,
      'ice-generation': transport.iceGeneration,
    },
    transport.rtcpMux && xml('rtcp-mux'),
    fingerprint !== undefined &&
      xml(
        'fingerprint',
        { xmlns: NS_DTLS, hash: fingerprint.hash, setup: fingerprint.setup, required: false },
        fingerprint.value,
      ),
    transport.candidates.map((candidate, index) =>
      xml('candidate', {
        foundation: candidate.foundation,
        component: candidate.component,
        protocol: candidate.protocol,
        priority: candidate.priority,
        ip: candidate.address,
        port: candidate.port,
        type: candidate.type,
        tcptype: candidate.tcpType,
        'rel-addr': candidate.related?.address,
        'rel-port': candidate.related?.port,
        generation: 0,
        id: `c${index + 1}`,
        network: 0,
      }),
    ),
    writeChannelUrls(transport.webSocketUrls),
  );
}

/** Where a transport says that the bridge channel can be opened. @throws DecodeError */
export function readChannelUrls(transport: XmlElement): readonly string[] {
  const webSockets = atMost(MAX_WEB_SOCKETS, 'bridge channels', childElements(transport, 'web-socket', NS_COLIBRI));
  return webSockets.map((item) => requiredAttribute(item, 'url', URL_TEXT));
}

export function writeChannelUrls(urls: readonly string[]): readonly XmlElement[] {
  return urls.map((url) => xml('web-socket', { xmlns: NS_COLIBRI, url }));
}

function decodeFingerprint(element: XmlElement): TransportFingerprint {
  const value = text(element).trim();
  const setup = element.attrs['setup'];
  if (!FINGERPRINT.test(value)) throw new DecodeError('bad-format', 'a fingerprint is hex bytes with colons');
  if (setup !== 'active' && setup !== 'passive' && setup !== 'actpass' && setup !== 'holdconn') {
    throw new DecodeError('bad-format', 'a fingerprint needs a setup role');
  }
  return { hash: requiredAttribute(element, 'hash', HASH).toLowerCase(), value: value.toUpperCase(), setup };
}

function decodeCandidate(element: XmlElement): IceCandidate[] {
  const protocol = element.attrs['protocol']?.toLowerCase();
  const tcpType = element.attrs['tcptype']?.toLowerCase();
  const type = CANDIDATE_TYPES.find((known) => known === element.attrs['type']);
  const isUsable =
    element.attrs['component'] === '1' &&
    (protocol === 'udp' || (protocol === 'tcp' && tcpType === 'passive')) &&
    // RFC 8839 §5.1: what another generation offers belongs to other credentials.
    (optionalIntegerAttribute(element, 'generation', 0, 0xffff_ffff) ?? 0) === 0;
  if (type === undefined || !isUsable) return [];
  const relatedAddress = optionalAttribute(element, 'rel-addr', ADDRESS);
  const relatedPort = optionalIntegerAttribute(element, 'rel-port', 0, 65_535);
  return [
    {
      foundation: requiredAttribute(element, 'foundation', FOUNDATION),
      component: 1,
      protocol: protocol === 'tcp' ? 'tcp' : 'udp',
      priority: integerAttribute(element, 'priority', 0, 0xffff_ffff),
      address: requiredAttribute(element, 'ip', ADDRESS),
      port: integerAttribute(element, 'port', 1, 65_535),
      type,
      ...(protocol === 'tcp' ? { tcpType: 'passive' } : {}),
      ...(relatedAddress === undefined || relatedPort === undefined
        ? {}
        : { related: { address: relatedAddress, port: relatedPort } }),
    },
  ];
}
