import type { SipParameters } from './parameters.ts';

/** `sip:` or `sips:` (RFC 3261 §19.1). User, password and parameters are kept escaped as they came: peers compare bytes. */
export interface SipUri {
  readonly kind: 'sip';
  readonly scheme: 'sip' | 'sips';
  /** Still percent-escaped; decoded by `uriUser`. */
  readonly user?: string;
  readonly password?: string;
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: SipParameters;
  /** What stands behind `?`, as it came. */
  readonly headers?: string;
}

/** Any other URI, `tel:` among them: kept, compared and sent as it is. */
export interface OtherUri {
  readonly kind: 'other';
  /** Lower case. */
  readonly scheme: string;
  /** What stands behind the scheme's colon. */
  readonly rest: string;
}

export type Uri = SipUri | OtherUri;
