import { expect, test } from 'vitest';
import type { BridgeLinkEvents } from './bridge/bridge-link.ts';
import { Emitter } from '#protocol/emitter.ts';
import { EndpointTexts } from './endpoint-texts.ts';
import type { EndpointText } from './meeting-types.ts';

/** The bridge's channel, open. */
class Channel extends Emitter<BridgeLinkEvents> {
  readonly said: { payload: unknown; to: string }[] = [];

  say(payload: Readonly<Record<string, unknown>>, to = ''): boolean {
    this.said.push({ payload, to });
    return true;
  }
}

function makeTexts() {
  const bridge = new Channel();
  const texts = new EndpointTexts({ bridge, room: () => 'tea@muc.example', isPresent: (id) => id === 'aaaaaaaa' });
  const received: EndpointText[] = [];
  texts.onText((text) => received.push(text));
  return { bridge, texts, received };
}

test('a text goes to one endpoint under the name that Jitsi’s clients know', () => {
  const { bridge, texts } = makeTexts();
  expect(texts.send('hello', 'bbbbbbbb')).toBe(true);
  expect(bridge.said).toEqual([{ payload: { name: 'endpoint-text-message', text: 'hello' }, to: 'bbbbbbbb' }]);
});

test('texts of those who are here are handed on, and nothing else is', () => {
  const { bridge, received } = makeTexts();
  bridge.emit('message', 'aaaaaaaa', { name: 'endpoint-text-message', text: 'hello' });
  bridge.emit('message', 'cccccccc', { name: 'endpoint-text-message', text: 'a stranger' });
  bridge.emit('message', 'aaaaaaaa', { name: 'endpoint-text-message', text: { not: 'text' } });
  bridge.emit('message', 'aaaaaaaa', { name: 'endpoint-reaction', reactions: ['like'] });
  expect(received).toEqual([{ from: 'aaaaaaaa', jid: 'tea@muc.example/aaaaaaaa', text: 'hello' }]);
});
