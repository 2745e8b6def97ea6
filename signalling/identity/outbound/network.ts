import { lookup, type LookupAddress } from 'node:dns';
import { isPublicAddress } from './public-address.ts';

type Addresses = (error: NodeJS.ErrnoException | null, addresses: readonly LookupAddress[]) => void;

/** The network as others may lead us into it. */
export interface Network {
  /** Gives all addresses of a name, in the order to try; an error where there are none. */
  resolve(name: string, callback: Addresses): void;
  /** Whether an address is one to which others may lead us. */
  isAllowed(address: string): boolean;
}

/** Names as every program on this machine resolves them; public addresses only. */
export const systemNetwork: Network = {
  resolve: (name, callback) => lookup(name, { all: true }, callback),
  isAllowed: isPublicAddress,
};
