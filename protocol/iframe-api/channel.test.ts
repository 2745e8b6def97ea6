import { describe, expect, it } from 'vitest';
import { Channel } from './channel.ts';
import { readFrame, scopeOf, writeFrame } from './frame.ts';
import { commandMessage, type IframeMessage } from './message.ts';

const SCOPE = scopeOf(3);

/** One side, with a clock that ticks when told to. */
function makeSide(id: string) {
  const posted: string[] = [];
  const received: IframeMessage[] = [];
  let tick: (() => void) | undefined;
  const channel = new Channel({
    scope: SCOPE,
    id,
    post: (text) => posted.push(text),
    receive: (message) => received.push(message),
    every(_intervalMs, run) {
      tick = run;
      return () => {
        tick = undefined;
      };
    },
  });
  return { channel, posted, received, tick: () => tick?.(), isAsking: () => tick !== undefined };
}

const hangUp = commandMessage('video-hangup', []);
const namesOf = (messages: readonly IframeMessage[]) =>
  messages.map((message) => (message.type === 'response' ? message.id : message.name));

/** Carries what was posted to the other side, both ways, until nothing is left. */
function exchange(a: ReturnType<typeof makeSide>, b: ReturnType<typeof makeSide>): void {
  while (a.posted.length + b.posted.length > 0) {
    for (const text of a.posted.splice(0)) b.channel.accept(text);
    for (const text of b.posted.splice(0)) a.channel.accept(text);
  }
}

describe('a channel', () => {
  it('asks until the other side answers, then sends in order what has waited', () => {
    const page = makeSide('page');
    const meeting = makeSide('meeting');
    for (const name of ['display-name', 'email', 'toggle-video']) page.channel.send(commandMessage(name, []));
    // What is posted before the other side listens is lost.
    page.posted.length = 0;
    page.tick();
    expect(page.posted).toEqual([writeFrame({ method: '__ready__', id: 'page' }, SCOPE)]);
    exchange(page, meeting);
    expect(namesOf(meeting.received)).toEqual(['display-name', 'email', 'toggle-video']);
    expect([page.isAsking(), meeting.isAsking()]).toEqual([false, false]);
    page.channel.send(hangUp);
    exchange(page, meeting);
    expect(namesOf(meeting.received).at(-1)).toBe('video-hangup');
  });

  it('receives before it knows that the other side listens', () => {
    const page = makeSide('page');
    page.channel.accept(writeFrame({ method: 'message', content: { type: 'event', data: { name: 'ready' } } }, SCOPE));
    expect(namesOf(page.received)).toEqual(['ready']);
    expect(page.channel.isReady).toBe(false);
  });

  it('answers the other side’s question again when that begins anew', () => {
    const page = makeSide('page');
    const meeting = makeSide('meeting');
    exchange(page, meeting);
    const reloaded = makeSide('meeting after a reload');
    reloaded.posted.splice(0).forEach((text) => page.channel.accept(text));
    expect(readFrame(page.posted[0], SCOPE)).toEqual({ method: '__ready__', id: 'meeting after a reload' });
  });

  it('keeps a thousand messages and no more while nobody listens', () => {
    const page = makeSide('page');
    const meeting = makeSide('meeting');
    const sent = Array.from({ length: 10_000 }, () => page.channel.send(hangUp));
    expect(sent.filter(Boolean)).toHaveLength(1_000);
    exchange(page, meeting);
    expect(meeting.received).toHaveLength(1_000);
  });

  it('says nothing and hears nothing once it is closed', () => {
    const page = makeSide('page');
    const meeting = makeSide('meeting');
    exchange(page, meeting);
    page.channel.close();
    expect(page.channel.send(hangUp)).toBe(false);
    meeting.channel.send(hangUp);
    exchange(page, meeting);
    expect([page.posted, page.received, page.isAsking()]).toEqual([[], [], false]);
  });

  it('takes no frame of another scope', () => {
    const page = makeSide('page');
    expect(page.channel.accept(writeFrame({ method: '__ready__', id: 'page' }, scopeOf(4)))).toBe(false);
    expect(page.channel.isReady).toBe(false);
  });
});
