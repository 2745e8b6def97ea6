import { client as xmppClient, xml as foreignXml, type Element } from '@xmpp/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { child, childElements, childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { Inbox } from '../../support/inbox.ts';
import { formField, passwordElement, roomConfig } from '../../support/muc-forms.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { bodyOf, errorOf, itemOf, jsonOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: SignallingHarness;
beforeAll(async () => {
  server = await SignallingHarness.start({ muc: { maxOccupants: 6, maxRoomsPerSession: 3 } });
});
afterAll(() => server.stop());

const NS_NICK = 'http://jabber.org/protocol/nick';
const join = xml('x', { xmlns: NS.muc });
const named = (name: string): XmlElement => xml('nick', { xmlns: NS_NICK }, name);
const MEMBERS_ONLY = roomConfig({ 'muc#roomconfig_membersonly': 'true' });
const lobbyOf = (room: string): string => room.replace('@muc.', '@lobby.');
const isNotice =
  (event: string) =>
  (message: XmlElement): boolean =>
    JSON.stringify(jsonOf(message) ?? {}).includes(`"${event}"`);
const said = (words: string) => (message: XmlElement) => bodyOf(message) === words;

/** A room for members only with Ann, who moderates it and looks into its lobby as Jitsi's client does. */
async function startLobby(): Promise<{ room: string; lobby: string; ann: XmppTestClient }> {
  const room = server.freshRoom();
  const ann = await server.logInAndJoin('Ann', room);
  await server.makeOwner(room, ann);
  await ann.ask('set', room, MEMBERS_ONLY);
  const lobby = lobbyOf(room);
  await ann.join(lobby);
  await ann.drain();
  return { room, lobby, ann };
}

async function knock(name: string, lobby: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  expect(statuses(await client.join(lobby, join, named(name)))).toContain('110');
  await client.drain();
  return client;
}

/** As Jitsi's client asks to let people in (wire note §7.4): a message without a type. */
function invite(from: XmppTestClient, room: string, ...jids: readonly string[]): void {
  const invites = jids.map((to) => xml('invite', { to }));
  from.send(xml('message', { xmlns: NS.client, to: room, id: 'invite' }, xml('x', { xmlns: NS.mucUser }, invites)));
}

const deny = (nick: string): XmlElement => xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick, role: 'none' }));

function say(from: XmppTestClient, to: string, type: 'groupchat' | 'chat', words: string): void {
  from.send(xml('message', { xmlns: NS.client, to, type, id: words }, xml('body', {}, words)));
}

async function nextError(client: XmppTestClient): Promise<string | undefined> {
  return errorOf(await client.receiveMessage('an error', (m) => m.attrs['type'] === 'error'));
}

test('clients find the lobby component, and that it wants names', async () => {
  const ann = await server.logIn('Ann');
  const info = child(await ann.ask('get', server.domain, xml('query', { xmlns: NS.discoInfo })), 'query')!;
  expect(childElements(info, 'identity').map(({ attrs }) => attrs)).toContainEqual({
    category: 'component',
    type: 'lobbyrooms',
    name: 'lobby.meet.example',
  });
  const query = xml('query', { xmlns: NS.discoInfo, node: 'lobbyrooms' });
  const features = child(await ann.ask('get', 'lobby.meet.example', query), 'query')!;
  expect(features.attrs['node']).toBe('lobbyrooms');
  expect(childElements(features, 'feature').some(({ attrs }) => attrs['var']?.endsWith('#displayname_required'))).toBe(
    true,
  );
  const other = xml('query', { xmlns: NS.discoInfo, node: 'other' });
  expect(errorOf(await ann.ask('get', 'lobby.meet.example', other))).toBe('cancel/item-not-found');
});

