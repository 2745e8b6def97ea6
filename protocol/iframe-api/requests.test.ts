import { describe, expect, it } from 'vitest';
import type { IframeMessage } from './message.ts';
import { Requests } from './requests.ts';

function makeRequests() {
  const sent: IframeMessage[] = [];
  const requests = new Requests((message) => sent.push(message) > 0);
  return { requests, sent };
}

describe('requests', () => {
  it('are settled by the answers with their ids, in any order', async () => {
    const { requests, sent } = makeRequests();
    const audio = requests.ask('is-audio-muted');
    const video = requests.ask('is-video-muted');
    const ids = sent.map((message) => (message.type === 'request' ? message.id : -1));
    requests.settle(ids[1] ?? -1, { result: true });
    requests.settle(ids[0] ?? -1, { result: false });
    expect(await Promise.all([audio, video])).toEqual([false, true]);
  });

  it('reject with the other side’s error, and when the channel goes', async () => {
    const { requests } = makeRequests();
    const refused = requests.ask('nonsense');
    requests.settle(0, { error: 'no such request' });
    await expect(refused).rejects.toThrow('no such request');
    const left = requests.ask('is-audio-muted');
    requests.close();
    await expect(left).rejects.toThrow('the meeting is gone');
  });

  it('ignore answers to nothing', () => {
    expect(() => makeRequests().requests.settle(99, { result: true })).not.toThrow();
  });
});
