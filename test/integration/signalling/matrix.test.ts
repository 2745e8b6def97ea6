import type { ServerResponse } from 'node:http';
import { client as xmppClient } from '@xmpp/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeBreakoutRequest } from '#protocol/xmpp/breakout-rooms.ts';
import { child, childElements, childText, text, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { matrixIdentityElement, readMatrixId } from '#protocol/xmpp/matrix-identity.ts';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import { nodeOfRoom } from '../../../signalling/identity/matrix/room-binding.ts';
import { elementToken } from '../../support/matrix/element-token.ts';
import { ADMIN_TOKEN, BOT_TOKEN, json, STUB_CA_FILE, StubHomeserver } from '../../support/matrix/stub-homeserver.ts';
import { CaughtLog } from '../../support/caught-log.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { secretToken } from '../../support/tokens/token-issuer.ts';
import { until } from '../../support/wait.ts';
import { errorOf, itemOf, jsonOf, NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

const SERVER = 'example.org';
const ROOM = '!room:example.org';
const ANN = '@ann:example.org';
const BOB = '@bob:example.org';
const EVE = '@eve:example.org';

const log = new CaughtLog();
const { logger } = log;

let stub: StubHomeserver;
let server: SignallingHarness;
beforeAll(async () => {
  stub = await StubHomeserver.start();
  server = await start({});
});
afterAll(async () => {
  await server.stop();
  await stub[Symbol.asyncDispose]();
});
beforeEach(() => {
  stub.override = undefined;
  stub.rooms.clear();
  stub.rooms.set(ROOM, {
    members: [ANN, BOB],
    version: '11',
    creator: ANN,
    powerLevels: { users: { [ANN]: 100 } },
    hasBot: true,
  });
});

interface Sections {
  readonly matrix?: object;
  readonly homeserver?: object;
  readonly auth?: Record<string, unknown>;
  readonly jwt?: Record<string, unknown>;
}

/** A server of which the stub is the homeserver. */
function start({ matrix = {}, homeserver, auth = {}, jwt = {} }: Sections): Promise<SignallingHarness> {
  const own = {
    serverName: SERVER,
    baseUrl: stub.baseUrl,
    caFile: STUB_CA_FILE,
    adminToken: ADMIN_TOKEN,
    ...homeserver,
  };
  return SignallingHarness.start({ matrix: { enabled: true, homeservers: [own], ...matrix }, auth, jwt, logger });
}

interface Wish {
  readonly roomId?: string;
  readonly token?: string;
  readonly server?: string | undefined;
  readonly domain?: string;
  readonly name?: string;
}

/** The token that Element would make for somebody. */
function tokenFor(userId: string, { roomId = ROOM, token, domain, name, ...rest }: Wish = {}): string {
  const serverName = 'server' in rest ? rest.server : SERVER;
  return elementToken({
    ...(domain !== undefined && { domain }),
    matrix: { token: token ?? stub.openIdToken(userId), room_id: roomId, server_name: serverName },
    user: { name: name ?? userId.slice(1, 4), avatar: '' },
  });
}

const query = (jwt: string, roomId: string | undefined = ROOM): string =>
  `room=${nodeOfRoom(roomId)}&token=${encodeURIComponent(jwt)}`;
const room = (roomId = ROOM): string => server.room(nodeOfRoom(roomId));

/** What a login comes to: the data of its success, or its failure's condition and text. */
async function logInWith(
  urlQuery: string,
  on = server,
): Promise<{ client: XmppTestClient; session?: string; refusal?: string }> {
  const client = await on.connect('Ann', urlQuery);
  await client.open(on.domain);
  client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
  const answer = await client.receive('an answer', ({ attrs }) => attrs['xmlns'] === NS.sasl, 10_000);
  if (answer.name === 'failure') {
    const [condition] = answer.children.map((one) => (typeof one === 'string' ? '' : one.name));
    return { client, refusal: `${condition} ${childText(answer, 'text')}` };
  }
  await client.open(on.domain);
  await client.bind();
  return { client, session: Buffer.from(text(answer), 'base64').toString() };
}

async function refusalOf(jwt: string, roomId?: string, on = server): Promise<string | undefined> {
  return (await logInWith(query(jwt, roomId), on)).refusal;
}

async function enter(
  urlQuery: string,
  on = server,
  roomJid = room(),
): Promise<{ client: XmppTestClient; self: XmlElement }> {
  const { client, refusal } = await logInWith(urlQuery, on);
  if (refusal !== undefined) throw new Error(`not let in: ${refusal}`);
  await on.requestConference(client, roomJid);
  return { client, self: await client.join(roomJid) };
}

describe('clients learn that they are to bring a token', () => {
  const ask = (on: SignallingHarness) =>
    fetch(`${on.httpUrl}/.well-known/element/jitsi`, { headers: { origin: 'https://app.element.example' } });

  test('from any origin', async () => {
    const response = await ask(server);
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toEqual({ auth: 'openidtoken-jwt' });
  });

  test('unless it is off', async () => {
    await using off = await SignallingHarness.start();
    expect((await ask(off)).status).toBe(404);
  });
});

describe('somebody of the room', () => {
  test('comes in as who its homeserver says it is, not as what its token says', async () => {
    const { self } = await enter(query(tokenFor(BOB, { name: 'The\u202e Boss' })));
    const identity = child(child(self, 'identity')!, 'user')!;
    expect(childText(identity, 'id')).toBe(BOB);
    expect(childText(identity, 'name')).toBe('The Boss');
    expect(readMatrixId(self)).toBe(BOB);
    expect(itemOf(self)).toMatchObject({ affiliation: 'member', role: 'participant' });
  });

  test('cannot say that it is somebody else', async () => {
    const { client: ann } = await enter(query(tokenFor(ANN)));
    const { client: bob } = await enter(query(tokenFor(BOB)));
    await ann.drain();
    const forged = xml('identity', {}, xml('user', {}, xml('id', {}, ANN)), matrixIdentityElement(ANN));
    bob.send(xml('presence', { to: `${room()}/${bob.nick}`, xmlns: NS.client }, forged, matrixIdentityElement(ANN)));
    const seen = await ann.receive('Bob’s presence', ({ attrs }) => attrs['from'] === `${room()}/${bob.nick}`);
    expect(childElements(seen, 'identity')).toHaveLength(1);
    expect(readMatrixId(seen)).toBe(BOB);
  });

  test('is known by its Matrix user id from the other rooms of the meeting, too', async () => {
    const { client: ann } = await enter(query(tokenFor(ANN)));
    const request = encodeBreakoutRequest({ action: 'add', name: 'Red' });
    ann.send(xml('message', { xmlns: NS.client, to: server.hosts.breakout }, request));
    const picture = await ann.receiveMessage(
      'the picture of the rooms',
      ({ attrs }) => attrs['from'] === server.hosts.breakout && attrs['type'] !== 'error',
    );
    const participants = { [`${room()}/${ann.nick}`]: { role: 'moderator', matrixId: ANN } };
    expect(jsonOf(picture)).toMatchObject({ rooms: { [nodeOfRoom(ROOM)]: { participants } } });
  });

  test('moderates if it is in charge there', async () => {
    const { self } = await enter(query(tokenFor(ANN)));
    expect(itemOf(self)).toMatchObject({ affiliation: 'owner', role: 'moderator' });
  });

  test('of a room of version 12 moderates if it has made it', async () => {
    const roomId = '!G7l19lFU4_2I6WFtdq-LP7kWSZhtEUUgobTzmtfr9so';
    const made = { members: [ANN, BOB, EVE], version: '12', creator: ANN, additionalCreators: [BOB] };
    stub.rooms.set(roomId, { ...made, powerLevels: { users: {}, state_default: 100 } });
    const roles = [];
    for (const user of [ANN, BOB, EVE]) {
      const { self } = await enter(query(tokenFor(user, { roomId }), roomId), server, room(roomId));
      roles.push(itemOf(self)['role']);
    }
    expect(roles).toEqual(['moderator', 'moderator', 'participant']);
  });

  test('is nobody’s moderator by the focus’s choice, and is made one by nobody', async () => {
    const { client: ann } = await enter(query(tokenFor(ANN)));
    const { client: bob } = await enter(query(tokenFor(BOB)));
    const seen = await server.focus.receive('Bob’s presence', ({ attrs }) => attrs['from'] === `${room()}/${bob.nick}`);
    expect(child(seen, 'connection', 'urn:parley:connection')?.attrs['elect']).toBe('false');
    const grant = xml('query', { xmlns: NS.mucAdmin }, xml('item', { jid: bob.bareJid, affiliation: 'owner' }));
    expect(errorOf(await ann.ask('set', room(), grant))).toBe('cancel/not-allowed');
  });

  test('may be on a client that does not name its server', async () => {
    await expect(enter(query(tokenFor(BOB, { server: undefined })))).resolves.toBeDefined();
  });

  test('is known to a bot that is in the room as well', async () => {
    await using bot = await start({ homeserver: { adminToken: undefined, botToken: BOT_TOKEN } });
    stub.requests.length = 0;
    const { self } = await enter(query(tokenFor(ANN)), bot);
    expect(itemOf(self)['role']).toBe('moderator');
    expect(await refusalOf(tokenFor(EVE), ROOM, bot)).toBe('not-allowed not-in-room');
    stub.rooms.get(ROOM)!.hasBot = false;
    expect(await refusalOf(tokenFor(ANN), ROOM, bot)).toBe('not-allowed not-in-room');
    expect(stub.requests.filter((path) => path.startsWith('/_synapse'))).toEqual([]);
  });
});

test('a foreign client that expects nothing with its success comes in, too', async () => {
  const client = xmppClient({ service: server.webSocketUrl(query(tokenFor(BOB))), domain: server.domain });
  await expect(client.start()).resolves.toBeDefined();
  await client.stop();
});

describe('comes in not', () => {
  test.each<[string, () => string, string]>([
    ['with garbage', () => elementToken({ matrix: {} }), 'bad-token'],
    ['with a token for another server', () => tokenFor(ANN, { domain: 'other.example' }), 'bad-token'],
    ['with a token for another room', () => tokenFor(ANN, { roomId: '!other:example.org' }), 'room-mismatch'],
    ['from a server that may not', () => tokenFor(ANN, { server: 'evil.example' }), 'server-not-allowed'],
    ['with an OpenID token that is none', () => tokenFor(ANN, { token: 'made-up' }), 'token-rejected'],
    ['who is not in the room', () => tokenFor(EVE), 'not-in-room'],
    ['somebody of another server, by the word of this one', () => tokenFor('@ann:other.example'), 'token-rejected'],
    ['somebody of a server whose name only begins alike', () => tokenFor('@ann:example.org.evil'), 'token-rejected'],
    ['who is no user at all', () => tokenFor('ann'), 'token-rejected'],
  ])('%s', async (_who, make, code) => {
    await using fresh = await start({});
    expect(await refusalOf(make(), ROOM, fresh)).toBe(`not-allowed ${code}`);
  });

  test('a room that the homeserver does not know', async () => {
    stub.rooms.clear();
    expect(await refusalOf(tokenFor(ANN, { roomId: '!gone:example.org' }), '!gone:example.org')).toBe(
      'not-allowed not-in-room',
    );
  });

  test('by a signature that everybody can make, also where tokens are signed with a secret', async () => {
    const matrix = { token: 'x', room_id: ROOM, server_name: SERVER };
    await using both = await start({ jwt: { appId: 'test-app', secret: 'a secret that issuer and server share' } });
    const signed = secretToken({ context: { matrix } });
    expect(await refusalOf(signed, ROOM, both)).toBe('not-allowed bad-token');
    await using jwtOnly = await SignallingHarness.start({
      jwt: { appId: 'test-app', secret: 'a secret that issuer and server share' },
    });
    expect(await refusalOf(signed, ROOM, jwtOnly)).toBe('not-allowed Invalid token');
    expect(await refusalOf(tokenFor(ANN), ROOM, jwtOnly)).toBe('not-allowed Invalid signature');
  });

  test('who has failed too often in a minute, whatever it shows then', async () => {
    await using strict = await start({});
    for (let i = 0; i < 10; i += 1)
      expect(await refusalOf(elementToken({ matrix: {} }), ROOM, strict)).toContain('bad');
    expect(await refusalOf(tokenFor(ANN), ROOM, strict)).toBe('not-allowed rate-limited');
  });

  test('into another room than its own, with a login that is good', async () => {
    const { client } = await logInWith(`token=${encodeURIComponent(tokenFor(BOB))}`);
    const refusal = await client.join(server.room('standup'));
    expect(errorOf(refusal)).toBe('cancel/not-allowed');
    expect(readStanzaError(refusal)?.text).toBe('Room and token mismatched');
  });
});

describe('a homeserver that', () => {
  test.each<[string, (response: ServerResponse, elsewhere: string) => void]>([
    ['redirects', (response, elsewhere) => response.writeHead(302, { location: elsewhere }).end()],
    ['sends too much', (response) => json(response, 200, { sub: ANN, more: 'x'.repeat(70_000) })],
    ['sends no JSON', (response) => response.writeHead(200).end('<html>')],
    ['says nothing of the user', (response) => response.writeHead(200).end(`{"__proto__":{"sub":"${ANN}"}}`)],
    ['fails', (response) => json(response, 500, {})],
  ])('%s is unreachable for now', async (_what, answer) => {
    await using inner = await StubHomeserver.start();
    await using fresh = await start({});
    stub.override = (_request, response, url) => {
      if (!url.pathname.endsWith('/userinfo')) return false;
      answer(response, `${inner.baseUrl}/x`);
      return true;
    };
    expect(await refusalOf(tokenFor(ANN), ROOM, fresh)).toBe('temporary-auth-failure homeserver-unreachable');
    expect(inner.requests).toEqual([]);
  });

  test('never ends its answer is given up', async () => {
    await using fresh = await start({});
    stub.override = (_request, response, url) => {
      if (!url.pathname.endsWith('/userinfo')) return false;
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 50);
      response.once('close', () => clearInterval(drip));
      return true;
    };
    expect(await refusalOf(tokenFor(ANN), ROOM, fresh)).toBe('temporary-auth-failure homeserver-unreachable');
  });

  test('has a certificate of an authority that nobody knows is not asked', async () => {
    await using fresh = await start({ homeserver: { caFile: undefined } });
    stub.requests.length = 0;
    expect(await refusalOf(tokenFor(ANN), ROOM, fresh)).toBe('temporary-auth-failure homeserver-unreachable');
    expect(stub.requests).toEqual([]);
  });

  test('does not take our admin token does not let anybody in', async () => {
    await using fresh = await start({ homeserver: { adminToken: 'wrong' } });
    expect(await refusalOf(tokenFor(ANN), ROOM, fresh)).toBe('temporary-auth-failure homeserver-unreachable');
  });

  test('is at a private address by its name is not asked, whatever it is called', async () => {
    await using open = await start({ matrix: { allowServers: ['*'] } });
    stub.requests.length = 0;
    const names = [
      `127.0.0.1:${stub.port}`,
      `localhost:${stub.port}`,
      `[::1]:${stub.port}`,
      `[::ffff:127.0.0.1]:${stub.port}`,
    ];
    for (const name of [...names, '10.0.0.1', '169.254.169.254:80', 'localhost', '127.0.0.1:22']) {
      expect(await refusalOf(tokenFor(`@ann:${name}`, { server: name }), ROOM, open)).toBe(
        'temporary-auth-failure homeserver-unreachable',
      );
    }
    expect(stub.requests).toEqual([]);
  });
});

describe('a token is used once', () => {
  test('and for one room', async () => {
    const other = '!other:example.org';
    stub.rooms.set(other, { members: [BOB], version: '11', creator: ANN });
    const token = stub.openIdToken(BOB);
    expect((await logInWith(query(tokenFor(BOB, { token })))).refusal).toBeUndefined();
    expect(await refusalOf(tokenFor(BOB, { token, roomId: other }), other)).toBe('not-allowed token-rejected');
    // The page is loaded again.
    expect((await logInWith(query(tokenFor(BOB, { token })))).refusal).toBeUndefined();
  });

  test('and the session that one gets for it goes on when the homeserver’s has run out', async () => {
    const token = stub.openIdToken(BOB);
    const { session = '' } = await logInWith(query(tokenFor(BOB, { token, name: 'Bob B.' })));
    stub.tokens.delete(token);
    const { self } = await enter(query(session));
    expect(childText(child(child(self, 'identity')!, 'user')!, 'id')).toBe(BOB);
    expect(childText(child(child(self, 'identity')!, 'user')!, 'name')).toBe('Bob B.');
  });

  test('and the session is for that room, while one is in it', async () => {
    const { session = '' } = await logInWith(query(tokenFor(BOB)));
    expect(await refusalOf(session, '!other:example.org')).toBe('not-allowed room-mismatch');
    await using fresh = await start({});
    stub.rooms.get(ROOM)!.members = [ANN];
    expect(await refusalOf(session, ROOM, fresh)).toBe('not-allowed not-in-room');
  });

  test('and others’ sessions, or such for other servers, are none', async () => {
    const { session = '' } = await logInWith(query(tokenFor(BOB)));
    await using plain = await SignallingHarness.start({
      jwt: { appId: 'test-app', secret: 'a secret that issuer and server share' },
    });
    expect(await refusalOf(session, ROOM, plain)).toBe('not-allowed Invalid signature');
  });
});

describe('guests in the conference of a Matrix room', () => {
  const guestQuery = `room=${nodeOfRoom(ROOM)}`;
  const named = [xml('x', { xmlns: NS.muc }), xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, 'Gus')];

  test('open none, and knock once somebody of the room is inside; that one lets them in', async () => {
    await using fresh = await start({});
    const { client: guest } = await logInWith(guestQuery, fresh);
    const request = xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room: room() });
    expect(errorOf(await guest.ask('set', fresh.hosts.focus, request))).toBe('auth/not-authorized');
    const { client: ann } = await enter(query(tokenFor(ANN)), fresh);
    await fresh.requestConference(guest, room());
    expect(errorOf(await guest.join(room(), ...named))).toBe('auth/registration-required');
    const invite = xml('x', { xmlns: NS.mucUser }, xml('invite', { to: guest.jid }));
    await guest.join(`${nodeOfRoom(ROOM)}@${fresh.hosts.lobby}`, ...named);
    ann.send(xml('message', { xmlns: NS.client, to: room() }, invite));
    await guest.receiveMessage('an invitation', (message) => child(message, 'x', NS.mucUser) !== undefined);
    const self = await guest.join(room(), ...named);
    expect(statuses(self)).toContain('110');
    expect(itemOf(self)['role']).toBe('participant');
    // Others of the room do not knock.
    const { self: bob } = await enter(query(tokenFor(BOB)), fresh);
    expect(statuses(bob)).toContain('110');
  });

  test('are guests also with an account or a token of another kind', async () => {
    await using both = await start({ jwt: { appId: 'test-app', secret: 'a secret that issuer and server share' } });
    await both.accounts.add('root', 'a password of root');
    await enter(query(tokenFor(ANN)), both);
    const root = await both.logInAs('root', 'a password of root');
    expect(errorOf(await root.joinAs(room(), 'abcd1234', ...named))).toBe('auth/registration-required');
    const { client } = await logInWith(`${guestQuery}&token=${secretToken()}`, both);
    expect(errorOf(await client.join(room(), ...named))).toBe('auth/registration-required');
  });

  test('do not come where they may not, and are told so', async () => {
    await using closed = await start({ matrix: { guests: 'deny' } });
    await enter(query(tokenFor(ANN)), closed);
    const { client: guest } = await logInWith(guestQuery, closed);
    await closed.requestConference(guest, room());
    const refusal = await guest.join(room(), ...named);
    expect(readStanzaError(refusal)?.text).toBe('Only people of the Matrix room may enter');
  });

  test('come at once where they may, and are in charge of nothing', async () => {
    await using open = await start({ matrix: { guests: 'allow' } });
    const { self, client } = await enter(guestQuery, open);
    expect(statuses(self)).toContain('110');
    const seen = await open.focus.receive('its presence', ({ attrs }) => attrs['from'] === `${room()}/${client.nick}`);
    expect(child(seen, 'connection', 'urn:parley:connection')?.attrs['elect']).toBe('false');
  });

  test('are no matter in other meetings', async () => {
    const { self } = await enter('room=standup', server, server.room('standup'));
    expect(statuses(self)).toContain('110');
  });
});

