import { type Address, formatAddress } from './endpoint.ts';
import { LocalTally, type Tally } from './tally.ts';

export interface QuotaSettings {
  allocationsPerUser: number;
  allocationsPerAddress: number;
}

/** How many allocations each user and each client address may hold. */
export class Quotas {
  /** What is held already stays when these become narrower. */
  settings: QuotaSettings;
  readonly #byUser: Tally;
  readonly #byAddress: Tally;

  constructor(settings: QuotaSettings, byUser: Tally = new LocalTally(), byAddress: Tally = new LocalTally()) {
    this.settings = settings;
    this.#byUser = byUser;
    this.#byAddress = byAddress;
  }

  /** Counts one more allocation, or says that it is one too many. */
  take(subject: string, client: Address): boolean {
    if (!this.#byUser.take(subject, this.settings.allocationsPerUser)) return false;
    if (this.#byAddress.take(formatAddress(client), this.settings.allocationsPerAddress)) return true;
    this.#byUser.giveBack(subject);
    return false;
  }

  release(subject: string, client: Address): void {
    this.#byUser.giveBack(subject);
    this.#byAddress.giveBack(formatAddress(client));
  }
}
