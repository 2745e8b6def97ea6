import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeAvModerationRequest, type AvModerationRequest } from '#protocol/xmpp/av-moderation.ts';
import { encodeBreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { errorOf, jsonOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start();
});
afterAll(() => server.stop());

const isError = (message: XmlElement): boolean => message.attrs['type'] === 'error';
const isNotice = (message: XmlElement): boolean => message.attrs['from'] === server.hosts.avModeration;
const notice = async (client: XmppTestClient): Promise<unknown> =>
  jsonOf(await client.receiveMessage('a notice', isNotice));
const notices = async (client: XmppTestClient): Promise<unknown[]> =>
  (await client.drain()).filter((stanza) => stanza.name === 'message' && isNotice(stanza)).map(jsonOf);

function ask(client: XmppTestClient, request: AvModerationRequest): void {
  const to = server.hosts.avModeration;
  client.send(xml('message', { xmlns: NS.client, to }, encodeAvModerationRequest(request)));
}
async function refusal(client: XmppTestClient): Promise<string | undefined> {
  return errorOf(await client.receiveMessage('a refusal', isError));
}

async function meeting(): Promise<{ room: string; ann: XmppTestClient; bob: XmppTestClient }> {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  const bob = await server.logInAndJoin('Bob', room);
  await server.makeOwner(room, ann);
  for (const client of [ann, bob]) await client.drain();
  return { room, ann, bob };
}

test('Ann reserves microphones; Bob, the focus and later Cid are told; Ann approves Bob, and only moderators see the list', async () => {
  const { room, ann, bob } = await meeting();
  ask(ann, { kind: 'switch', mediaType: 'audio', isOn: true });
  const actor = `${room}/${ann.nick}`;
  const switched = { type: 'av_moderation', enabled: true, mediaType: 'audio', room, actor };
  expect(await notice(ann)).toEqual(switched);
  expect(await notice(bob)).toEqual(switched);
  const toFocus = await server.focus.receive('the notice', (stanza) => stanza.name === 'message' && isNotice(stanza));
  expect(jsonOf(toFocus)).toEqual(switched);

  ask(ann, { kind: 'approve', mediaType: 'audio', target: `${room}/${bob.nick}` });
  expect(await notice(bob)).toEqual({ type: 'av_moderation', mediaType: 'audio', approved: true });
  const whitelists = { audio: [`${room}/${bob.nick}`] };
  expect(await notice(ann)).toEqual({ type: 'av_moderation', room, mediaType: 'audio', whitelists });

  const cid = await server.logInAndJoin('Cid', room);
  expect(await notices(cid)).toEqual([switched]);
  // Who becomes moderator learns who may speak.
  await server.makeOwner(room, cid);
  expect(await notice(cid)).toEqual({ type: 'av_moderation', room, mediaType: 'audio', whitelists });

  ask(cid, { kind: 'reject', mediaType: 'audio', target: `${room}/${bob.nick}` });
  expect(await notice(bob)).toEqual({ type: 'av_moderation', mediaType: 'audio', removed: true });
  expect(await notice(ann)).toMatchObject({ removed: true, whitelists: { audio: [] } });
  ask(cid, { kind: 'switch', mediaType: 'audio', isOn: false });
  expect(await notice(bob)).toEqual({ ...switched, enabled: false, actor: `${room}/${cid.nick}` });
  const dan = await server.logInAndJoin('Dan', room);
  expect(await notices(dan)).toEqual([]);
});

test('Bob, who moderates nothing, can neither switch it on nor approve himself; Eve from outside not even that', async () => {
  const { room, ann, bob } = await meeting();
  const target = `${room}/${bob.nick}`;
  ask(bob, { kind: 'switch', mediaType: 'audio', isOn: true });
  expect(await refusal(bob)).toBe('auth/forbidden');
  ask(ann, { kind: 'switch', mediaType: 'video', isOn: true });
  ask(bob, { kind: 'approve', mediaType: 'video', target });
  expect(await refusal(bob)).toBe('auth/forbidden');
  const eve = await server.logIn('Eve');
  ask(eve, { kind: 'approve', mediaType: 'video', target });
  expect(await refusal(eve)).toBe('auth/forbidden');
  expect(await notices(bob)).toMatchObject([{ enabled: true, mediaType: 'video' }]);
});