describe('who leaves the Matrix room', () => {
  test('leaves the conference, and comes in no more', async () => {
    await using brisk = await start({ matrix: { recheckSeconds: 1 } });
    const { client: ann } = await enter(query(tokenFor(ANN)), brisk);
    const { session = '', client: bob } = await logInWith(query(tokenFor(BOB)), brisk);
    await brisk.requestConference(bob, room());
    await bob.join(room());
    stub.rooms.get(ROOM)!.members = [ANN];
    const gone = await ann.receive(
      'Bob’s departure',
      ({ name, attrs }) =>
        name === 'presence' && attrs['type'] === 'unavailable' && attrs['from'] === `${room()}/${bob.nick}`,
      15_000,
    );
    expect(statuses(gone)).toContain('307');
    expect(await bob.receiveStreamError()).toBe('not-authorized');
    expect(await refusalOf(session, ROOM, brisk)).toBe('not-allowed not-in-room');
    // Ann is still there.
    expect(errorOf(await ann.join(room()))).toBeUndefined();
  });

  test('stays while its homeserver does not say so', async () => {
    await using brisk = await start({ matrix: { recheckSeconds: 1 } });
    const { client: bob } = await enter(query(tokenFor(BOB)), brisk);
    stub.override = (_request, response) => {
      json(response, 502, {});
      return true;
    };
    const before = log.text.length;
    await until(() => log.text.includes('cannot see who is in a Matrix room', before), 'the server has looked in vain');
    expect(errorOf(await bob.join(room()))).toBeUndefined();
  });
});

