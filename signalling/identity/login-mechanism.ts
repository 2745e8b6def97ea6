import type { Identity } from './identity.ts';

/** RFC 6120 §6.5 */
export type SaslCondition =
  | 'aborted'
  | 'incorrect-encoding'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'not-authorized'
  | 'not-allowed'
  | 'temporary-auth-failure';

/** What a connection brought along when it logs in. */
export interface LoginRequest {
  /** The host the stream was opened to. */
  readonly host: string;
  /** Key of the client's address, for limits. */
  readonly addressGroup: string;
  /** Nobody can listen: it comes from this machine, or is encrypted up to us or to a proxy that we trust. */
  readonly isPrivate: boolean;
  /** Parameters of the connection's URL, e.g. `token`. Never logged. */
  readonly query: URLSearchParams;
}

/** What the server says next. A refusal is a value; a rejected promise means that nobody can log in this way now. */
export type LoginStep =
  | { readonly kind: 'accepted'; readonly identity: Identity; readonly additionalData?: string }
  | { readonly kind: 'refused'; readonly condition: SaslCondition; readonly text?: string }
  | { readonly kind: 'challenge'; readonly data: string };

/** One attempt to log in. */
export interface LoginExchange {
  /** @param response what the client says, decoded; undefined if it has said nothing yet (RFC 6120 §6.4.2). */
  next(response: string | undefined): Promise<LoginStep>;
}

/** One way to log in; a SASL mechanism offered on some hosts. */
export interface LoginMechanism {
  /** The registered name of the mechanism. */
  readonly name: string;
  /** @param isSecure whether the connection is encrypted up to us or to a proxy that we trust. */
  isOfferedOn(host: string, isSecure: boolean): boolean;
  begin(request: LoginRequest): LoginExchange;
}
