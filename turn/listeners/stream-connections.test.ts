import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientMessage } from '../../test/support/turn/turn-message.ts';
import { Method } from '../stun/message-type.ts';
import { StreamConnections, type StreamRelay } from './stream-connections.ts';

const BINDING = clientMessage({ method: Method.BINDING });

/** Remembers what it was told; the streams in `allocated` have an allocation. */
class RecordingRelay implements StreamRelay {
  readonly messages: { stream: number; length: number }[] = [];
  readonly closed: number[] = [];
  readonly allocated = new Set<number>();

  onStreamMessage({ stream }: { stream: number }, _bytes: Uint8Array, _start: number, length: number): boolean {
    this.messages.push({ stream, length });
    return true;
  }

  onStreamClosed(stream: number): void {
    this.closed.push(stream);
  }

  flush(): void {
    // Nothing is queued here.
  }

  hasAllocation(stream: number): boolean {
    return this.allocated.has(stream);
  }
}

let nowMs: number;
let relay: RecordingRelay;
let connections: StreamConnections;
let server: Server;
let clients: Socket[];

beforeEach(async () => {
  nowMs = 0;
  relay = new RecordingRelay();
  clients = [];
  connections = new StreamConnections({ connectionsPerAddress: 5000 }, () => nowMs);
  connections.attach(relay);
  server = createServer((socket) => connections.admit(socket) && connections.serve(socket, 'tcp'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  for (const client of clients) client.destroy();
  connections.close();
  server.close();
});

/** A connection, with the end of it that the relay serves. */
async function open(): Promise<{ client: Socket; served: Socket }> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  clients.push(client);
  const [served] = await accepted;
  return { client, served };
}

/** Sends bytes and waits until the relay has read them. */
async function deliver({ client, served }: { client: Socket; served: Socket }, bytes: Uint8Array): Promise<void> {
  const read = served.bytesRead + bytes.length;
  client.write(bytes);
  await expect.poll(() => served.bytesRead, { message: 'the bytes to be read', interval: 1 }).toBe(read);
}

/** Lets time pass as the service does, with a sweep every second. */
function pass(seconds: number): void {
  for (let i = 0; i < seconds; i++) {
    nowMs += 1000;
    connections.sweep();
  }
}

describe('slow TCP clients', () => {
  it('that send a byte a second are closed ten seconds into a message that does not end', async () => {
    const connection = await open();
    for (let i = 0; i <= 10; i++) {
      await deliver(connection, BINDING.subarray(i, i + 1));
      expect(connection.served.destroyed).toBe(false);
      pass(1);
    }
    expect(connection.served.destroyed).toBe(true);
    expect(relay.messages).toEqual([]);
  });

  it('keep their connection when a message comes in parts after a long silence', async () => {
    const connection = await open();
    relay.allocated.add(1);
    await deliver(connection, BINDING);
    pass(120);
    await deliver(connection, BINDING.subarray(0, 3));
    pass(9);
    await deliver(connection, BINDING.subarray(3));
    pass(120);
    expect(connection.served.destroyed).toBe(false);
    expect(relay.messages).toEqual([
      { stream: 1, length: 20 },
      { stream: 1, length: 20 },
    ]);
  });

  it('that announce a huge message are held to what they send of it, and closed when it does not come', async () => {
    const connection = await open();
    const huge = Buffer.from(BINDING);
    huge.writeUInt16BE(0xfffc, 2);
    await deliver(connection, huge);
    await deliver(connection, Buffer.alloc(30_000));
    expect(relay.messages).toEqual([]);
    pass(11);
    expect(connection.served.destroyed).toBe(true);
  });

  it('a thousand of them, silent, are closed after half a minute without an allocation', async () => {
    const served: Socket[] = [];
    for (let i = 0; i < 1000; i++) served.push((await open()).served);
    expect(connections.size).toBe(1000);
    relay.allocated.add(500);
    pass(30);
    expect(served.filter(({ destroyed }) => destroyed)).toEqual([]);
    pass(1);
    expect(served.filter(({ destroyed }) => !destroyed)).toEqual([served[499]]);
    await expect.poll(() => relay.closed.length).toBe(999);
    expect(connections.size).toBe(1);
  });
});
