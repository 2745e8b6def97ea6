import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeConferenceRequest } from '#protocol/xmpp/conference-request.ts';
import { xml } from '#protocol/xmpp/element.ts';
import { runRoomsCommand } from '../../../cli/rooms.ts';
import { MeetingServer } from '../../support/focus/meeting-server.ts';
import { ROOM } from '../../support/focus/raw-meeting.ts';
import { NS, statuses, type XmppTestClient } from '../../support/xmpp-test-client.ts';

let server: MeetingServer;
beforeAll(async () => {
  server = await MeetingServer.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** `npm run rooms -- …` against this server. */
async function rooms(
  args: readonly string[],
  changes: Readonly<Record<string, string>> = {},
): Promise<{ code: number; output: string; errors: string }> {
  const [output, errors] = [new PassThrough(), new PassThrough()];
  const texts = Promise.all([text(output), text(errors)]);
  const environment = {
    PARLEY_ADMIN_PORT: String(server.adminPort),
    PARLEY_ADMIN_TOKEN: server.adminToken,
    ...changes,
  };
  const code = await runRoomsCommand(args, { environment, output, errors });
  output.end();
  errors.end();
  const [printed, complained] = await texts;
  return { code, output: printed, errors: complained };
}

async function come(name: string): Promise<XmppTestClient> {
  const client = await server.logIn(name);
  await client.ask('set', server.hosts.focus, encodeConferenceRequest({ room: ROOM, properties: {} }));
  await client.join(ROOM, xml('x', { xmlns: NS.muc }), xml('nick', { xmlns: 'http://jabber.org/protocol/nick' }, name));
  return client;
}

test('the commands show meetings and act on them', async () => {
  expect(await rooms(['list'])).toEqual({ code: 0, output: '0 shown of 0\n', errors: '' });
  const ann = await come('Ann');
  const bob = await come('Bob');
  const [, otherBob] = [await come('Eve\u202e\u0085[2J\nnobody'), await come('Bob')];
  expect(await rooms(['list'])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^standup {2}4 people since/) as string,
  });
  const shown = await rooms(['show', 'standup']);
  expect(shown.output).toContain(`  ${ann.nick}  Ann  moderator, guest\n  ${bob.nick}  Bob  guest\n`);
  // One line for each, and nothing that a terminal would obey.
  expect(shown.output.split('\n')).toHaveLength(6);
  expect(shown.output).not.toMatch(/[\u202e\u0085]/);
  expect(JSON.parse((await rooms(['show', 'standup', '--json'])).output)).toMatchObject({
    room: 'standup',
    occupants: [{ name: 'Ann' }, { name: 'Bob' }, {}, { name: 'Bob' }],
  });

  expect(await rooms(['mute', 'standup', 'Ann'])).toEqual({ code: 0, output: `muted: ${ann.nick}\n`, errors: '' });
  expect((await rooms(['mute', 'standup', '--media', 'video'])).output).toContain(bob.nick);
  const ambiguous = await rooms(['kick', 'standup', 'Bob']);
  expect(ambiguous).toMatchObject({ code: 1, output: '', errors: expect.stringContaining('Several people') as string });
  expect(ambiguous.errors).toContain(bob.nick);
  expect(await rooms(['kick', 'standup', otherBob.nick, '--ban', '--reason', 'enough'])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^banned: /) as string,
  });
  expect(statuses(await otherBob.receivePresence(ROOM, otherBob.nick, 'unavailable'))).toEqual(['301', '110']);
  expect((await rooms(['kick', 'standup', 'Bob'])).code).toBe(0);

  expect((await rooms(['metadata', 'standup', 'startMuted', '{"audio":true}'])).output).toBe(
    'startMuted = {"audio":true}\n',
  );
  expect((await rooms(['metadata', 'standup', 'startMuted', '{audio}'])).errors).toContain('must be JSON');
  expect((await rooms(['metadata', 'standup', 'startMuted', 'null'])).output).toBe('nothing is set\n');

  expect((await rooms(['end', 'standup'])).output).toMatch(/^ended: standup/);
  await ann.receivePresence(ROOM, ann.nick, 'unavailable');
});

test.each([[['dance']], [[]], [['show']], [['kick', 'standup']], [['list', 'standup']], [['list', '--unknown']]])(
  '%j is not understood',
  async (args) => {
    expect(await rooms(args)).toMatchObject({ code: 2, errors: expect.stringContaining('Usage') as string });
  },
);

test('what the server refuses is told with what to do', async () => {
  const nowhere = await rooms(['show', 'nowhere']);
  expect(nowhere).toMatchObject({ code: 1, output: '' });
  expect(nowhere.errors).toContain('There is no meeting “nowhere” now.\nList the rooms');
  const stranger = await rooms(['list'], { PARLEY_ADMIN_TOKEN: 'y'.repeat(32) });
  expect(stranger).toMatchObject({ code: 1, errors: expect.stringContaining('adminToken') as string });
  const stopped = await rooms(['list'], { PARLEY_ADMIN_PORT: '1' });
  expect(stopped).toMatchObject({ code: 1, errors: expect.stringContaining('No Parley answers') as string });
});
