import { describe, expect, it } from 'vitest';
import { scopeOf, writeFrame } from '#protocol/iframe-api/frame.ts';
import { commandMessage, type IframeMessage, writeMessage } from '#protocol/iframe-api/message.ts';
import { ParentWindow } from './parent-window.ts';

const SCOPE = scopeOf(0);
const ORIGIN = 'https://chat.example';

/** A window as `postMessage` sees it. */
function makeWindows() {
  const posted: { text: string; targetOrigin: string }[] = [];
  const listeners = new Set<(event: MessageEvent) => void>();
  const parent = { postMessage: (text: string, targetOrigin: string) => posted.push({ text, targetOrigin }) };
  const own = {
    addEventListener: (_type: string, listener: (event: MessageEvent) => void) => listeners.add(listener),
    removeEventListener: (_type: string, listener: (event: MessageEvent) => void) => listeners.delete(listener),
  };
  const received: IframeMessage[] = [];
  const window = new ParentWindow(own, parent, SCOPE, (message) => received.push(message));
  const say = (data: unknown, { source = parent, origin = ORIGIN }: { source?: object; origin?: string } = {}) => {
    for (const listener of listeners) listener({ data, source, origin } as unknown as MessageEvent);
  };
  /** What the honest page does. */
  const echo = (origin?: string) => {
    const question = posted.find(({ text }) => text.includes('__ready__'))?.text;
    say(question, origin === undefined ? {} : { origin });
    posted.length = 0;
  };
  return { window, say, echo, posted, received, listeners };
}

const command = writeFrame({ method: 'message', content: writeMessage(commandMessage('toggle-audio', [])) }, SCOPE);
const event: IframeMessage = { type: 'event', name: 'ready', fields: {} };

describe('the page that embeds us', () => {
  it('is asked whoever it is, and from its answer on spoken to by its origin', () => {
    const { window, echo, posted } = makeWindows();
    expect(posted[0]?.targetOrigin).toBe('*');
    window.send(event);
    echo();
    window.send(event);
    expect(posted.map(({ targetOrigin }) => targetOrigin)).toEqual([ORIGIN]);
    window.close();
  });

  it('gets what has waited by its origin alone, too', () => {
    const { window, say, posted } = makeWindows();
    window.send(event);
    const question = posted.splice(0)[0]?.text;
    say(question);
    expect(posted.map(({ targetOrigin }) => targetOrigin)).toEqual([ORIGIN]);
    window.close();
  });

  it.each(['null', 'vector://vector', 'file://'])('with the origin %s is spoken to all the same', (origin) => {
    const { window, say, echo, posted, received } = makeWindows();
    echo(origin);
    window.send(event);
    expect(posted).toHaveLength(1);
    say(command, { origin });
    expect(received).toHaveLength(1);
    window.close();
  });

  it('is no other window, whatever that says', () => {
    const { window, say, echo, received } = makeWindows();
    say(command, { source: {} });
    echo();
    say(command, { source: {} });
    expect(received).toEqual([]);
    window.close();
  });

  it('is no longer heard once another origin is loaded there', () => {
    const { window, say, echo, received } = makeWindows();
    echo();
    say(command, { origin: 'https://evil.example' });
    expect(received).toEqual([]);
    say(command);
    expect(received).toHaveLength(1);
    window.close();
  });

  it('is not heard any more when we close', () => {
    const { window, listeners } = makeWindows();
    window.close();
    expect(listeners.size).toBe(0);
  });
});
