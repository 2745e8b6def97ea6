import type { Bus, Lease } from '#runtime/bus.ts';

/**
 * What signalling needs to know to send clients here: the value of the lease `turn/<id>`. Without hosts, the host of the
 * public URL is meant.
 */
export interface TurnLease {
  id: string;
  hosts?: string[];
  udp: number;
  tcp: number;
  /** The web server's port where it has a certificate, as the one that firewalls are most likely to let through. */
  tls?: number;
}

/** Says on the bus that this relay lives, and again when what there is to say changes. */
export class Announcement {
  readonly #read: () => TurnLease;
  readonly #lease: Lease<TurnLease> | undefined;
  #said: TurnLease;

  /** @param read what is true now; asked again by `refresh`. */
  static async claim(bus: Bus, read: () => TurnLease): Promise<Announcement> {
    const value = read();
    return new Announcement(read, value, await bus.claim(`turn/${value.id}`, value));
  }

  private constructor(read: () => TurnLease, said: TurnLease, lease: Lease<TurnLease> | undefined) {
    this.#read = read;
    this.#said = said;
    this.#lease = lease;
  }

  refresh(): void {
    const value = this.#read();
    if (value.tls === this.#said.tls) return;
    this.#said = value;
    this.#lease?.update(value);
  }

  release(): void {
    this.#lease?.release();
  }
}
