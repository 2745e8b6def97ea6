import { copyFileSync, mkdtempSync } from 'node:fs';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { AttributeType } from '../../../turn/stun/attribute-type.ts';
import { Method } from '../../../turn/stun/message-type.ts';
import { certificate } from '../../support/turn/certificate.ts';
import { SocketClient, UdpPeer } from '../../support/turn/socket-client.ts';
import { addressOf, channelData, clientMessage, resultOf } from '../../support/turn/turn-message.ts';
import { startTurnService, type TurnService, type TurnServiceOptions } from '../../support/turn/turn-service.ts';

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

function start(config: TurnServiceOptions['config'] = {}): Promise<TurnService> {
  return startTurnService({
    tls: certificate(),
    config: {
      relayAddresses: ['127.0.0.1'],
      peers: { allow: ['127.0.0.1/32'], deny: [], only: [] },
      ...config,
    },
  });
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Resolves when the server has closed the connection; what it had sent before. */
async function closed(socket: Socket): Promise<Buffer> {
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  if (!socket.destroyed) await once(socket, 'close');
  return Buffer.concat(received);
}

describe('TCP and TLS clients', () => {
  it('that begin with neither STUN nor TLS are closed without an answer', async () => {
    await using service = await start();
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      channelData(0x4000, Buffer.from('x')),
      Buffer.from([0xff]),
    ]) {
      const socket = await open(service.port);
      socket.write(bytes);
      expect(await closed(socket)).toEqual(Buffer.alloc(0));
    }
  });

  it('that lose their framing are closed', async () => {
    await using service = await start();
    const binding = clientMessage({ method: Method.BINDING });
    const garbled = Buffer.from(binding);
    garbled[5] = 0;
    const past = clientMessage({
      method: Method.BINDING,
      write: (writer) => writer.attribute(AttributeType.SOFTWARE, 4),
    });
    past[22] = 0xff;
    for (const bytes of [garbled, past, Buffer.from('garbage')]) {
      const socket = await open(service.port);
      socket.write(Buffer.concat([binding, bytes]));
      // The good request before may have been answered; nothing behind it is.
      expect([0, 32]).toContain((await closed(socket)).length);
    }
  });

  it('get an answer to each of 10 000 requests in a row', async () => {
    await using service = await start();
    const socket = await open(service.port);
    const binding = clientMessage({ method: Method.BINDING });
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.write(Buffer.concat(Array.from({ length: 10_000 }, () => binding)));
    await expect.poll(() => bytes, { timeout: 10_000 }).toBe(10_000 * 32);
  });

  it('that never read are not read from either once their queue is full', async () => {
    await using service = await start();
    const socket = await open(service.port);
    socket.pause();
    const requests = Buffer.concat(Array.from({ length: 5000 }, () => clientMessage({ method: Method.BINDING })));
    let accepted = 0;
    for (let i = 0; i < 400; i++) {
      if (socket.writableLength > 4e6) break;
      socket.write(requests, () => (accepted += requests.length));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    // Others are served all the same.
    await using other = await SocketClient.stream(service.port);
    expect(resultOf(await other.ask(clientMessage({ method: Method.BINDING })))).toBe(0);
    expect(accepted).toBeLessThan(400 * requests.length);
  });

  it('that never read cost bounded memory while media arrives for them', async () => {
    await using service = await start();
    await using client = await SocketClient.stream(service.port);
    await using peer = await UdpPeer.open();
    const relayed = await client.allocate();
    expect(await client.bind(0x4000, peer.address)).toBe(0);
    client.pause();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 20_000; i++) {
      peer.send(Buffer.alloc(1200), relayed);
      if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await expect
      .poll(async () => (await service.context.metrics.metrics()).match(/reason="backpressure"} (\d+)/)?.[1])
      .not.toBe('0');
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
    // Others are relayed to all the same.
    await using other = await SocketClient.stream(service.port);
    const otherRelayed = await other.allocate();
    expect(await other.bind(0x4000, peer.address)).toBe(0);
    peer.send(Buffer.from('still here'), otherRelayed);
    expect(await other.inbox.take('media for another')).toEqual(channelData(0x4000, Buffer.from('still here')));
  });

  it('beyond the number one address may have are closed', async () => {
    await using service = await start({ limits: { connectionsPerAddress: 3 } });
    const first = [await open(service.port), await open(service.port), await open(service.port)];
    const refused = await open(service.port);
    await closed(refused);
    first[0]?.destroy();
    await expect
      .poll(async () => {
        const socket = await open(service.port);
        socket.write(clientMessage({ method: Method.BINDING }));
        return Promise.race([once(socket, 'data').then(() => 'served'), once(socket, 'close').then(() => 'closed')]);
      })
      .toBe('served');
  });

  it('lose their allocation with their connection', async () => {
    await using service = await start();
    const client = await SocketClient.stream(service.tlsPort ?? 0, { tls: true });
    await client.allocate();
    expect(service.server.allocations).toBe(1);
    await client[Symbol.asyncDispose]();
    await expect.poll(() => service.server.allocations).toBe(0);
  });

  it('that break off a TLS handshake or send half of one leave nothing behind', async () => {
    await using service = await start({ limits: { handshakes: 2 } });
    for (let i = 0; i < 4; i++) {
      const socket = await open(service.tlsPort ?? 0);
      socket.write(Buffer.from([22, 3, 1, 0, 200, 1, 0]));
      await new Promise((resolve) => setImmediate(resolve));
      socket.destroy();
    }
    await expect
      .poll(() => connectSecurely(service.tlsPort ?? 0).then((socket) => socket.destroy().authorized))
      .toBe(false);
  });
});