describe('who is in charge of the Matrix room', () => {
  test('is so of the conference from when on, and as long as, it is', async () => {
    await using brisk = await start({ matrix: { recheckSeconds: 1 } });
    const { client: ann } = await enter(query(tokenFor(ANN)), brisk);
    const { client: bob, self } = await enter(query(tokenFor(BOB)), brisk);
    expect(itemOf(self)['role']).toBe('participant');
    const nowIs = (seer: XmppTestClient, seen: XmppTestClient, role: string) =>
      seer.receive(
        `${seen.nick} as ${role}`,
        (stanza) =>
          stanza.name === 'presence' &&
          stanza.attrs['from'] === `${room()}/${seen.nick}` &&
          itemOf(stanza)['role'] === role,
        15_000,
      );
    stub.rooms.get(ROOM)!.powerLevels = { users: { [BOB]: 50 } };
    const changed = await nowIs(ann, ann, 'participant');
    expect(statuses(changed)).toContain('110');
    expect(itemOf(changed)['affiliation']).toBe('member');
    expect(child(changed, 'permissions')).toBeUndefined();
    await nowIs(bob, ann, 'participant');
    const made = await nowIs(bob, bob, 'moderator');
    expect(child(made, 'permissions')).toBeDefined();
    await nowIs(ann, bob, 'moderator');
    const kick = (who: XmppTestClient) =>
      xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: who.nick, role: 'none' }));
    expect(errorOf(await ann.ask('set', room(), kick(bob)))).toBe('auth/forbidden');
    // Its next presence does not bring the role back.
    await bob.drain();
    ann.send(xml('presence', { to: `${room()}/${ann.nick}`, xmlns: NS.client }));
    const next = await bob.receive('Ann’s presence', ({ attrs }) => attrs['from'] === `${room()}/${ann.nick}`);
    expect(itemOf(next)['role']).toBe('participant');
    expect(errorOf(await bob.ask('set', room(), kick(ann)))).toBeUndefined();
  });
});

