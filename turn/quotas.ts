import { type Address, formatAddress } from './endpoint.ts';

export interface QuotaSettings {
  allocationsPerUser: number;
  allocationsPerAddress: number;
}

/** How many allocations each user and each client address holds. Names and addresses without any are forgotten. */
export class Quotas {
  readonly #settings: QuotaSettings;
  readonly #byUser = new Map<string, number>();
  readonly #byAddress = new Map<string, number>();

  constructor(settings: QuotaSettings) {
    this.#settings = settings;
  }

  /** Counts one more allocation, or says that it is one too many. */
  take(subject: string, client: Address): boolean {
    const address = formatAddress(client);
    const ofUser = this.#byUser.get(subject) ?? 0;
    const ofAddress = this.#byAddress.get(address) ?? 0;
    if (ofUser >= this.#settings.allocationsPerUser || ofAddress >= this.#settings.allocationsPerAddress) return false;
    this.#byUser.set(subject, ofUser + 1);
    this.#byAddress.set(address, ofAddress + 1);
    return true;
  }

  release(subject: string, client: Address): void {
    decrease(this.#byUser, subject);
    decrease(this.#byAddress, formatAddress(client));
  }
}

function decrease(counts: Map<string, number>, key: string): void {
  const rest = (counts.get(key) ?? 0) - 1;
  if (rest > 0) counts.set(key, rest);
  else counts.delete(key);
}
