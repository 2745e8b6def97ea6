import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childText, xml } from '#protocol/xmpp/element.ts';
import { readMatrixId } from '#protocol/xmpp/matrix-identity.ts';
import { nodeOfRoom } from '../../../signalling/identity/matrix/room-binding.ts';
import { elementToken } from '../../support/matrix/element-token.ts';
import { Synapse, synapseCommand, type MatrixUser } from '../../support/matrix/synapse.ts';
import { SignallingHarness } from '../../support/signalling-harness.ts';
import { itemOf, NS, type XmppTestClient } from '../../support/xmpp-test-client.ts';

// What the stub homeserver of matrix.test.ts answers, a real one is asked here.
const command = synapseCommand();
const reason =
  command === undefined ? ' (skipped: none is installed; PARLEY_TEST_SYNAPSE may say how to start one)' : '';
if (command === undefined) console.warn(`with a real Synapse${reason}`);

describe.skipIf(command === undefined)(`with a real Synapse${reason}`, () => {
  let synapse: Synapse;
  let server: SignallingHarness;
  let ann: MatrixUser;
  let bob: MatrixUser;
  let eve: MatrixUser;

  beforeAll(async () => {
    synapse = await Synapse.start(command ?? []);
    const admin = await synapse.register('admin', true);
    [ann, bob, eve] = [await synapse.register('ann'), await synapse.register('bob'), await synapse.register('eve')];
    const { serverName, baseUrl } = synapse;
    const homeservers = [{ serverName, baseUrl, adminToken: admin.accessToken }];
    server = await SignallingHarness.start({ matrix: { enabled: true, homeservers, recheckSeconds: 1 } });
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
    await synapse?.[Symbol.asyncDispose]();
  });

  /** A room of Ann's with Bob in it. */
  async function newRoom(version: string): Promise<string> {
    const body = { preset: 'private_chat', room_version: version, invite: [bob.userId] };
    const roomId = String((await synapse.ask('POST', '/_matrix/client/v3/createRoom', { as: ann, body }))['room_id']);
    await synapse.ask('POST', `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`, { as: bob, body: {} });
    return roomId;
  }

  async function openIdToken(user: MatrixUser): Promise<string> {
    const path = `/_matrix/client/v3/user/${encodeURIComponent(user.userId)}/openid/request_token`;
    return String((await synapse.ask('POST', path, { as: user, body: {} }))['access_token']);
  }

  /** @returns the refusal, or undefined once it is logged in. */
  async function logIn(client: XmppTestClient): Promise<string | undefined> {
    await client.open(server.domain);
    client.send(xml('auth', { xmlns: NS.sasl, mechanism: 'ANONYMOUS' }));
    const answer = await client.receive('an answer', ({ attrs }) => attrs['xmlns'] === NS.sasl, 10_000);
    if (answer.name === 'failure') return childText(answer, 'text');
    await client.open(server.domain);
    await client.bind();
    return undefined;
  }

  function connect(token: string, roomId: string): Promise<XmppTestClient> {
    const matrix = { token, room_id: roomId, server_name: synapse.serverName };
    const jwt = encodeURIComponent(elementToken({ matrix }));
    return server.connect('somebody', `room=${nodeOfRoom(roomId)}&token=${jwt}`);
  }

  async function enter(user: MatrixUser, roomId: string) {
    const client = await connect(await openIdToken(user), roomId);
    expect(await logIn(client)).toBeUndefined();
    const room = server.room(nodeOfRoom(roomId));
    await server.requestConference(client, room);
    return { client, room, self: await client.join(room) };
  }

  test.each(['11', '12'])('people of a room of version %s come in as who they are', async (version) => {
    const roomId = await newRoom(version);
    const creator = await enter(ann, roomId);
    expect(readMatrixId(creator.self)).toBe(ann.userId);
    expect(itemOf(creator.self)['role']).toBe('moderator');
    const member = await enter(bob, roomId);
    expect(readMatrixId(member.self)).toBe(bob.userId);
    expect(itemOf(member.self)['role']).toBe('participant');
  });

  test('others do not', async () => {
    const [roomId, other] = [await newRoom('11'), await newRoom('11')];
    expect(await logIn(await connect(await openIdToken(eve), roomId))).toBe('not-in-room');
    expect(await logIn(await connect('made-up', roomId))).toBe('token-rejected');
    const used = await openIdToken(bob);
    expect(await logIn(await connect(used, roomId))).toBeUndefined();
    expect(await logIn(await connect(used, other))).toBe('token-rejected');
  });

  test('who gains power in the room moderates, and who is removed from it must go', async () => {
    const roomId = await newRoom('11');
    const { client, room } = await enter(bob, roomId);
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
    const levels = { users: { [ann.userId]: 100, [bob.userId]: 50 } };
    await synapse.ask('PUT', `${path}/state/m.room.power_levels/`, { as: ann, body: levels });
    await client.receive(
      'the moderator’s role',
      (stanza) => stanza.attrs['from'] === `${room}/${client.nick}` && itemOf(stanza)['role'] === 'moderator',
      15_000,
    );
    await synapse.ask('POST', `${path}/kick`, { as: ann, body: { user_id: bob.userId } });
    await client.receive('its departure', ({ attrs }) => attrs['type'] === 'unavailable', 15_000);
    expect(await client.receiveStreamError()).toBe('not-authorized');
  });
});
