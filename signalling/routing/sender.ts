import type { Identity } from '../identity/identity.ts';

/** Whoever a stanza comes from, with an address that has been verified. */
export interface Sender {
  /** Full JID; a component's own address has no resource. */
  readonly jid: string;
  /** Undefined for components inside the trust of the bus. */
  readonly identity: Identity | undefined;
  /** The room named in the URL of its connection (wire note §1.1); a hint, as nobody has checked it. */
  readonly room: string | undefined;
  /** The tenant named there; a hint as well. */
  readonly tenant: string | undefined;
  /** Random id of its browser, as it says (wire note §3.1). */
  readonly machineUid?: string | undefined;
  /** Names the sender in TURN credentials. */
  readonly id: string;
}