describe('switching it on', () => {
  test('tells everyone, shows in the room’s description, and makes those inside members', async () => {
    const room = server.freshRoom();
    const ann = await server.logInAndJoin('Ann', room);
    const bob = await server.logInAndJoin('Bob', room);
    await server.makeOwner(room, ann);
    expect(
      formField(await ann.ask('get', room, xml('query', { xmlns: NS.mucOwner })), 'muc#roomconfig_membersonly'),
    ).toBe('0');
    await bob.drain();
    expect((await ann.ask('set', room, MEMBERS_ONLY)).attrs['type']).toBe('result');
    const changed = await bob.receiveMessage('104', (m) => statuses(m).includes('104'));
    expect(changed.attrs).toMatchObject({ from: room, type: 'groupchat' });
    const notice = await bob.receiveMessage('the notice', isNotice('LOBBY-ENABLED'));
    expect(notice.attrs).toMatchObject({ from: `${room}/${ann.nick}`, type: 'groupchat' });
    expect(jsonOf(notice)).toEqual({ type: 'lobby-notify', event: 'LOBBY-ENABLED', value: true });
    const member = await ann.receive('Bob as member', (stanza) => itemOf(stanza)['affiliation'] === 'member');
    expect(member.attrs['from']).toBe(`${room}/${bob.nick}`);
    const info = await bob.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
    expect(formField(info, 'muc#roominfo_lobbyroom')).toBe(lobbyOf(room));
    expect(serializeXml(info)).toContain('<feature var="muc_membersonly"/>');
    expect(serializeXml(info)).not.toContain('muc_open');
  });

  test('is for owners', async () => {
    const room = server.freshRoom();
    const ann = await server.logInAndJoin('Ann', room);
    expect(errorOf(await ann.ask('set', room, MEMBERS_ONLY))).toBe('auth/forbidden');
    expect(statuses(await (await server.logIn('Bob')).join(room))).toContain('110');
  });
});

describe('at the door', () => {
  test('strangers are sent to the lobby, those without a name to get one first', async () => {
    const { room, lobby } = await startLobby();
    const bob = await server.logIn('Bob');
    const refusal = await bob.join(room, join, named('Bob'));
    expect(errorOf(refusal)).toBe('auth/registration-required');
    expect(serializeXml(child(refusal, 'error')!)).toContain(
      `<lobbyroom xmlns="http://jitsi.org/jitmeet">${lobby}</lobbyroom>`,
    );
    const nameless = await bob.join(room);
    expect(errorOf(nameless)).toBe('modify/not-acceptable');
    expect(serializeXml(child(nameless, 'error')!)).toContain(
      '<displayname-required xmlns="http://jitsi.org/jitmeet" lobby="true"/>',
    );
    expect(errorOf(await bob.join(lobby))).toBe('modify/not-acceptable');
    expect(errorOf(await bob.join(lobby, join, named('  ')))).toBe('modify/not-acceptable');
  });

  test('the right password lets in directly, a wrong one does not, none leads to the lobby', async () => {
    const { room, ann } = await startLobby();
    await ann.ask(
      'set',
      room,
      roomConfig({ 'muc#roomconfig_roomsecret': 's3cret', 'muc#roomconfig_membersonly': 'true' }),
    );
    const bob = await server.logIn('Bob');
    expect(errorOf(await bob.join(room, join, named('Bob')))).toBe('auth/registration-required');
    expect(errorOf(await bob.join(room, passwordElement('wrong'), named('Bob')))).toBe('auth/not-authorized');
    expect(itemOf(await bob.join(room, passwordElement('s3cret'), named('Bob')))['affiliation']).toBe('member');
    // A member may come back without it.
    bob.send(xml('presence', { xmlns: NS.client, to: `${room}/${bob.nick}`, type: 'unavailable' }));
    await bob.receivePresence(room, bob.nick, 'unavailable');
    expect(statuses(await bob.join(room))).toContain('110');
  });

  test('there is no lobby where there is none', async () => {
    const room = server.freshRoom();
    await server.logInAndJoin('Ann', room);
    const bob = await server.logIn('Bob');
    expect(errorOf(await bob.join(lobbyOf(room), join, named('Bob')))).toBe('cancel/not-acceptable');
    expect(errorOf(await bob.join('nowhere@lobby.meet.example', join, named('Bob')))).toBe('cancel/not-acceptable');
  });
});

