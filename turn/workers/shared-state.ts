import { randomBytes } from 'node:crypto';
import { STRANGER_STORAGE_BYTES } from '../response-limiter.ts';
import { SharedTally } from '../tally.ts';

const PORTS = 65_536;

/** Memory that all workers of a relay see, so that limits hold over all of them and each knows the others' relay ports. */
export interface SharedState {
  readonly workers: number;
  /** Seed of hashes that must be the same in all workers; hexadecimal. */
  readonly seed: string;
  readonly users: SharedArrayBuffer;
  readonly clients: SharedArrayBuffer;
  readonly connections: SharedArrayBuffer;
  /** Answers to strangers in the second at hand. */
  readonly strangers: SharedArrayBuffer;
  /** For each relay address, the worker that has an allocation on a port, counted from 1; 0 for none. */
  readonly portHolders: readonly SharedArrayBuffer[];
}

export function createSharedState(workers: number, relayAddresses: number): SharedState {
  return {
    workers,
    seed: randomBytes(8).toString('hex'),
    users: SharedTally.buffer(workers),
    clients: SharedTally.buffer(workers),
    connections: SharedTally.buffer(workers),
    strangers: new SharedArrayBuffer(STRANGER_STORAGE_BYTES),
    portHolders: Array.from({ length: relayAddresses }, () => new SharedArrayBuffer(PORTS)),
  };
}

/** Gives back what a worker held that is gone. */
export function forgetWorker(state: SharedState, worker: number): void {
  for (const tally of [state.users, state.clients, state.connections]) SharedTally.clearRow(tally, worker);
  for (const buffer of state.portHolders) {
    const holders = new Uint8Array(buffer);
    for (let port = 0; port < PORTS; port++) if (holders[port] === worker + 1) holders[port] = 0;
  }
}
