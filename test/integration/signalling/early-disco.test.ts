import { afterAll, beforeAll, expect, test } from 'vitest';
import { child, childElements, xml } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { NS } from '../../support/xmpp-test-client.ts';

const NS_EXTDISCO = 'urn:xmpp:extdisco:2';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

test('right after the address one is told who the server is, word for word as one would be on asking', async () => {
  const ann = await server.logIn('Ann');
  const frames = ann.receivedTexts.slice(-2);
  expect(frames[0]).toMatch(/^<iq [^>]*type="result"[^>]*><bind /);
  expect(frames[1]).toMatch(/^<message /);
  expect(ann.greeting.attrs).toEqual({ xmlns: NS.client, from: 'meet.example', to: ann.jid });
  const told = child(ann.greeting, 'query', NS.discoInfo);
  const answer = await ann.ask('get', server.domain, xml('query', { xmlns: NS.discoInfo }));
  expect(told).toEqual(child(answer, 'query', NS.discoInfo));
  const addresses = childElements(told!, 'identity').map(({ attrs }) => [attrs['type'], attrs['name']]);
  // The one by which clients see that they need not ask (wire note §1.8).
  expect(addresses).toContainEqual(['room_metadata', server.hosts.metadata]);
  // No relay runs.
  expect(childElements(ann.greeting)).toHaveLength(1);
});

test('with it come the relays that run, with credentials of one’s own', async () => {
  const lease = await server.bus.claim('turn/one', { id: 'one', hosts: ['turn.example'], udp: 3478 });
  const [ann, bob] = [await server.logIn('Ann'), await server.logIn('Bob')];
  lease?.release();
  for (const client of [ann, bob]) {
    const services = childElements(child(client.greeting, 'services', NS_EXTDISCO)!, 'service');
    expect(services.map(({ attrs }) => [attrs['type'], attrs['host']])).toEqual([
      ['stun', 'turn.example'],
      ['turn', 'turn.example'],
    ]);
    expect(services[1]?.attrs['username']).toMatch(new RegExp(`^\\d{10}:${client.nick}$`));
  }
});

test('it counts for nothing in stream management, and who resumes is not told again', async () => {
  const ann = await server.logIn('Ann');
  ann.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
  const { attrs } = await ann.receive('<enabled/>', ({ name }) => name === 'enabled');
  await ann.drop();
  const back = await server.connect('Ann again');
  await back.authenticate(server.domain);
  back.send(xml('resume', { xmlns: NS.sm, previd: attrs['id'], h: 0 }));
  await back.receive('<resumed/>', ({ name }) => name === 'resumed');
  expect(await back.drain()).toEqual([]);
});
