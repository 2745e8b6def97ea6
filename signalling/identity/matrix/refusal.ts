/** Why somebody is not let in (matrix note §2.3); clients get these words. */
export type MatrixRefusal =
  | 'bad-token'
  | 'room-mismatch'
  | 'server-not-allowed'
  /** May pass. */
  | 'homeserver-unreachable'
  /** A new one helps. */
  | 'token-rejected'
  | 'not-in-room'
  | 'rate-limited';
