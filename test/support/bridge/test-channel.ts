import { WebSocket } from 'ws';
import {
  decodeServerMessage,
  encodeChannelMessage,
  type ChannelClientMessage,
  type ChannelServerMessage,
} from '../../../protocol/bridge/channel-message.ts';

/** A message channel as a client holds it. */
export class TestChannel {
  readonly messages: ChannelServerMessage[] = [];
  readonly socket: WebSocket;
  closeCode: number | undefined;
  closeReason = '';

  /** @throws Error with the HTTP status when the bridge refuses. */
  static async open(url: string): Promise<TestChannel> {
    const channel = new TestChannel(new WebSocket(url));
    await new Promise<void>((resolve, reject) => {
      channel.socket.once('open', resolve);
      channel.socket.once('error', reject);
    });
    return channel;
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const message = decodeServerMessage((data as Buffer).toString('utf8'));
      if (message !== undefined) this.messages.push(message);
    });
    socket.on('close', (code, reason) => {
      this.closeCode = code;
      this.closeReason = reason.toString('utf8');
    });
  }

  send(message: ChannelClientMessage): void {
    this.socket.send(encodeChannelMessage(message));
  }

  /** The latest message of a class. */
  last<Class extends ChannelServerMessage['colibriClass']>(
    colibriClass: Class,
  ): Extract<ChannelServerMessage, { colibriClass: Class }> | undefined {
    return this.messages.findLast(
      (message): message is Extract<ChannelServerMessage, { colibriClass: Class }> =>
        message.colibriClass === colibriClass,
    );
  }

  close(): void {
    this.socket.close();
  }
}
