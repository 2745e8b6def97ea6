/**
 * Who a session is. Whatever way people log in (nobody's name, a token, an account) ends in one of these values; rooms
 * and modules look at nothing else.
 */
export interface Identity {
  /** `anonymous`: a guest who showed nothing (XEP-0175). */
  readonly kind: 'anonymous';
}

/** What a connection brought along when it logs in. */
export interface LoginRequest {
  /** The host the stream was opened to. */
  readonly host: string;
  /** Decoded initial response of the SASL mechanism (RFC 4422 §4.2), if there was one. */
  readonly initialResponse: string | undefined;
  /** Parameters of the connection's URL, e.g. `token`. Never logged. */
  readonly query: URLSearchParams;
}

/** RFC 6120 §6.5 */
export type SaslCondition =
  | 'aborted'
  | 'incorrect-encoding'
  | 'invalid-mechanism'
  | 'malformed-request'
  | 'not-authorized'
  | 'not-allowed'
  | 'temporary-auth-failure';

export type LoginOutcome =
  | { readonly isAccepted: true; readonly identity: Identity }
  | { readonly isAccepted: false; readonly condition: SaslCondition; readonly text?: string };

/** One way to log in; a SASL mechanism offered on some hosts. */
export interface LoginMechanism {
  /** The registered name of the mechanism. */
  readonly name: string;
  isOfferedOn(host: string): boolean;
  /** A refusal is a value; a rejection means that nobody can log in this way now. */
  logIn(request: LoginRequest): Promise<LoginOutcome>;
}
