import type { SipParameters } from './parameters.ts';
import type { Uri } from './uri.ts';

// What a SIP message is, once its bytes have been read (RFC 3261 §7). Everything a transaction, a dialog or a user agent
// decides by is typed; the rest stays in `others`, word for word.

export type SipMessage = SipRequest | SipResponse;

export interface SipRequest extends SipFields {
  readonly kind: 'request';
  /** As it came: methods are case-sensitive, and not all are known. */
  readonly method: string;
  readonly uri: Uri;
}

export interface SipResponse extends SipFields {
  readonly kind: 'response';
  /** 100–699. */
  readonly status: number;
  readonly reason: string;
}

export interface SipFields {
  /** Topmost first, never empty. */
  readonly via: readonly Via[];
  readonly from: NameAddress;
  readonly to: NameAddress;
  readonly callId: string;
  readonly cSeq: CSeq;
  /** 0–255. */
  readonly maxForwards?: number;
  readonly contacts: readonly NameAddress[];
  /** `Contact: *`, which is for a REGISTER that removes all; `contacts` is empty then. */
  readonly isWildcardContact?: true;
  readonly routes: readonly NameAddress[];
  readonly recordRoutes: readonly NameAddress[];
  /** Every other header in its order. Content-Length is never among them: it follows from the body. */
  readonly others: readonly Header[];
  readonly body: Uint8Array;
}

/** RFC 3261 §20.42, with `received` and `rport` (RFC 3581) among the parameters. */
export interface Via {
  /** Name and version, where it is another than `SIP/2.0`. */
  readonly protocol?: string;
  /** `UDP`, `TCP`, `TLS` …, upper case. */
  readonly transport: string;
  /** As it came, but for IPv6 without brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: SipParameters;
}

/** From, To, Contact, Route and their kind (RFC 3261 §20.10). */
export interface NameAddress {
  /** Without quotes and escapes; not yet cleaned for people's eyes. */
  readonly displayName?: string;
  readonly uri: Uri;
  /** Those behind the URI: `tag`, `expires`, `q` … */
  readonly parameters: SipParameters;
}

export interface CSeq {
  /** 0 to 2^31 - 1. */
  readonly number: number;
  readonly method: string;
}

export interface Header {
  /** Full name in lower case: `content-type`, also where the compact `c` came. */
  readonly name: string;
  /** Unfolded, without white space around it. */
  readonly value: string;
}
