import { expect, test } from 'vitest';
import { encodeAvModerationRequest } from '#protocol/xmpp/av-moderation.ts';
import { xml } from '#protocol/xmpp/element.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { FOCUS, meeting, ROOM } from '../../support/focus/raw-meeting.ts';
import { errorOf, jsonOf, NS } from '../../support/xmpp-test-client.ts';

test('Bob’s client ignores that microphones are reserved: the bridge holds him back until Ann approves him', async () => {
  await using server = await MeetingServer.start();
  const [ann, bob] = await meeting(server);
  const ask = (request: Parameters<typeof encodeAvModerationRequest>[0]): void =>
    ann.send(xml('message', { xmlns: NS.client, to: server.hosts.avModeration }, encodeAvModerationRequest(request)));
  ask({ kind: 'switch', mediaType: 'audio', isOn: true });
  const mute = await bob.receive('a mute request', (stanza) => readMuteRequest(stanza) !== undefined);
  expect(readMuteRequest(mute)).toEqual({ kind: 'audio', isMuted: true, actor: `${ROOM}/${ann.nick}` });
  await expect.poll(() => server.bridge.mutes).toMatchObject([{ endpoint: bob.nick, kind: 'audio', muted: true }]);
  // He says that he speaks now.
  const unmute = await bob.ask('set', FOCUS, encodeMuteRequest({ kind: 'audio', isMuted: false }));
  expect(errorOf(unmute)).toBe('cancel/not-allowed');
  expect(server.bridge.mutes).toHaveLength(1);
  ask({ kind: 'approve', mediaType: 'audio', target: `${ROOM}/${bob.nick}` });
  await bob.receiveMessage('the approval', (message) => JSON.stringify(jsonOf(message) ?? {}).includes('"approved"'));
  await expect.poll(() => server.bridge.mutes.at(-1)).toMatchObject({ endpoint: bob.nick, muted: false });
  expect((await bob.ask('set', FOCUS, encodeMuteRequest({ kind: 'audio', isMuted: false }))).attrs['type']).toBe(
    'result',
  );
  expect(server.errors).toEqual([]);
});
