import type { MediaKind } from './source.ts';

/** RTP vocabulary shared by focus, sfu and web: what an offer's `<description/>` says. Shapes follow RFC 8866 a=rtpmap, a=fmtp, a=rtcp-fb, a=extmap. */
export interface PayloadType {
  readonly kind: MediaKind;
  /** 0 … 127 */
  readonly id: number;
  /** `opus`, `VP8`, `rtx` … */
  readonly name: string;
  /** Hz */
  readonly clockRate: number;
  readonly channels?: number;
  /** a=fmtp parameters; a bare value has the empty name. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly feedback: readonly RtcpFeedback[];
}

export interface RtcpFeedback {
  readonly type: string;
  readonly subtype?: string;
}

export interface HeaderExtension {
  readonly kind: MediaKind;
  readonly id: number;
  readonly uri: string;
}

/** What the bridge receives and sends, with its router's numbers. */
export interface RtpCapabilities {
  readonly payloadTypes: readonly PayloadType[];
  readonly headerExtensions: readonly HeaderExtension[];
}

/** An ICE candidate (RFC 8839 §5.1). The bridge has host candidates only; two clients that talk directly have any. */
export interface IceCandidate {
  readonly foundation: string;
  readonly component: 1;
  readonly protocol: 'udp' | 'tcp';
  readonly priority: number;
  /** Textual IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
  readonly type: 'host' | 'srflx' | 'prflx' | 'relay';
  readonly tcpType?: 'passive';
  /** The base of a candidate that is no host candidate, where its owner tells it. */
  readonly related?: { readonly address: string; readonly port: number };
}

/** Where RTP goes, with RTCP on the same port (RFC 5761). */
export interface RtpAddress {
  /** Textual IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

/** DTLS fingerprint (RFC 8122 §5): hash name in lower case, value as upper-case hex with colons. */
export interface DtlsFingerprint {
  readonly hash: string;
  readonly value: string;
}

export interface IceCredentials {
  readonly usernameFragment: string;
  readonly password: string;
}
