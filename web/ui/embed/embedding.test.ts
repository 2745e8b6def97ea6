import { signal } from '@preact/signals';
import { describe, expect, it } from 'vitest';
import { readFrame, scopeOf, writeFrame } from '#protocol/iframe-api/frame.ts';
import { commandMessage, type IframeMessage, readMessage, writeMessage } from '#protocol/iframe-api/message.ts';
import { initialState } from '../../client/meeting-state.ts';
import type { MeetingState } from '../../client/meeting-types.ts';
import { LocalMedia } from '../devices/local-media.ts';
import type { EmbeddedAttempt } from './attempt.ts';
import { Embedding } from './embedding.ts';

const SCOPE = scopeOf(0);

/** An embedding page and the meeting's own window, which listen to each other from the beginning. */
function makePage() {
  let hear: ((event: MessageEvent) => void) | undefined;
  const received: IframeMessage[] = [];
  const say = (text: string) =>
    hear?.({ data: text, source: parent, origin: 'https://chat.example' } as unknown as MessageEvent);
  const parent = {
    postMessage(text: string) {
      const frame = readFrame(text, SCOPE);
      if (frame?.method === '__ready__') queueMicrotask(() => say(text));
      const message = frame?.method === 'message' ? readMessage(frame.content) : undefined;
      if (message !== undefined) received.push(message);
    },
  };
  const own = {
    parent,
    addEventListener: (_type: string, listener: (event: MessageEvent) => void) => {
      hear = listener;
    },
    removeEventListener: () => undefined,
  } as unknown as Window;
  const send = (message: IframeMessage) =>
    say(writeFrame({ method: 'message', content: writeMessage(message) }, SCOPE));
  return {
    own,
    send,
    command: (name: string, ...args: readonly unknown[]) => send(commandMessage(name, args)),
    ask: (id: number, name: string, fields: Readonly<Record<string, unknown>> = {}) =>
      send({ type: 'request', id, name, fields }),
    events: () => received.flatMap((message) => (message.type === 'event' ? [message.name] : [])),
    answers: () => received.flatMap((message) => (message.type === 'response' ? [[message.id, message.answer]] : [])),
  };
}

/** An attempt that notes what is done with it. */
class Attempt implements EmbeddedAttempt {
  readonly roomName = 'Tea';
  readonly roomJid = 'tea@muc.meet.example';
  readonly media = new LocalMedia();
  readonly hasPrejoin = false;
  readonly state = signal<MeetingState | undefined>(undefined);
  readonly session = signal(undefined);
  readonly givenName = signal<string | undefined>(undefined);
  readonly done: unknown[] = [];

  rename(name: string): void {
    this.done.push(['rename', name]);
  }
  setPicture(url: string | undefined): void {
    this.done.push(['setPicture', url]);
  }
  async join(...args: [string?, string?]): Promise<void> {
    this.done.push(['join', ...args]);
  }
  leave(): void {
    this.done.push('leave');
  }
  overwriteConfig(config: object): void {
    this.done.push(config);
  }
}

async function begin() {
  const page = makePage();
  const embedding = Embedding.begin({ apiId: 0 }, page.own);
  if (embedding === undefined) throw new Error('nobody embeds the page');
  // The hand-shake.
  await Promise.resolve();
  return { page, embedding, attempt: new Attempt() };
}

/** Answers may come a few turns later. */
const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

