import { expect, test } from 'vitest';
import { isFromClient } from './message-filter.ts';

const parent = { name: 'the client' };
const client = { window: parent, origin: 'https://chat.example', widgetId: 'w1' };
const request = { api: 'toWidget', requestId: 'r1', widgetId: 'w1', action: 'theme_change', data: { name: 'light' } };
const answer = { ...request, api: 'fromWidget', action: 'get_openid', response: { state: 'blocked' } };

function accepts(data: unknown, { source = parent, origin = client.origin } = {}): boolean {
  return isFromClient({ source: source as unknown as Window, origin, data }, client);
}

test('the client’s requests and its answers pass', () => {
  expect(accepts(request)).toBe(true);
  expect(accepts(answer)).toBe(true);
});

test('what another window says does not, nor another page that the client’s window shows', () => {
  expect(accepts(request, { source: { name: 'a sibling' } })).toBe(false);
  expect(accepts(request, { origin: 'https://evil.example' })).toBe(false);
  expect(accepts(request, { origin: 'https://chat.example.evil.example' })).toBe(false);
  expect(accepts(request, { origin: 'null' })).toBe(false);
});

test.each([
  ['nothing', undefined],
  ['text', JSON.stringify(request)],
  ['a list', [request]],
  ['a request for another widget', { ...request, widgetId: 'w2' }],
  ['a request that seems to be ours', { ...request, api: 'fromWidget' }],
  ['a request with its answer', { ...request, response: {} }],
  ['an answer that is text', { ...answer, response: 'allowed' }],
  ['a request without an id', { ...request, requestId: undefined }],
  ['an action that is no text', { ...request, action: { toString: 'x' } }],
  ['an action without end', { ...request, action: 'a'.repeat(256) }],
  ['data that is text', { ...request, data: 'x' }],
  ['fields of a prototype', Object.create(request) as unknown],
])('%s does not pass', (_what, data) => {
  expect(accepts(data)).toBe(false);
});
