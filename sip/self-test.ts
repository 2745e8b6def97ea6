import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIPv6 } from 'node:net';

export type SipTransport = 'udp' | 'tcp' | 'tls';

export interface PortState {
  readonly transport: SipTransport;
  readonly port: number;
  readonly isReached: boolean;
}

/** Nothing of SIP begins so: strangers who guess it are as unheard as before. */
const NONCE_BYTES = 24;
/** A datagram may get lost. */
const TRIES = 3;
const TRY_MS = 700;
const CONNECT_MS = 3_000;

/** Whether the gateway's own ports are reached under the address that trunks are told: it calls on itself from outside. */
export class SelfTest {
  /** By the nonce of a probe under way, in hexadecimal. */
  readonly #awaited = new Map<string, () => void>();

  /** Whether these bytes are a probe of ours, which nobody else is to see. */
  takes(bytes: Uint8Array): boolean {
    if (bytes.length !== NONCE_BYTES || this.#awaited.size === 0) return false;
    const arrived = this.#awaited.get(Buffer.from(bytes).toString('hex'));
    arrived?.();
    return arrived !== undefined;
  }

  /**
   * @param host name or address
   * @param bindAddress of the gateway: names are looked up in its family
   */
  async reach(
    host: string,
    ports: Readonly<Partial<Record<SipTransport, number | undefined>>>,
    bindAddress: string,
  ): Promise<readonly PortState[]> {
    const address = await addressOf(host, isIPv6(bindAddress) ? 6 : 4);
    const states: PortState[] = [];
    for (const transport of ['udp', 'tcp', 'tls'] as const) {
      const port = ports[transport];
      if (port === undefined) continue;
      const isReached =
        address !== undefined && (await (transport === 'udp' ? this.#isHeard(address, port) : opens(address, port)));
      states.push({ transport, port, isReached });
    }
    return states;
  }

  async #isHeard(address: string, port: number): Promise<boolean> {
    const nonce = randomBytes(NONCE_BYTES);
    const key = nonce.toString('hex');
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#awaited.set(key, () => resolve(true));
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    // ICMP errors and refusals of the system: nothing arrives then.
    socket.on('error', () => undefined);
    let left = TRIES;
    const send = (): void => {
      if (left === 0) resolve(false);
      else socket.send(nonce, port, address);
      left -= 1;
    };
    send();
    const timer = setInterval(send, TRY_MS);
    try {
      return await promise;
    } finally {
      clearInterval(timer);
      this.#awaited.delete(key);
      socket.close();
    }
  }
}

async function addressOf(host: string, family: 4 | 6): Promise<string | undefined> {
  try {
    return (await lookup(host, { family })).address;
  } catch {
    // There is no such name, or it has no address of this family: nothing is reached there.
    return undefined;
  }
}

/** A connection is taken, whatever is done with a stranger's afterwards. */
async function opens(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port, signal: AbortSignal.timeout(CONNECT_MS) });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused, or no answer in time
  } finally {
    socket.destroy();
  }
}