describe('the page inside an iframe', () => {
  it('speaks only where a page embeds it and says so in the link', () => {
    const { own } = makePage();
    expect(Embedding.begin({}, own)).toBeUndefined();
    const alone = { opener: null } as unknown as Window & { parent: Window };
    alone.parent = alone;
    expect(Embedding.begin({ apiId: 0 }, alone)).toBeUndefined();
  });

  it('says first that it is ready', async () => {
    const { page } = await begin();
    expect(page.events()).toEqual(['browser-support', 'ready']);
  });

  it('does what it was told before it could, in order', async () => {
    const { page, embedding, attempt } = await begin();
    page.command('display-name', 'First');
    page.command('subject', 'Tea');
    page.command('display-name', 'Second');
    page.command('avatar-url', 'https://cloud.example/ann.png');
    page.command('video-hangup');
    embedding.attach(attempt);
    expect(attempt.done).toEqual([
      ['rename', 'First'],
      { subject: 'Tea' },
      ['rename', 'Second'],
      ['setPicture', 'https://cloud.example/ann.png'],
      'leave',
    ]);
  });

  it('takes arguments as Jitsi’s `executeCommands` packs them, too', async () => {
    const { page, embedding, attempt } = await begin();
    embedding.attach(attempt);
    page.command('display-name', ['Ann']);
    expect(attempt.done).toEqual([['rename', 'Ann']]);
  });

  it('answers each question once: early ones, unknown ones, and with names of the prototype', async () => {
    const { page, embedding, attempt } = await begin();
    page.ask(1, 'is-audio-muted');
    page.ask(2, 'no-such-question');
    page.ask(3, 'constructor');
    page.ask(4, '__proto__');
    embedding.attach(attempt);
    page.ask(5, 'get-p2p-status');
    await turns();
    const answers = new Map(page.answers() as [number, unknown][]);
    expect(answers.get(1)).toEqual({ result: true });
    expect(answers.get(5)).toEqual({ result: null });
    for (const id of [2, 3, 4]) expect(answers.get(id)).toEqual({ error: expect.stringContaining('does not answer') });
    expect(page.answers()).toHaveLength(5);
  });

  it('answers who may not speak, what rooms there are, and that one invites from within', async () => {
    const { page, embedding, attempt } = await begin();
    embedding.attach(attempt);
    const idle = initialState('Tea', 'Ann');
    const self = { ...idle.self, id: 'aaaaaaaa' };
    attempt.state.value = { ...idle, self, reservations: { kinds: ['audio'], allowedSelf: [], allowed: {} } };
    page.ask(1, 'is-participant-force-muted', { participantId: 'aaaaaaaa', mediaType: 'audio' });
    page.ask(2, 'is-participant-force-muted', { participantId: 'aaaaaaaa', mediaType: 'video' });
    page.ask(3, 'is-participant-force-muted', { participantId: 'nobody' });
    page.ask(4, 'list-breakout-rooms');
    page.ask(5, 'rooms-info');
    page.ask(6, 'invite', { invitees: [{ type: 'phone', number: '+302101234567' }] });
    await turns();
    const participants = [
      { id: 'aaaaaaaa', jid: 'tea@muc.meet.example/aaaaaaaa', role: 'participant', displayName: 'Ann' },
    ];
    expect(page.answers()).toEqual([
      [1, { result: true }],
      [2, { result: false }],
      [3, { result: false }],
      [4, { result: {} }],
      [
        5,
        {
          result: {
            rooms: [{ id: attempt.roomJid, jid: `${attempt.roomJid}/aaaaaaaa`, isMainRoom: true, participants }],
          },
        },
      ],
      [6, { error: 'One can invite from within the meeting only.' }],
    ]);
  });

  it('keeps 256 commands of ten thousand and refuses questions on top', async () => {
    const { page, embedding, attempt } = await begin();
    for (let index = 0; index < 10_000; index += 1) page.command('display-name', String(index));
    page.ask(1, 'is-audio-muted');
    await turns();
    expect(page.answers()).toEqual([[1, { error: 'Too much is waiting already.' }]]);
    embedding.attach(attempt);
    expect(attempt.done).toHaveLength(256);
    expect(attempt.done[0]).toEqual(['rename', '0']);
  });

  it.each([
    ['display-name', [7]],
    ['display-name', []],
    ['display-name', ['x'.repeat(10_000)]],
    ['toString', []],
    ['__proto__', [{}]],
    ['overwriteConfig', [{}]],
  ])('does nothing for %s with %j', async (name, args) => {
    const { page, embedding, attempt } = await begin();
    embedding.attach(attempt);
    page.command(name, ...args);
    expect(attempt.done).toEqual([]);
  });

  it('tells of one attempt after another, each from its beginning to its end', async () => {
    const { page, embedding } = await begin();
    for (let attempts = 0; attempts < 2; attempts += 1) {
      const attempt = new Attempt();
      const detach = embedding.attach(attempt);
      const idle = initialState('Tea', 'Ann');
      attempt.state.value = idle;
      attempt.state.value = { ...idle, phase: { name: 'joined' } };
      attempt.state.value = { ...idle, phase: { name: 'ended', reason: { code: 'left' } } };
      detach();
      attempt.state.value = { ...idle, phase: { name: 'joined' } };
    }
    const round = ['video-conference-joined', 'video-conference-left', 'video-ready-to-close'];
    expect(page.events()).toEqual(['browser-support', 'ready', ...round, ...round]);
  });
});
