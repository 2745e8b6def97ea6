import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Core } from './core.ts';
import { formatAddress, sameAddress } from './endpoint.ts';
import type { RelayAddress } from './relay-address.ts';

const TIMEOUT_MS = 2000;
/** UDP may lose a packet. */
const RESEND_MS = 200;
const PAYLOAD_BYTES = 16;

/** Whether packets to an address that clients are told come back to this relay. */
export interface AddressCheck {
  readonly address: string;
  readonly isReached: boolean;
  /** What is wrong and what to do; undefined when all is well. */
  readonly problem: string | undefined;
}

/**
 * Tries every relay address: a relay port, opened as for an allocation, sends a packet to itself by the address that
 * clients and peers are told. It takes the way through the kernel and the NAT, not the short one inside the process.
 */
export function checkAddresses(
  core: Core,
  addresses: readonly RelayAddress[],
  signal: AbortSignal,
): Promise<AddressCheck[]> {
  return Promise.all(addresses.map((address) => checkAddress(core, address, signal)));
}

async function checkAddress(core: Core, address: RelayAddress, signal: AbortSignal): Promise<AddressCheck> {
  const text = formatAddress(address.advertised);
  let isReached = false;
  const arrived = new AbortController();
  const probe = core.openProbe(address, randomBytes(PAYLOAD_BYTES), () => {
    isReached = true;
    arrived.abort();
  });
  if (probe === undefined) return { address: text, isReached, problem: noPort(address) };
  const waiting = AbortSignal.any([signal, arrived.signal]);
  try {
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (!waiting.aborted && performance.now() < deadlineMs) {
      probe.send();
      // It rejects when it is over early, which is what it is waiting for.
      await delay(RESEND_MS, undefined, { signal: waiting }).catch(() => undefined);
    }
  } finally {
    if (!signal.aborted) probe.close();
  }
  return { address: text, isReached, problem: isReached ? undefined : lost(address) };
}

function noPort({ local, minPort, maxPort }: RelayAddress): string {
  return `No UDP port from ${minPort} to ${maxPort} could be opened on ${formatAddress(local)}. Widen turn.relayPorts, or end what holds them.`;
}

function lost({ local, advertised, minPort, maxPort }: RelayAddress): string {
  const [inside, outside] = [formatAddress(local), formatAddress(advertised)];
  if (sameAddress(local, advertised)) {
    return `Packets that this relay sends to its own address ${inside} do not arrive. A firewall may block UDP ports ${minPort} to ${maxPort}; open them.`;
  }
  return `Packets sent to ${outside}, the address that clients are told, do not come back to this relay at ${inside}. Check turn.externalAddresses and that the NAT forwards UDP ports ${minPort} to ${maxPort}. Some NATs never send such packets back to where they came from; then only a client outside can tell.`;
}
