import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { JitsiPage, type JitsiPerson } from '../../support/jitsi-page/jitsi-person.ts';
import { Scene } from '../../support/scene.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { until } from '../../support/wait.ts';

/** Jitsi's own client library, unmodified, at our doors: tokens and the lobby. */
const scene = Scene.use({
  server: {
    environment: { PARLEY_AUTH_POLICY: 'open', PARLEY_JWT_APP_ID: APP_ID, PARLEY_JWT_SECRET: SECRET },
  },
});
let jitsiPage: JitsiPage;
const people: JitsiPerson[] = [];

beforeAll(async () => {
  jitsiPage = await JitsiPage.serve();
});
afterEach(async () => {
  await Promise.all(people.splice(0).map((person) => person.close()));
});
afterAll(() => jitsiPage?.close());

async function join(name: string, room: string, token?: string): Promise<JitsiPerson> {
  const options = { server: scene.server.url, room, ...(token === undefined ? {} : { token }) };
  const person = await jitsiPage.join(scene.browser('chromium'), name, options);
  people.push(person);
  return person;
}

const freshRoom = (): string => new URL(scene.newRoom()).pathname.slice(1);

async function becomesModerator(person: JitsiPerson): Promise<void> {
  await until(() => person.conference((conference) => conference.isModerator()), `${person.name} moderates`);
}

/** Someone who waits in the lobby, as the host sees it. */
async function knock(name: string, room: string, host: JitsiPerson): Promise<{ guest: JitsiPerson; id: string }> {
  const guest = await join(name, room);
  expect(await guest.experiences('CONFERENCE_FAILED')).toContain('conference.connectionError.membersOnly');
  await guest.conference((conference, displayName) => conference.joinLobby(displayName), name);
  const seen = await host.experiences('LOBBY_USER_JOINED');
  expect(seen).toContain(name);
  return { guest, id: seen.split(' ')[1] ?? '' };
}

describe('a token', () => {
  test('makes its holder moderator, beside guests who are none', async () => {
    const room = freshRoom();
    const guest = await join('Jana', room);
    await guest.experiences('CONFERENCE_JOINED');
    const user = { id: '7', name: 'Host Hanna', moderator: true };
    const host = await join('Hanna', room, secretToken({ room, context: { user } }));
    await host.experiences('CONFERENCE_JOINED');
    await becomesModerator(host);
    await guest.seesVideoOf('Hanna');
  });

  test('for another room does not open this one, and the client is told so, not left waiting', async () => {
    const person = await join('Jana', freshRoom(), secretToken({ room: 'elsewhere' }));
    expect(await person.experiences('CONFERENCE_FAILED')).toContain('conference.connectionError.notAllowed');
  });

  test('that has run out is refused with its reason', async () => {
    const token = secretToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    const person = await join('Jana', freshRoom(), token);
    const failure = await person.experiences('error connection.passwordRequired');
    expect(failure).toMatch(/Not acceptable by exp \(\d+ sec since expired\)/);
  });
});

describe('the lobby', () => {
  async function startLobby(): Promise<{ room: string; host: JitsiPerson }> {
    const room = freshRoom();
    const host = await join('Hanna', room);
    await host.experiences('CONFERENCE_JOINED');
    await becomesModerator(host);
    await host.conference((conference) => conference.enableLobby());
    return { room, host };
  }

  test('shows the moderator who knocks; let in, they see each other', async () => {
    const { room, host } = await startLobby();
    const { guest, id } = await knock('Jana', room, host);
    await host.conference((conference, knocker) => conference.lobbyApproveAccess(knocker), id);
    await guest.experiences('CONFERENCE_JOINED');
    await host.experiences('LOBBY_USER_LEFT');
    await host.seesVideoOf('Jana');
    await guest.seesVideoOf('Hanna');
  });

  test('sends away whom the moderator does not want', async () => {
    const { room, host } = await startLobby();
    const { guest, id } = await knock('Jana', room, host);
    await host.conference((conference, knocker) => conference.lobbyDenyAccess(knocker), id);
    await guest.experiences('CONFERENCE_FAILED conference.connectionError.accessDenied');
    await host.experiences('LOBBY_USER_LEFT');
  });

  test('opened, lets everyone in who waits', async () => {
    const { room, host } = await startLobby();
    const { guest } = await knock('Jana', room, host);
    await host.conference((conference) => conference.disableLobby());
    await guest.experiences('CONFERENCE_JOINED');
    await guest.seesVideoOf('Hanna');
  });
});
