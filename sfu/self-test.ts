import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { IceCredentials } from '#protocol/media/rtp.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { frame, FrameReader } from './framed-datagrams.ts';
import { decodeBinding, encodeControlledCheck, MAX_CHECK_LENGTH } from './stun-binding.ts';

const TIMEOUT_MS = 2_000;
/** UDP may lose a packet. */
const RESEND_MS = 200;

/** Whether a connectivity check to an announced address and port is answered. */
export interface MediaCheck {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'udp' | 'tcp';
  readonly isReached: boolean;
}

/**
 * Does to a worker's port what a client's ICE does (RFC 8445 §7.2.2): sends a check with a transport's credentials to an
 * address that clients are told, and waits for an answer to it, of whatever kind.
 */
export async function checkMediaPort(
  { address, port, protocol }: Omit<MediaCheck, 'isReached'>,
  ice: IceCredentials,
): Promise<MediaCheck> {
  const transactionId = randomBytes(12);
  const check = encodeControlledCheck({
    transactionId,
    username: `${ice.usernameFragment}:selftest`,
    password: ice.password,
    priority: 1,
  });
  const answered = new AbortController();
  const take = (datagram: Buffer): void => {
    if (isAnswer(datagram, transactionId)) answered.abort();
  };
  const wire = protocol === 'udp' ? overUdp(address, port, take) : overTcp(address, port, take);
  try {
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (!answered.signal.aborted && performance.now() < deadlineMs) {
      wire.send(check);
      // It rejects when it is over early, which is what it is waiting for.
      await delay(RESEND_MS, undefined, { signal: answered.signal }).catch(() => undefined);
    }
  } finally {
    wire.close();
  }
  return { address, port, protocol, isReached: answered.signal.aborted };
}

function isAnswer(datagram: Buffer, transactionId: Buffer): boolean {
  try {
    const { type, transactionId: id } = decodeBinding(datagram);
    return type !== 'request' && id.equals(transactionId);
  } catch (error) {
    if (error instanceof DecodeError) return false;
    throw error;
  }
}

interface Wire {
  send(datagram: Buffer): void;
  close(): void;
}

function overUdp(address: string, port: number, take: (datagram: Buffer) => void): Wire {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', take);
  socket.on('error', () => {
    // No way there: nothing comes back, and that is the result.
  });
  return { send: (datagram) => socket.send(datagram, port, address, () => undefined), close: () => socket.close() };
}

/** RFC 6544: checks over TCP are framed. */
function overTcp(address: string, port: number, take: (datagram: Buffer) => void): Wire {
  const socket = connect({ host: address, port });
  const reader = new FrameReader(MAX_CHECK_LENGTH);
  socket.on('data', (chunk: Buffer) => reader.push(chunk)?.forEach(take));
  socket.on('error', () => {
    // Refused, or no way there: nothing comes back, and that is the result.
  });
  let isSent = false;
  return {
    // A stream loses nothing: once is enough.
    send: (datagram) => {
      if (!isSent) socket.write(frame(datagram));
      isSent = true;
    },
    close: () => socket.destroy(),
  };
}
