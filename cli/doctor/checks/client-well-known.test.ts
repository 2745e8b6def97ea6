import { expect, test } from 'vitest';
import type { Answer } from '../http-get.ts';
import { clientDocumentFinding } from './client-well-known.ts';

const ADDRESS = 'https://example.org/.well-known/matrix/client';
const HERE = { preferredDomain: 'meet.example' };
const OPEN = { 'access-control-allow-origin': '*' };

function finding(
  document: unknown,
  { status = 200, headers = OPEN }: Partial<Pick<Answer, 'status' | 'headers'>> = {},
) {
  const body = typeof document === 'string' ? document : JSON.stringify(document);
  return clientDocumentFinding(ADDRESS, { status, headers, body }, ['meet.example', 'calls.example:8443']);
}

test('both names and the right host are well', () => {
  expect(finding({ 'io.element.jitsi': HERE, 'im.vector.riot.jitsi': HERE })).toMatchObject({ state: 'well' });
  const other = { preferredDomain: 'calls.example:8443' };
  expect(finding({ 'io.element.jitsi': other, 'im.vector.riot.jitsi': other })).toMatchObject({ state: 'well' });
});

test.each([
  ['another host', { 'io.element.jitsi': { preferredDomain: 'meet.element.io' } }, 'sends calls to meet.element.io'],
  [
    'another port',
    { 'io.element.jitsi': { preferredDomain: 'meet.example:8443' } },
    'sends calls to meet.example:8443',
  ],
  ['one name of two', { 'io.element.jitsi': HERE }, 'lacks “im.vector.riot.jitsi”'],
  ['the spelling of another file', { 'io.element.jitsi': { preferred_domain: 'meet.example' } }, 'preferred_domain'],
  ['no JSON', '<html>', 'is no JSON document'],
  ['a list', '"text"', 'is no JSON document'],
])('%s is broken', (_what, document, words) => {
  expect(finding(document)).toMatchObject({ state: 'broken', what: expect.stringContaining(words) });
});

test('without CORS no browser sees it', () => {
  const document = { 'io.element.jitsi': HERE, 'im.vector.riot.jitsi': HERE };
  expect(finding(document, { headers: {} })).toMatchObject({
    state: 'broken',
    what: expect.stringContaining('Access-Control-Allow-Origin'),
  });
});

test.each([
  ['nothing about calls', { 'm.homeserver': {} }, 200],
  ['no document', 'not found', 404],
  ['a redirect', '', 302],
])('%s is for the administrator to know, and not broken', (_what, document, status) => {
  expect(finding(document, { status })).toMatchObject({ state: 'note' });
});
