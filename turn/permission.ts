import type { Address } from './endpoint.ts';

/** RFC 8656 §9: a permission lives 300 seconds and traffic does not prolong it. */
const PERMISSION_LIFETIME_MS = 300_000;

/** Leave for one peer address, whatever its port, to exchange packets with the client (RFC 8656 §2.3). */
export interface Permission extends Address {
  expiresAtMs: number;
  /** The peer rules let through only some ports of this address, so every packet's port is checked. */
  isLimitedToPorts: boolean;
}

/** The permissions of one allocation: most have one to four peers, so a list with the last hit in front is quickest. */
export class PermissionTable {
  readonly #permissions: Permission[] = [];
  #last: Permission | undefined;

  get size(): number {
    return this.#permissions.length;
  }

  /** The live permission for an address. */
  find(address: Address, nowMs: number): Permission | undefined {
    const last = this.#last;
    const found = last !== undefined && matches(last, address) ? last : this.#search(address);
    if (found === undefined || found.expiresAtMs <= nowMs) return undefined;
    this.#last = found;
    return found;
  }

  /** Installs or refreshes. */
  install(address: Address, isLimitedToPorts: boolean, nowMs: number): void {
    const expiresAtMs = nowMs + PERMISSION_LIFETIME_MS;
    const existing = this.#search(address);
    if (existing !== undefined) {
      existing.expiresAtMs = expiresAtMs;
      existing.isLimitedToPorts = isLimitedToPorts;
      return;
    }
    const { family, w0, w1, w2, w3 } = address;
    this.#permissions.push({ family, w0, w1, w2, w3, expiresAtMs, isLimitedToPorts });
  }

  /** How many of these addresses have no entry yet. */
  countMissing(addresses: readonly Address[]): number {
    const missing: Address[] = [];
    for (const address of addresses) {
      const isKnown = this.#search(address) !== undefined || missing.some((other) => matches(other, address));
      if (!isKnown) missing.push(address);
    }
    return missing.length;
  }

  /** Removes what has expired and what `isAllowed` no longer lets through. */
  sweep(nowMs: number, isAllowed: (address: Permission) => boolean = () => true): void {
    for (let i = this.#permissions.length - 1; i >= 0; i--) {
      const permission = this.#permissions[i];
      if (permission !== undefined && (permission.expiresAtMs <= nowMs || !isAllowed(permission))) {
        this.#permissions.splice(i, 1);
        this.#last = undefined;
      }
    }
  }

  #search(address: Address): Permission | undefined {
    for (const permission of this.#permissions) if (matches(permission, address)) return permission;
    return undefined;
  }
}

function matches(a: Address, b: Address): boolean {
  return a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0;
}
