import type { CodecName } from '../codec/audio-codec.ts';

export interface MediaAddress {
  readonly address: string;
  readonly port: number;
}

/** What offer and answer settled about one phone. */
export interface LegMedia {
  readonly codec: CodecName;
  readonly payloadType: number;
  /** All payload types of telephone events, whatever their clock. */
  readonly telephoneEvents: readonly number[];
  readonly remote: MediaAddress;
  /** Where its RTCP is taken (RFC 3605); by default the port above. */
  readonly remoteRtcp?: MediaAddress;
  /** RTP and RTCP share a port (RFC 5761). */
  readonly rtcpMux?: boolean;
  /** Encrypted (RFC 3711), with the keys that SDES exchanged (RFC 4568): master key and salt, 30 bytes each. */
  readonly srtp?: { readonly localKey: Uint8Array; readonly remoteKey: Uint8Array };
  /** Ours. With any but `sendrecv` the phone is on hold: the room does not hear it and its silence means nothing. */
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
}
