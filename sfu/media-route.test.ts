import { expect, test } from 'vitest';
import { unroutable } from './media-route.ts';

test('there is always a route to oneself, and none to everybody', async () => {
  expect(await unroutable(['127.0.0.1', '255.255.255.255'])).toEqual(['255.255.255.255']);
});