async function connectSecurely(port: number): Promise<TLSSocket> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['stun.turn'] });
  sockets.push(socket);
  await Promise.race([
    once(socket, 'secureConnect'),
    once(socket, 'close').then(() => Promise.reject(new Error('closed before the handshake was over'))),
  ]);
  return socket;
}

describe('TLS', () => {
  it('speaks 1.2 or later, and ALPN of RFC 7443', async () => {
    await using service = await start();
    const socket = await connectSecurely(service.tlsPort ?? 0);
    expect(socket.alpnProtocol).toBe('stun.turn');
    expect(['TLSv1.2', 'TLSv1.3']).toContain(socket.getProtocol());
    const old = connectTls({
      port: service.tlsPort ?? 0,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    sockets.push(old);
    await expect(once(old, 'secureConnect')).rejects.toThrow();
  });

  it('takes a new certificate without dropping calls, and keeps the old one when the new pair is bad', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-turn-tls-'));
    const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const install = ({ cert, key }: { cert: string; key: string }): void => {
      copyFileSync(cert, files.cert);
      copyFileSync(key, files.key);
    };
    install(certificate('first'));
    await using service = await startTurnService({ tls: files });
    const running = await connectSecurely(service.tlsPort ?? 0);
    const commonName = async (): Promise<unknown> =>
      (await connectSecurely(service.tlsPort ?? 0)).getPeerCertificate().subject.CN;
    expect(await commonName()).toBe('first');
    install(certificate('second'));
    await service.context.http.tls?.reload();
    expect(await commonName()).toBe('second');
    install({ cert: certificate('first').cert, key: certificate('second').key });
    await service.context.http.tls?.reload();
    expect(await commonName()).toBe('second');
    running.write(clientMessage({ method: Method.BINDING }));
    const [answer] = (await once(running, 'data')) as [Buffer];
    expect(addressOf(answer, AttributeType.XOR_MAPPED_ADDRESS)?.port).toBe(running.localPort);
  });

  it('is found on the web server’s port too, told by the first byte', async () => {
    await using service = await start();
    const httpsPort = await service.context.http.listen();
    await using peer = await UdpPeer.open();
    await using client = await SocketClient.stream(httpsPort, { tls: true });
    await client.allocate();
    expect(await client.bind(0x4000, peer.address)).toBe(0);
    client.sendChannelData(0x4000, Buffer.from('through the web port'));
    expect(await peer.inbox.take('data through the web port')).toEqual(Buffer.from('through the web port'));
  });
});
