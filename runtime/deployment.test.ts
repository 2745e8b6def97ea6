import { expect, test } from 'vitest';
import { deploymentOf, isLoopbackName } from './deployment.ts';

const nothingSet = { publicUrl: undefined, xmppDomain: undefined, httpHost: undefined, isTls: false, httpPort: 8080 };

test('without settings only this machine is served', () => {
  expect(deploymentOf(nothingSet)).toEqual({
    publicUrl: 'http://localhost:8080',
    xmppDomain: 'localhost',
    httpHost: '127.0.0.1',
  });
  expect(deploymentOf({ ...nothingSet, isTls: true, httpPort: 8443 }).publicUrl).toBe('https://localhost:8443');
});

test('a public name gives the XMPP domain and opens all addresses', () => {
  expect(deploymentOf({ ...nothingSet, publicUrl: 'https://Meet.Example/' })).toEqual({
    publicUrl: 'https://meet.example',
    xmppDomain: 'meet.example',
    httpHost: '::',
  });
  expect(deploymentOf({ ...nothingSet, publicUrl: 'http://192.0.2.7:8080' }).xmppDomain).toBe('192.0.2.7');
  expect(deploymentOf({ ...nothingSet, publicUrl: 'http://[2001:db8::1]' }).xmppDomain).toBe('localhost');
});

test('what is set wins', () => {
  const deployment = deploymentOf({
    ...nothingSet,
    publicUrl: 'https://meet.example',
    xmppDomain: 'xmpp.example',
    httpHost: '192.0.2.1',
  });
  expect(deployment).toMatchObject({ xmppDomain: 'xmpp.example', httpHost: '192.0.2.1' });
});

test('loopback names', () => {
  expect(['localhost', '127.0.0.1', '127.8.8.8', '[::1]'].every(isLoopbackName)).toBe(true);
  expect(['localhost.example', '128.0.0.1', '127.evil.example'].some(isLoopbackName)).toBe(false);
});
