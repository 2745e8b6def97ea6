/**
 * A child of the bench that plays participants, so that their work is not counted with the server's and is spread over
 * processes. The parent sends commands over IPC and gets one answer to each.
 */
import { BareSession } from './bare-session.ts';
import { JitsiSession } from './jitsi-session.ts';
import type { LoadSession } from './load-session.ts';
import { sendVideo } from './video-load.ts';

export type Target =
  | { readonly kind: 'bare'; readonly url: string }
  | { readonly kind: 'parley'; readonly url: string; readonly room: string };

export type Command =
  | { readonly do: 'publish'; readonly target: Target; readonly bitrateBps: number }
  | { readonly do: 'receive'; readonly target: Target; readonly count: number }
  | { readonly do: 'count' };

export interface Answer {
  readonly error?: string;
  /** RTP packets received so far, per participant of this process. */
  readonly packets?: readonly number[];
}

const SSRC = 1_234_567_890;
/** Handshakes are work for both sides; more at once would only time out together. */
const JOINS_AT_ONCE = 4;

const receivers: LoadSession[] = [];

function open(target: Target): LoadSession {
  return target.kind === 'bare' ? new BareSession(target.url) : new JitsiSession(target.url, target.room);
}

async function execute(command: Command): Promise<Answer> {
  switch (command.do) {
    case 'publish': {
      const session = open(command.target);
      const video = await session.publish(SSRC);
      const load = { ...video, bitrateBps: command.bitrateBps };
      sendVideo(load, (header, payload) => session.endpoint.sendRtp(header, payload), new AbortController().signal);
      return {};
    }
    case 'receive': {
      const joins = Array.from({ length: command.count }, () => open(command.target));
      const queue = joins.values();
      const lane = async () => {
        for (const session of queue) await session.receive();
      };
      await Promise.all(Array.from({ length: JOINS_AT_ONCE }, lane));
      receivers.push(...joins);
      return {};
    }
    case 'count':
      return { packets: receivers.map(({ endpoint }) => [...endpoint.received.values()].reduce((a, b) => a + b, 0)) };
  }
}

process.on('message', (command: Command) => {
  execute(command).then(
    (answer) => process.send?.(answer),
    (error: unknown) =>
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
process.once('disconnect', () => process.exit(0));
