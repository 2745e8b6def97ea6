import { expect, test } from 'vitest';
import { child, xml } from '#protocol/xmpp/element.ts';
import { iqResult } from '#protocol/xmpp/stanza.ts';
import { ManualClock } from '../../support/focus/manual-clock.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { accept, meeting, takeJingle, takeOffer } from '../../support/focus/raw-meeting.ts';
import { NS } from '../../support/xmpp-test-client.ts';

test('a client whose connection was gone for long resumes, finds one offer, and is in the meeting again', async () => {
  const clock = new ManualClock();
  await using server = await MeetingServer.start(clock);
  const [ann, bob] = await meeting(server);
  for (const client of [ann, bob]) await takeJingle(client, 'source-add');
  bob.send(xml('enable', { xmlns: NS.sm, resume: 'true' }));
  const { id: previd } = (await bob.receive('<enabled/>', ({ name }) => name === 'enabled')).attrs;
  await bob.drop();

  server.bridge.close(bob.nick, 'ice-failed');
  await expect.poll(() => server.bridge.endpoint(bob.nick), { message: 'Bob has another endpoint' }).toBeDefined();
  for (let quarter = 0; quarter < 4; quarter += 1) clock.advance(15_000);
  server.bridge.close(bob.nick, 'ice-failed');
  await expect.poll(() => server.metric('parley_focus_lost_sessions_total'), { message: 'both losses' }).toBe(2);
  clock.advance(60_000);

  const again = await server.connect('Bob, resumed');
  await again.authenticate(server.domain);
  again.send(xml('resume', { xmlns: NS.sm, previd, h: 0 }));
  await again.receive('<resumed/>', ({ name }) => name === 'resumed');
  await takeJingle(again, 'session-terminate');
  await takeOffer(again);
  const probe = await again.receive('a probe', (stanza) => child(stanza, 'query', NS.discoInfo) !== undefined);
  again.send(iqResult(probe, xml('query', { xmlns: NS.discoInfo })));
  await takeJingle(again, 'session-terminate');
  const offer = await takeOffer(again);
  expect((await accept(again, offer, bob.nick)).attrs['type']).toBe('result');
  await expect
    .poll(() => server.bridge.endpoint(bob.nick)?.isConnected, { message: 'Bob is on the bridge' })
    .toBe(true);
  expect(again.receivedTexts.filter((frame) => frame.includes('session-initiate'))).toHaveLength(2);
  expect(server.errors).toEqual([]);
});
