import { WebSocket } from 'ws';

interface Reply {
  readonly id?: number;
  readonly result?: { readonly usedSize?: number };
}

/** What to start a server with, so that {@link usedHeapBytes} can ask it. */
export const INSPECTOR = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/**
 * The JavaScript heap that a Node process really needs: what is left after a garbage collection.
 * @param output of the process, which names its inspector's address.
 */
export async function usedHeapBytes(output: string): Promise<number> {
  const address = /Debugger listening on (ws:\S+)/.exec(output)?.[1];
  if (address === undefined) throw new Error('the process has no inspector');
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  try {
    await ask(socket, 1, 'HeapProfiler.collectGarbage');
    const { usedSize } = (await ask(socket, 2, 'Runtime.getHeapUsage')) ?? {};
    if (usedSize === undefined) throw new Error('the inspector does not tell the size of the heap');
    return usedSize;
  } finally {
    socket.close();
  }
}

function ask(socket: WebSocket, id: number, method: string): Promise<Reply['result']> {
  return new Promise((resolve) => {
    const take = (data: Buffer) => {
      const reply = JSON.parse(data.toString()) as Reply;
      if (reply.id !== id) return;
      socket.off('message', take);
      resolve(reply.result);
    };
    socket.on('message', take);
    socket.send(JSON.stringify({ id, method }));
  });
}
