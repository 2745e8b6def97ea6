/**
 * The least a relay on node:dgram can do, to compare with: strips and adds the four bytes of ChannelData and knows no
 * permission, no clock and no counter. A client says `bind <peer port>` once and gets the relay port back.
 */
import { createSocket, type Socket } from 'node:dgram';
import { Buffer } from 'node:buffer';

const CHANNEL = 0x4000;
const listener = createSocket('udp4');
const relays = new Map<number, { socket: Socket; peerPort: number }>();

listener.on('message', (message, from) => {
  const relay = relays.get(from.port);
  if (relay !== undefined) {
    relay.socket.send(message, 4, message.length - 4, relay.peerPort, '127.0.0.1');
    return;
  }
  const socket = createSocket('udp4');
  relays.set(from.port, { socket, peerPort: Number(message.toString().split(' ')[1]) });
  socket.on('message', (data) => {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(CHANNEL, 0);
    header.writeUInt16BE(data.length, 2);
    listener.send([header, data], from.port, '127.0.0.1');
  });
  socket.bind(0, '127.0.0.1', () => {
    socket.setRecvBufferSize(1 << 20);
    listener.send(String(socket.address().port), from.port, '127.0.0.1');
  });
});
listener.bind(Number(process.argv[2]), '127.0.0.1', () => {
  listener.setRecvBufferSize(4 << 20);
  process.stdout.write('ready\n');
});