test('two moderators who switch it on at once do it once; nonsense is refused', async () => {
  const { room, ann, bob } = await meeting();
  await server.makeOwner(room, bob);
  for (const client of [ann, bob]) ask(client, { kind: 'switch', mediaType: 'desktop', isOn: true });
  await ann.drain();
  const seen = await notices(bob);
  expect(seen.filter((one) => JSON.stringify(one).includes('"enabled":true'))).toHaveLength(1);
  const elsewhere = `other@${server.hosts.muc}/${bob.nick}`;
  for (const [request, error] of [
    [{ kind: 'approve', mediaType: 'audio', target: `${room}/${bob.nick}` }, 'wait/unexpected-request'],
    [{ kind: 'approve', mediaType: 'desktop', target: `${room}/ffffffff` }, 'cancel/item-not-found'],
    [{ kind: 'approve', mediaType: 'desktop', target: elsewhere }, 'cancel/item-not-found'],
  ] as const) {
    ask(ann, request);
    expect(await refusal(ann)).toBe(error);
  }
  const to = server.hosts.avModeration;
  ann.send(xml('message', { xmlns: NS.client, to }, xml('av_moderation', { enable: 'true', mediaType: '__proto__' })));
  expect(await refusal(ann)).toBe('modify/bad-request');
});

test('in a breakout room microphones are free until they are reserved there, which the main room does not hear of', async () => {
  const { room, ann, bob } = await meeting();
  const cid = await server.logInAndJoin('Cid', room);
  ask(ann, { kind: 'switch', mediaType: 'audio', isOn: true });
  await notice(cid);
  const add = encodeBreakoutRequest({ action: 'add', name: 'Red' });
  ann.send(xml('message', { xmlns: NS.client, to: server.hosts.breakout }, add));
  const isPicture = ({ attrs }: XmlElement): boolean => attrs['from'] === server.hosts.breakout;
  const { rooms } = jsonOf(await ann.receiveMessage('the new room', isPicture)) as { rooms: Record<string, unknown> };
  const red = `${Object.keys(rooms).find((id) => !room.startsWith(`${id}@`)) ?? ''}@${server.hosts.breakout}`;
  for (const client of [ann, bob]) {
    client.send(xml('presence', { xmlns: NS.client, type: 'unavailable', to: `${room}/${client.nick}` }));
    await client.receivePresence(room, client.nick, 'unavailable');
    await server.requestConference(client, red);
    await client.drain();
    await client.join(red);
    expect(await notices(client)).toEqual([]);
  }
  ask(bob, { kind: 'switch', mediaType: 'audio', isOn: true });
  expect(await refusal(bob)).toBe('auth/forbidden');
  ask(ann, { kind: 'switch', mediaType: 'audio', isOn: true });
  expect(await notice(bob)).toMatchObject({ enabled: true, room: red, actor: `${red}/${ann.nick}` });
  ask(ann, { kind: 'approve', mediaType: 'audio', target: `${red}/${bob.nick}` });
  expect(await notice(bob)).toMatchObject({ approved: true });
  ask(ann, { kind: 'approve', mediaType: 'audio', target: `${room}/${cid.nick}` });
  expect(await refusal(ann)).toBe('cancel/item-not-found');
  expect(await notices(cid)).toEqual([]);
});

test('who leaves is approved no longer when it comes back', async () => {
  const { room, ann, bob } = await meeting();
  ask(ann, { kind: 'switch', mediaType: 'audio', isOn: true });
  ask(ann, { kind: 'approve', mediaType: 'audio', target: `${room}/${bob.nick}` });
  await ann.drain();
  bob.send(xml('presence', { xmlns: NS.client, type: 'unavailable', to: `${room}/${bob.nick}` }));
  await bob.receivePresence(room, bob.nick, 'unavailable');
  await bob.join(room);
  ask(ann, { kind: 'approve', mediaType: 'audio', target: `${room}/${bob.nick}` });
  await bob.receiveMessage('a new approval', (message) => JSON.stringify(jsonOf(message) ?? {}).includes('approved'));
  expect(await notice(ann)).toMatchObject({ whitelists: { audio: [`${room}/${bob.nick}`] } });
});
