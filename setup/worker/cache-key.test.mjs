import { expect, test } from 'vitest';
import { cacheKey } from './cache-key.mjs';

const base = {
  version: '3.27.1',
  platform: 'linux',
  arch: 'x64',
  debianVersions: ['libssl-dev=3.0.22-1', 'libuv1-dev=1.44.2-1'],
  readBuildFile: (name) => `text of ${name}`,
};

test('the same inputs give the same folder, in whatever order apt lists its packages', () => {
  expect(cacheKey({ ...base, debianVersions: base.debianVersions.toReversed() })).toBe(cacheKey(base));
});

test.each([
  ['mediasoup version', { version: '3.27.2' }],
  ['platform', { platform: 'darwin' }],
  ['processor', { arch: 'arm64' }],
  ['security update of OpenSSL', { debianVersions: ['libssl-dev=3.0.22-2', 'libuv1-dev=1.44.2-1'] }],
  ['archive hash', { readBuildFile: (name) => `text of ${name}${name === 'ingredients.mjs' ? '!' : ''}` }],
  ['bridge header', { readBuildFile: (name) => `text of ${name}${name === 'include/srtp.h' ? '!' : ''}` }],
  ['source change', { readBuildFile: (name) => `text of ${name}${name === 'source-change.mjs' ? '!' : ''}` }],
])('another %s gives another folder', (_what, difference) => {
  expect(cacheKey({ ...base, ...difference })).not.toBe(cacheKey(base));
});
