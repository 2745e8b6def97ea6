import { expect, test } from 'vitest';
import { sipRequest, uriOf } from '../test/support/sip/messages.ts';
import { sipConfig } from './config.ts';
import { serverUri, targetsOfTrunk, TrunkTable } from './trunk-table.ts';

async function tableOf(...trunks: readonly object[]) {
  const problems: string[] = [];
  const config = sipConfig.parse({ trunks: trunks.map((trunk, index) => ({ name: `trunk-${index}`, ...trunk })) });
  const table = new TrunkTable(config.trunks, (trunk) => problems.push(trunk));
  await table.start();
  return { table, problems, [Symbol.dispose]: () => table.stop() };
}

const call = (user = '5551000') => sipRequest('INVITE', { uri: uriOf(user, 'gateway.example') });

test('calls come from the addresses that are configured, and those of the server', async () => {
  using known = await tableOf({ sources: ['192.0.2.0/28', '2001:db8::/64'] }, { server: '198.51.100.7:5070' });
  const nameAt = (address: string): string | undefined => known.table.trunkOf(call(), address)?.name;
  expect(['192.0.2.15', '192.0.2.16', '2001:db8::9', '198.51.100.7', 'nonsense'].map(nameAt)).toEqual([
    'trunk-0',
    undefined,
    'trunk-0',
    'trunk-1',
    undefined,
  ]);
});

test('of several trunks at one address the one whose account is called is meant', async () => {
  const server = { server: '198.51.100.7' };
  using known = await tableOf({ ...server, username: 'first' }, { ...server, username: 'second' });
  expect(known.table.trunkOf(call('second'), '198.51.100.7')?.name).toBe('trunk-1');
  expect(known.table.trunkOf(call('anybody'), '198.51.100.7')?.name).toBe('trunk-0');
});

test.each([
  ['sip.example', 'udp', { host: 'sip.example' }],
  ['sip.example:5080', 'tcp', { host: 'sip.example', port: 5080, parameters: new Map([['transport', 'tcp']]) }],
  ['[2001:db8::1]:5061', 'tls', { host: '2001:db8::1', port: 5061, parameters: new Map([['transport', 'tls']]) }],
] as const)('the server %s over %s', (server, transport, uri) => {
  expect(serverUri({ server, transport })).toMatchObject(uri);
});

test('a trunk that takes large messages by TCP has that at each of its targets', async () => {
  const { trunks } = sipConfig.parse({
    trunks: [
      { name: 'large', server: '198.51.100.7', largeByTcp: true },
      { name: 'small', server: '198.51.100.7' },
    ],
  });
  const targets = await Promise.all(trunks.map(targetsOfTrunk));
  expect(targets.map(([target]) => target?.largeBy)).toEqual(['TCP', undefined]);
});
