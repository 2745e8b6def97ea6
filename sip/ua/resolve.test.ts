import { expect, test } from 'vitest';
import { parseUri } from '../message/uri.ts';
import { type Names, resolveUri } from './resolve.ts';

const NO_NAMES: Names = {
  naptr: () => Promise.resolve([]),
  srv: () => Promise.resolve([]),
  addresses: (name) => Promise.reject(new Error(`${name} has no address`)),
};

async function targets(text: string, names: Partial<Names> = {}): Promise<readonly string[]> {
  const uri = parseUri(text) ?? expect.fail('no URI');
  const found = await resolveUri(uri, { ...NO_NAMES, ...names });
  return found.map(({ protocol, address, port, serverName }) =>
    [protocol, address, port, ...(serverName === undefined ? [] : [serverName])].join(' '),
  );
}

const addresses = (name: string) => Promise.resolve([name === 'b.example' ? '192.0.2.2' : '192.0.2.1']);

test.each([
  ['sip:a@192.0.2.9', 'UDP 192.0.2.9 5060'],
  ['sip:a@192.0.2.9:5090;transport=tcp', 'TCP 192.0.2.9 5090'],
  ['sip:a@[2001:db8::9];transport=tls', 'TLS 2001:db8::9 5061'],
  ['sips:a@192.0.2.9', 'TLS 192.0.2.9 5061'],
  ['sip:a@ignored.example:5070;maddr=192.0.2.9', 'UDP 192.0.2.9 5070'],
])('%s needs no name server: %s', async (uri, target) => {
  expect(await targets(uri)).toEqual([target]);
});

test('a name with a port is its address', async () => {
  expect(await targets('sip:a@a.example:5080', { addresses })).toEqual(['UDP 192.0.2.1 5080']);
});

test('a name without one is asked for its servers, by priority, then weight', async () => {
  const srv = (name: string) =>
    Promise.resolve(
      name === '_sip._udp.a.example'
        ? [
            { name: 'b.example', port: 5070, priority: 20, weight: 0 },
            { name: 'a.example', port: 5060, priority: 10, weight: 1 },
            { name: 'c.example', port: 5061, priority: 10, weight: 9 },
          ]
        : [],
    );
  expect(await targets('sip:a@a.example', { srv, addresses })).toEqual([
    'UDP 192.0.2.1 5061',
    'UDP 192.0.2.1 5060',
    'UDP 192.0.2.2 5070',
  ]);
});

test('what NAPTR prefers comes first, and a certificate bears the name that was asked for', async () => {
  const naptr = () =>
    Promise.resolve([
      { service: 'SIP+D2U', order: 2, preference: 0, replacement: '_sip._udp.a.example' },
      { service: 'SIPS+D2T', order: 1, preference: 0, replacement: '_sips._tcp.a.example' },
    ]);
  const srv = (name: string) =>
    Promise.resolve([
      { name: name.startsWith('_sips') ? 'b.example' : 'a.example', port: 5555, priority: 0, weight: 0 },
    ]);
  expect(await targets('sip:a@a.example', { naptr, srv, addresses })).toEqual([
    'TLS 192.0.2.2 5555 a.example',
    'UDP 192.0.2.1 5555',
  ]);
});

test('without any record the name itself is the server', async () => {
  expect(await targets('sip:a@a.example', { addresses })).toEqual(['UDP 192.0.2.1 5060']);
});

test('a name that leads nowhere, and a number, are an error', async () => {
  await expect(targets('sip:a@a.example')).rejects.toThrow('a.example has no address');
  await expect(targets('tel:+302101234567')).rejects.toThrow('no way leads to tel:');
});
