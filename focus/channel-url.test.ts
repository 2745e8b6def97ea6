import fc from 'fast-check';
import { expect, test } from 'vitest';
import { channelUrl } from './channel-url.ts';

const publicUrl = 'https://meet.example:8443';

test.each([
  ['no known origin', undefined, 'wss://meet.example:8443/c'],
  ['the public host', 'wss://meet.example:8443', 'wss://meet.example:8443/c'],
  ['the public host behind a proxy that ends TLS', 'ws://meet.example:8443', 'ws://meet.example:8443/c'],
  ['localhost', 'ws://localhost:8080', 'ws://localhost:8080/c'],
  ['127.0.0.1', 'ws://127.0.0.1:8080', 'ws://127.0.0.1:8080/c'],
  ['::1', 'ws://[::1]:8080', 'ws://[::1]:8080/c'],
  ['another host', 'wss://evil.example', 'wss://meet.example:8443/c'],
  ['the public host on another port', 'wss://meet.example', 'wss://meet.example:8443/c'],
  ['a host that only begins like localhost', 'ws://localhost.evil.example', 'wss://meet.example:8443/c'],
  ['user data before the host', 'ws://localhost@evil.example', 'wss://meet.example:8443/c'],
  ['another scheme', 'https://localhost', 'wss://meet.example:8443/c'],
  ['no URL', 'localhost', 'wss://meet.example:8443/c'],
])('a client that came by %s', (_what, origin, expected) => {
  expect(channelUrl('/c', { publicUrl, ...(origin === undefined ? {} : { origin }) })).toBe(expected);
});

test('a bridge with a public URL of its own is reached there', () => {
  expect(channelUrl('/c', { publicUrl, baseUrl: 'wss://b2.example/', origin: 'ws://localhost' })).toBe(
    'wss://b2.example/c',
  );
});

test('a plain public URL makes a plain channel', () => {
  expect(channelUrl('/c', { publicUrl: 'http://localhost:8080' })).toBe('ws://localhost:8080/c');
});

test('whatever the origin, nobody is led to a host that is neither ours nor their own machine', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc
          .tuple(
            fc.constantFrom('ws://', 'wss://', ''),
            fc.constantFrom('localhost', '127.0.0.1', '', 'meet.example'),
            fc.string(),
          )
          .map((parts) => parts.join('')),
      ),
      (origin) => {
        const { hostname } = new URL(channelUrl('/c', { publicUrl, origin }));
        expect(['meet.example', 'localhost', '127.0.0.1', '[::1]']).toContain(hostname);
      },
    ),
  );
});