describe('in the lobby', () => {
  test('moderators see who waits, now and later; nobody else sees anybody', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    const seen = await ann.receivePresence(lobby, bob.nick);
    expect(itemOf(seen)).toEqual({ affiliation: 'none', role: 'participant', jid: bob.jid });
    expect(childText(seen, 'nick')).toBe('Bob');
    const cid = await knock('Cid', lobby);
    expect((await bob.drain()).map(serializeXml)).toEqual([]);
    bob.send(
      xml('presence', { xmlns: NS.client, to: `${lobby}/${bob.nick}` }, named('Bob'), xml('email', {}, 'b@b.example')),
    );
    await ann.receive('Bob’s email', (stanza) => childText(stanza, 'email') === 'b@b.example');
    expect(await cid.drain()).toEqual([]);

    const dan = await server.logIn('Dan');
    await server.makeOwner(room, dan);
    await dan.join(room);
    await dan.join(lobby);
    await dan.receivePresence(lobby, cid.nick);
    expect(childText(await dan.receivePresence(lobby, bob.nick), 'email')).toBe('b@b.example');
    expect((await ann.drain()).filter(({ attrs }) => attrs['from'] === `${lobby}/${dan.nick}`)).toEqual([]);

    bob.send(xml('presence', { xmlns: NS.client, to: `${lobby}/${bob.nick}`, type: 'unavailable' }));
    const left = await bob.receivePresence(lobby, bob.nick, 'unavailable');
    expect(statuses(left)).toContain('110');
    await ann.receivePresence(lobby, bob.nick, 'unavailable');
    await dan.receivePresence(lobby, bob.nick, 'unavailable');
    await cid.drop();
    await ann.receivePresence(lobby, cid.nick, 'unavailable');
  });

  test('who waits talks with moderators, and with nobody else', async () => {
    const { room, lobby, ann } = await startLobby();
    const [bob, cid] = [await knock('Bob', lobby), await knock('Cid', lobby)];
    const eve = await server.logIn('Eve');
    await ann.drain();

    say(bob, lobby, 'groupchat', 'please');
    expect((await ann.receiveMessage('please', said('please'))).attrs['from']).toBe(`${lobby}/${bob.nick}`);
    await bob.receiveMessage('his own', said('please'));
    say(bob, `${lobby}/${ann.nick}`, 'chat', 'it is me');
    await ann.receiveMessage('it is me', said('it is me'));
    say(ann, `${lobby}/${bob.nick}`, 'chat', 'who?');
    expect((await bob.receiveMessage('who?', said('who?'))).attrs['from']).toBe(`${lobby}/${ann.nick}`);
    say(ann, lobby, 'groupchat', 'one moment');
    await bob.receiveMessage('one moment', said('one moment'));
    await cid.receiveMessage('one moment', said('one moment'));

    say(bob, `${lobby}/${cid.nick}`, 'chat', 'psst');
    expect(await nextError(bob)).toBe('cancel/item-not-found');
    for (const to of [lobby, `${lobby}/${bob.nick}`, `${lobby}/${ann.nick}`]) {
      say(eve, to, to === lobby ? 'groupchat' : 'chat', 'spam');
      expect(await nextError(eve)).toBe('cancel/not-acceptable');
    }
    say(bob, room, 'groupchat', 'I am inside');
    expect(await nextError(bob)).toBe('cancel/not-acceptable');
    const ping = await bob.ask('get', `${lobby}/${cid.nick}`, xml('ping', { xmlns: 'urn:xmpp:ping' }));
    expect(errorOf(ping)).toBe('cancel/service-unavailable');
    expect(await cid.drain()).toEqual([]);
    expect((await ann.drain()).filter(({ name }) => name === 'message').map(bodyOf)).toEqual(['one moment']);
  });

  test('there are as many places as in a room, nicks are one’s own, and those inside do not wait', async () => {
    const { room, lobby } = await startLobby();
    const bob = await server.logIn('Bob');
    const { nick } = await server.logIn('Somebody');
    expect(errorOf(await bob.joinAs(lobby, 'bob', join, named('Bob')))).toBe('modify/not-acceptable');
    expect(errorOf(await bob.joinAs(lobby, 'focus', join, named('Bob')))).toBe('auth/forbidden');
    expect(errorOf(await bob.joinAs(lobby, nick, join, named('Bob')))).toBe('cancel/conflict');
    // Jitsi's client makes up a nick for the lobby.
    const eve = await server.logIn('Eve');
    expect(statuses(await eve.joinAs(lobby, '0a1b2c3d', join, named('Eve')))).toContain('110');
    expect(errorOf(await bob.joinAs(lobby, '0a1b2c3d', join, named('Bob')))).toBe('cancel/conflict');
    for (let i = 0; i < 4; i += 1) await knock(`Person ${i}`, lobby);
    expect(errorOf(await bob.join(lobby, join, named('Bob')))).toBe('wait/service-unavailable');
    const inside = await server.logIn('Inside');
    const member = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: inside.bareJid, affiliation: 'member' }));
    await server.focus.ask('set', room, member);
    await inside.join(room);
    expect(errorOf(await inside.join(lobby, join, named('Inside')))).toBe('cancel/not-allowed');
  });

  test('nobody waits everywhere', async () => {
    const bob = await server.logIn('Bob');
    for (let i = 0; i < 3; i += 1) {
      const { lobby } = await startLobby();
      expect(statuses(await bob.join(lobby, join, named('Bob')))).toContain('110');
    }
    const { lobby } = await startLobby();
    expect(errorOf(await bob.join(lobby, join, named('Bob')))).toBe('wait/resource-constraint');
  });
});