describe('policies', () => {
  test('same-server lets in everybody of the homeservers, and asks nobody about rooms', async () => {
    await using same = await start({
      matrix: { membership: 'same-server', allowServers: ['*'] },
      homeserver: { adminToken: undefined },
    });
    const { self } = await enter(query(tokenFor(EVE)), same);
    expect(statuses(self)).toContain('110');
    expect(await refusalOf(tokenFor('@x:other.example', { server: 'other.example' }), ROOM, same)).toBe(
      'not-allowed server-not-allowed',
    );
  });

  test('a server that is denied is so although it is allowed', async () => {
    await using denied = await start({ matrix: { denyServers: [SERVER] } });
    expect(await refusalOf(tokenFor(ANN), ROOM, denied)).toBe('not-allowed server-not-allowed');
  });

  test('people of another server are members by what a homeserver of ours says', async () => {
    await using other = await StubHomeserver.start();
    const second = { serverName: 'other.example', baseUrl: other.baseUrl, caFile: STUB_CA_FILE };
    const first = { serverName: SERVER, baseUrl: stub.baseUrl, caFile: STUB_CA_FILE, adminToken: ADMIN_TOKEN };
    await using both = await start({ matrix: { homeservers: [second, first] } });
    const cid = '@cid:other.example';
    stub.rooms.get(ROOM)!.members.push(cid);
    const token = other.openIdToken(cid);
    const { self } = await enter(query(tokenFor(cid, { token, server: 'other.example' })), both);
    expect(childText(child(child(self, 'identity')!, 'user')!, 'id')).toBe(cid);
    // One server's word is good for its own users only.
    const lie = other.openIdToken(ANN);
    expect(await refusalOf(tokenFor(ANN, { token: lie, server: 'other.example' }), ROOM, both)).toBe(
      'not-allowed token-rejected',
    );
  });
});

test('neither tokens nor rooms have reached the log', () => {
  expect(log.text.length).toBeGreaterThan(100);
  expect(log.text).not.toMatch(/ey[\w-]{10,}/);
  expect(log.text).not.toContain('openid_');
  expect(log.text).not.toContain('token=');
  expect(log.text).not.toContain(ROOM);
  expect(log.text).not.toContain(ADMIN_TOKEN);
});
