import type { CodecName } from './codec.ts';
import type { Direction } from './direction.ts';

/** What this side brings into a negotiation. */
export interface LocalMedia {
  /** Where RTP is received, as the other side reaches it. */
  readonly address: string;
  readonly port: number;
  /** Default: the port above. */
  readonly rtcpPort?: number;
  /** Digits, drawn once for a call. */
  readonly sessionId: string;
  /** Those this call may use; default all. Their order is ours whatever is given here. */
  readonly codecs?: readonly CodecName[];
  /** Default: both ways. */
  readonly direction?: Direction;
  /** Absent: calls are never encrypted. */
  readonly srtp?: {
    readonly isMandatory: boolean;
    /** Ours, SRTP_KEY_BYTES random bytes for this call. */
    readonly key: Uint8Array;
  };
  readonly isIpv6Allowed?: boolean;
  /** Where this gateway itself receives RTP: nobody may have their sound sent there. */
  readonly ownMedia?: {
    readonly addresses: readonly string[];
    readonly ports: { readonly first: number; readonly last: number };
  };
}