describe('letting in', () => {
  test('one: it gets an invitation from the room, everyone inside is told, and it may enter', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    invite(ann, room, bob.jid);
    const invitation = await bob.receiveMessage('an invitation');
    expect(invitation.attrs['from']).toBe(room);
    expect(serializeXml(child(invitation, 'x', NS.mucUser)!)).toBe(
      `<x xmlns="${NS.mucUser}"><invite from="${room}/${ann.nick}"/></x>`,
    );
    const notice = await ann.receiveMessage('the notice', isNotice('LOBBY-ACCESS-GRANTED'));
    expect(notice.attrs['from']).toBe(`${room}/${ann.nick}`);
    expect(jsonOf(notice)).toEqual({
      type: 'lobby-notify',
      event: 'LOBBY-ACCESS-GRANTED',
      value: `${lobby}/${bob.nick}`,
      name: 'Bob',
    });
    expect(itemOf(await bob.join(room, join, named('Bob')))).toMatchObject({
      affiliation: 'member',
      role: 'participant',
    });
    expect(errorOf(await (await server.logIn('Cid')).join(room, join, named('Cid')))).toBe(
      'auth/registration-required',
    );
  });

  test('several at once, whoever has gone meanwhile or never was there', async () => {
    const { room, lobby, ann } = await startLobby();
    const [bob, cid, eve] = [await knock('Bob', lobby), await knock('Cid', lobby), await server.logIn('Eve')];
    await ann.drain();
    invite(ann, room, bob.jid, 'gone@meet.example/x', eve.jid, cid.jid, bob.jid);
    await bob.receiveMessage('an invitation');
    await cid.receiveMessage('an invitation');
    expect((await ann.drain()).filter(isNotice('LOBBY-ACCESS-GRANTED'))).toHaveLength(2);
    expect(await eve.drain()).toEqual([]);
    expect(await bob.drain()).toEqual([]);
  });

  test('is for moderators, and for those who wait', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    const member = await server.logIn('Member');
    const query = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: member.bareJid, affiliation: 'member' }));
    await server.focus.ask('set', room, query);
    await member.join(room);
    invite(member, room, bob.jid);
    expect(await nextError(member)).toBe('auth/forbidden');
    invite(bob, room, bob.jid);
    expect(await nextError(bob)).toBe('cancel/not-acceptable');
    invite(ann, room, member.jid);
    expect(await nextError(ann)).toBe('cancel/item-not-found');
    invite(ann, room, ann.jid);
    expect(await nextError(ann)).toBe('cancel/item-not-found');
    expect(errorOf(await bob.join(room, join, named('Bob')))).toBe('auth/registration-required');
  });

  test('all, by opening the room: who waits is led there', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'false' }));
    const gone = await bob.receivePresence(lobby, bob.nick, 'unavailable');
    expect(child(child(gone, 'x', NS.mucUser)!, 'destroy')?.attrs['jid']).toBe(room);
    await ann.receivePresence(lobby, ann.nick, 'unavailable');
    const notice = await ann.receiveMessage('the notice', isNotice('LOBBY-ENABLED'));
    expect(jsonOf(notice)).toMatchObject({ value: false });
    expect(statuses(await bob.join(room))).toContain('110');
    const info = await ann.ask('get', room, xml('query', { xmlns: NS.discoInfo }));
    expect(formField(info, 'muc#roominfo_lobbyroom')).toBeUndefined();
  });
});

