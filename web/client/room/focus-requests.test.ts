import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { readIceServers } from './focus-requests.ts';

const answer = (...services: readonly Record<string, string>[]): XmlElement =>
  xml(
    'iq',
    { type: 'result' },
    xml(
      'services',
      { xmlns: 'urn:xmpp:extdisco:2' },
      services.map((service) => xml('service', service)),
    ),
  );
const credentials = { username: '1795318861:7f3a', password: 'aGk=' };

describe('relays that the server names', () => {
  test('become addresses with their credentials', () => {
    expect(
      readIceServers(
        answer(
          { type: 'stun', host: 'turn.meet.example', port: '3478', transport: 'udp' },
          { type: 'turn', host: '192.0.2.7', port: '3478', transport: 'udp', ...credentials },
          { type: 'turns', host: 'turn.meet.example', port: '443', transport: 'tcp', ...credentials },
          { type: 'turn', host: '[2001:db8::7]', ...credentials },
        ),
      ),
    ).toEqual([
      { urls: 'stun:turn.meet.example:3478' },
      { urls: 'turn:192.0.2.7:3478?transport=udp', username: '1795318861:7f3a', credential: 'aGk=' },
      { urls: 'turns:turn.meet.example:443?transport=tcp', username: '1795318861:7f3a', credential: 'aGk=' },
      { urls: 'turn:[2001:db8::7]', username: '1795318861:7f3a', credential: 'aGk=' },
    ]);
  });

  test.each([
    { type: 'http', host: 'x' },
    { type: 'turn', host: 'x' },
    { type: 'turn', host: 'x/y?z', ...credentials },
    { type: 'turn', host: 'x', port: 'y', ...credentials },
  ])('%j is none', (service) => {
    expect(readIceServers(answer(service))).toEqual([]);
  });

  test('an answer without relays gives none', () => {
    expect(readIceServers(xml('iq', { type: 'result' }))).toEqual([]);
  });

  test('whatever stands there, what comes out is at most sixteen addresses of the right shape', () => {
    const service = fc.dictionary(
      fc.constantFrom('type', 'host', 'port', 'transport', 'username', 'password'),
      fc.oneof(fc.string(), fc.constantFrom('stun', 'turn', 'turns', 'h', '1')),
    );
    fc.assert(
      fc.property(fc.array(service, { maxLength: 30 }), (services) => {
        const servers = readIceServers(answer(...services));
        expect(servers.length).toBeLessThanOrEqual(16);
        for (const { urls } of servers)
          expect(urls).toMatch(/^(?:stun|turns?):[\w.:[\]-]+(?:\?transport=(?:udp|tcp))?$/);
      }),
    );
  });
});
