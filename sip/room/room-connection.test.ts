import { expect, test } from 'vitest';
import { StartError } from '#runtime/start-error.ts';
import { checkedUrl } from './room-connection.ts';

test.each([
  'wss://meet.example/xmpp-websocket',
  'ws://localhost:8080/xmpp-websocket',
  'ws://127.0.0.1:8080/xmpp-websocket',
  'ws://[::1]:8080/xmpp-websocket',
])('the gateway logs in at %s', (url) => {
  expect(checkedUrl(url)).toBe(url);
});

test.each([
  'ws://meet.example/xmpp-websocket',
  'ws://10.0.0.1/xmpp-websocket',
  'ws://localhost.example/',
  'http://localhost/',
])('it says nothing to %s', (url) => {
  expect(() => checkedUrl(url)).toThrow(StartError);
});
