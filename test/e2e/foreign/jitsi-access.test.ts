import { describe, expect, test } from 'vitest';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import type { JitsiPerson } from '../../support/jitsi-page/jitsi-person.ts';
import { Scene } from '../../support/scene.ts';
import { APP_ID, SECRET, secretToken } from '../../support/tokens/token-issuer.ts';
import { until } from '../../support/wait.ts';

/** Jitsi's own client library, unmodified, at our doors: tokens and the lobby. */
const scene = Scene.use({
  server: {
    environment: { PARLEY_AUTH_POLICY: 'open', PARLEY_JWT_APP_ID: APP_ID, PARLEY_JWT_SECRET: SECRET },
  },
});
const foreigners = JitsiPeople.use(scene);

async function becomesModerator(person: JitsiPerson): Promise<void> {
  await until(() => person.conference((conference) => conference.isModerator()), `${person.name} moderates`);
}

/** Someone who waits in the lobby, as the host sees it. */
async function knock(name: string, room: string, host: JitsiPerson): Promise<{ guest: JitsiPerson; id: string }> {
  const guest = await foreigners.join(name, room);
  expect(await guest.experiences('CONFERENCE_FAILED')).toContain('conference.connectionError.membersOnly');
  await guest.conference((conference, displayName) => conference.joinLobby(displayName), name);
  const seen = await host.experiences('LOBBY_USER_JOINED');
  expect(seen).toContain(name);
  return { guest, id: seen.split(' ')[1] ?? '' };
}

describe('a token', () => {
  test('makes its holder moderator, beside guests who are none', async () => {
    const link = scene.newRoom();
    const room = new URL(link).pathname.slice(1);
    const guest = await foreigners.join('Jana', link);
    await guest.experiences('CONFERENCE_JOINED');
    const user = { id: '7', name: 'Host Hanna', moderator: true };
    const host = await foreigners.join('Hanna', link, { token: secretToken({ room, context: { user } }) });
    await host.experiences('CONFERENCE_JOINED');
    await becomesModerator(host);
    await guest.seesVideoOf('Hanna');
  });

  test('for another room does not open this one, and the client is told so, not left waiting', async () => {
    const person = await foreigners.join('Jana', scene.newRoom(), { token: secretToken({ room: 'elsewhere' }) });
    expect(await person.experiences('CONFERENCE_FAILED')).toContain('conference.connectionError.notAllowed');
  });

  test('that has run out is refused with its reason', async () => {
    const token = secretToken({ exp: Math.floor(Date.now() / 1000) - 60 });
    const person = await foreigners.join('Jana', scene.newRoom(), { token });
    const failure = await person.experiences('error connection.passwordRequired');
    expect(failure).toMatch(/Not acceptable by exp \(\d+ sec since expired\)/);
  });
});

describe('the lobby', () => {
  async function startLobby(): Promise<{ room: string; host: JitsiPerson }> {
    const room = scene.newRoom();
    const host = await foreigners.join('Hanna', room);
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