describe('sending away', () => {
  test('one: it is kicked out of the lobby, everyone inside is told; it may knock again', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    await ann.receivePresence(lobby, bob.nick);
    expect((await ann.ask('set', lobby, deny(bob.nick))).attrs['type']).toBe('result');
    expect(statuses(await bob.receivePresence(lobby, bob.nick, 'unavailable'))).toEqual(['307', '110']);
    expect(statuses(await ann.receivePresence(lobby, bob.nick, 'unavailable'))).toEqual(['307']);
    const notice = await ann.receiveMessage('the notice', isNotice('LOBBY-ACCESS-DENIED'));
    expect(jsonOf(notice)).toMatchObject({ value: `${lobby}/${bob.nick}`, name: 'Bob' });
    expect(errorOf(await bob.join(room, join, named('Bob')))).toBe('auth/registration-required');
    expect(statuses(await bob.join(lobby, join, named('Bob')))).toContain('110');
  });

  test('is for moderators, of whom none can be sent away', async () => {
    const { room, lobby, ann } = await startLobby();
    const [bob, cid] = [await knock('Bob', lobby), await knock('Cid', lobby)];
    expect(errorOf(await bob.ask('set', lobby, deny(cid.nick)))).toBe('auth/forbidden');
    expect(errorOf(await (await server.logIn('Eve')).ask('set', lobby, deny(cid.nick)))).toBe('auth/forbidden');
    expect(errorOf(await ann.ask('set', lobby, deny('00000000')))).toBe('cancel/item-not-found');
    expect(errorOf(await ann.ask('set', lobby, deny(ann.nick)))).toBe('cancel/not-allowed');
    const grant = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: bob.bareJid, affiliation: 'owner' }));
    expect(errorOf(await ann.ask('set', lobby, grant))).toBe('modify/bad-request');
    expect(errorOf(await bob.ask('set', room, grant))).toBe('auth/forbidden');
    expect(errorOf(await bob.ask('set', lobby, MEMBERS_ONLY))).toBe('cancel/service-unavailable');
  });

  test('who was kicked out of the room has to knock again', async () => {
    const { room, lobby, ann } = await startLobby();
    const bob = await knock('Bob', lobby);
    invite(ann, room, bob.jid);
    await bob.receiveMessage('an invitation');
    await bob.join(room, join, named('Bob'));
    await ann.ask('set', room, deny(bob.nick));
    await bob.receivePresence(room, bob.nick, 'unavailable');
    expect(errorOf(await bob.join(room, join, named('Bob')))).toBe('auth/registration-required');
  });
});

test('a moderator who leaves, or is none any more, sees and decides nothing in the lobby', async () => {
  const { room, lobby, ann } = await startLobby();
  const dan = await server.logIn('Dan');
  await server.makeOwner(room, dan);
  await dan.join(room);
  await dan.join(lobby);
  await ann.ask(
    'set',
    room,
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: dan.bareJid, affiliation: 'member' })),
  );
  await dan.drain();
  const bob = await knock('Bob', lobby);
  say(bob, lobby, 'groupchat', 'hello?');
  await bob.receiveMessage('hello?', said('hello?'));
  expect(await dan.drain()).toEqual([]);
  expect(errorOf(await dan.ask('set', lobby, deny(bob.nick)))).toBe('auth/forbidden');
  dan.send(xml('presence', { xmlns: NS.client, to: `${room}/${dan.nick}`, type: 'unavailable' }));
  await dan.receivePresence(lobby, dan.nick, 'unavailable');
});

test('when the meeting ends, it ends for those who wait, too', async () => {
  const { room, lobby, ann } = await startLobby();
  const bob = await knock('Bob', lobby);
  await ann.ask('set', room, xml('query', { xmlns: NS.mucOwner }, xml('destroy')));
  const gone = await bob.receivePresence(lobby, bob.nick, 'unavailable');
  const destroy = child(child(gone, 'x', NS.mucUser)!, 'destroy');
  expect(destroy).toBeDefined();
  expect(destroy?.attrs['jid']).toBeUndefined();
  expect(errorOf(await bob.join(lobby, join, named('Bob')))).toBe('cancel/not-acceptable');
});

test('a foreign client knocks, is let in and enters', async () => {
  const { room, lobby, ann } = await startLobby();
  const bob = xmppClient({ service: server.webSocketUrl(), domain: server.domain });
  const inbox = new Inbox<Element>('Bob', String);
  bob.on('stanza', (stanza: Element) => inbox.add(stanza));
  await bob.start();
  try {
    const nick = bob.jid.local.slice(0, 8);
    const enter = (where: string): Promise<void> =>
      bob.send(
        foreignXml(
          'presence',
          { to: `${where}/${nick}` },
          foreignXml('x', { xmlns: NS.muc }),
          foreignXml('nick', { xmlns: NS_NICK }, 'Bob'),
        ),
      );
    await enter(room);
    const refusal = await inbox.take('a refusal', (stanza) => stanza.attrs['type'] === 'error');
    expect(refusal.getChild('error')?.getChildText('lobbyroom')).toBe(lobby);
    await enter(lobby);
    await inbox.take('self-presence', (stanza) => stanza.attrs['from'] === `${lobby}/${nick}`);
    invite(ann, room, bob.jid.toString());
    await inbox.take('an invitation', (stanza) => stanza.getChild('x', NS.mucUser)?.getChild('invite') !== undefined);
    await enter(room);
    await ann.receivePresence(room, nick);
  } finally {
    await bob.stop();
  }
});
