import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { paddedLength } from './channel-data.ts';
import { StreamFramer } from './listeners/stream-framer.ts';

const CONNECT_TIMEOUT_MS = 2_000;

/** What carries messages between the self-test's client and a listener. */
export interface SelfTestWire {
  send(message: Buffer): void;
  /** In place of who listened before. */
  listen(onMessage: (message: Buffer) => void, onError: (error: Error) => void): void;
  close(): void;
}

/** @param host name or address. */
export async function overUdp(host: string, port: number): Promise<SelfTestWire> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  socket.connect(port, address);
  try {
    await once(socket, 'connect');
  } catch (error) {
    socket.close();
    throw error;
  }
  return {
    send: (message) => socket.send(message),
    listen: (onMessage, onError) => {
      socket.removeAllListeners('message').removeAllListeners('error');
      socket.on('message', onMessage).on('error', onError);
    },
    close: () => socket.close(),
  };
}

export interface StreamTarget {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** With TLS the certificate must be for the host. */
  readonly isTls: boolean;
  /** PEM of an authority, where it is none of the system's. */
  readonly ca?: string | undefined;
}

export async function overStream({ host, port, isTls, ca }: StreamTarget): Promise<SelfTestWire> {
  const socket: Socket = isTls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === undefined ? {} : { ca }) })
    : connectTcp({ host, port });
  try {
    await once(socket, isTls ? 'secureConnect' : 'connect', { signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) });
  } catch (error) {
    socket.destroy();
    throw error instanceof Error && error.name === 'AbortError' ? new Error('No connection within 2 s.') : error;
  }
  const framer = new StreamFramer();
  let take: (message: Buffer) => void = () => undefined;
  socket.on('data', (chunk: Buffer) => {
    framer.feed(chunk, (bytes, start, length) => {
      take(Buffer.from(bytes.subarray(start, start + length)));
      return true;
    });
  });
  return {
    // RFC 8656 §12.5: over streams ChannelData is padded.
    send: (message) => socket.write(Buffer.concat([message], paddedLength(message.length))),
    listen: (onMessage, onError) => {
      take = onMessage;
      socket.removeAllListeners('error').on('error', onError);
    },
    close: () => socket.destroy(),
  };
}
