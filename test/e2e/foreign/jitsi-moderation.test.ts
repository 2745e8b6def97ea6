import { expect, test } from 'vitest';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import type { JitsiPerson } from '../../support/jitsi-page/jitsi-person.ts';
import { inspect } from '../../support/inspect.ts';
import { openAndTurn } from '../../support/people-may.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** Jitsi's own client library, unmodified, finds our components and gets from them what it expects. */
const scene = Scene.use({});
const foreigners = JitsiPeople.use(scene);

async function meeting(): Promise<readonly [JitsiPerson, JitsiPerson]> {
  const link = scene.newRoom();
  const enter = async (name: string): Promise<JitsiPerson> => {
    const person = await foreigners.join(name, link);
    await person.experiences('CONFERENCE_JOINED');
    return person;
  };
  const ann = await enter('Ann');
  await until(() => ann.conference((conference) => conference.isModerator()), 'Ann moderates');
  return [ann, await enter('Bob')];
}

test('microphones are reserved: Bob is told, nobody hears him any more, and he learns that he is approved', async () => {
  const [ann, bob] = await meeting();
  await ann.hears(1);
  expect(await ann.conference((conference) => conference.isAVModerationSupported())).toBe(true);
  await ann.conference((conference) => conference.enableAVModeration('audio'));
  expect(await bob.experiences('AV_MODERATION_CHANGED')).toContain('true audio');
  await ann.hears(0);
  await bob.hears(1);
  const id = await ann.knowsBy('Bob');
  await ann.conference((conference, guest) => conference.avModerationApprove('audio', guest), id);
  expect(await bob.experiences('AV_MODERATION_APPROVED')).toContain('audio');
});

test('a breakout room is made; both see it and who is where; Bob is told to go there', async () => {
  const [ann, bob] = await meeting();
  expect(await ann.conference((conference) => conference.getBreakoutRooms().isSupported())).toBe(true);
  await ann.conference((conference) => conference.getBreakoutRooms().createBreakoutRoom('Red'));
  const rooms = await bob.seesRooms('the room “Red”', (seen) => seen.some(({ name }) => name === 'Red'));
  const red = rooms.find(({ name }) => name === 'Red')?.jid ?? '';
  const id = await ann.knowsBy('Bob');
  const main = rooms.find(({ isMainRoom }) => isMainRoom === true);
  const address = Object.keys(main?.participants ?? {}).find((one) => one.endsWith(`/${id}`)) ?? '';
  await ann.conference((conference, argument) => {
    const [participant = '', room = ''] = argument.split(' ');
    conference.getBreakoutRooms().sendParticipantToRoom(participant, room);
  }, `${address} ${red}`);
  expect(await bob.experiences('BREAKOUT_ROOMS_MOVE_TO_ROOM')).toContain(red);
});

const fragment = ['config.startWithAudioMuted=true', 'config.startWithVideoMuted=true'];

test('our moderator sends somebody with Jitsi’s client to a breakout room, follows, and brings both back', async () => {
  const link = scene.newRoom();
  const ann = await scene.join('Ann', link);
  const jana = await foreigners.join('Jana', link);
  await ann.seesVideoOf('Jana');
  await ann.press('Participants');
  await ann.press('Add a breakout room');
  await ann.find('button', 'Join Room 1');
  await ann.choose('Actions for Jana', 'Send to Room 1');
  const [, room = ''] = (await jana.experiences('BREAKOUT_ROOMS_MOVE_TO_ROOM')).split(' ');
  await jana.moveTo(room);
  await ann.sees('Room 1 1 person');
  await ann.press('Join Room 1');
  await ann.seesVideoOf('Jana');
  await jana.seesVideoOf('Ann');

  await ann.press('Bring everybody back');
  const main = `${new URL(link).pathname.slice(1)}@muc.localhost`;
  await jana.experiences(`BREAKOUT_ROOMS_MOVE_TO_ROOM ${main}`);
  await jana.moveTo(main);
  await ann.seesVideoOf('Jana');
  await jana.seesVideoOf('Ann');
});

test('a chat that our moderator has closed refuses what Jitsi’s client writes to all, not what it asks a moderator', async () => {
  const link = scene.newRoom();
  const ann = await scene.join('Ann', link, { fragment });
  const jana = await foreigners.join('Jana', link);
  const id = await jana.knowsBy('Ann');
  await ann.seesPeople('Jana');
  await openAndTurn(ann, 'Write in the chat', false);
  await ann.page.keyboard.press('Escape');
  await ann.press('Chat');
  await jana.conference((conference) => conference.sendTextMessage('Hello all'));
  await jana.experiences('CONFERENCE_ERROR conference.chatError');
  await jana.conference((conference, to) => conference.sendMessage('May I ask?', to), id);
  await ann.sees('May I ask?');
  expect(await ann.visibleText()).not.toContain('Hello all');
});

test('who comes later starts as a moderator of either kind of client has set it, with either kind of client', async () => {
  const link = scene.newRoom();
  const ann = await scene.join('Ann', link);
  await openAndTurn(ann, 'Start muted', true);
  await inspect(ann, 'newcomers-settings');
  await ann.page.keyboard.press('Escape');
  const jana = await foreigners.join('Jana', link);
  await jana.experiences('STARTED_MUTED');
  await ann.seesTile('Jana, microphone off');
  const bob = await scene.join('Bob', link);
  await bob.sees('In this meeting people start muted.');
  await bob.press('Microphone');
  await ann.seesTile('Bob');
  await ann.seesTile('Jana, microphone off');
  await ann.hears(1);

  const theirs = scene.newRoom();
  const jane = await foreigners.join('Jane', theirs);
  await until(() => jane.conference((conference) => conference.isModerator()), 'Jane moderates');
  await jane.conference((conference) => conference.setStartMutedPolicy({ audio: true, video: true }));
  const eve = await scene.join('Eve', theirs);
  await eve.sees('In this meeting people start muted and with the camera off.');
});

test('reactions of either kind of client reach the other', async () => {
  const link = scene.newRoom();
  const jana = await foreigners.join('Jana', link);
  const ann = await scene.join('Ann', link, { fragment });
  await jana.experiences('DATA_CHANNEL_OPENED');
  await ann.seesVideoOf('Jana');
  await jana.conference((conference) =>
    conference.broadcastEndpointMessage({ name: 'endpoint-reaction', reactions: ['clap'], timestamp: Date.now() }),
  );
  await until(
    () => ann.page.$$eval('.floating-reaction', (all) => all.some((one) => one.textContent === '👏Jana')),
    'Jana’s applause at Ann',
  );
  await ann.choose('React', 'Love');
  const message = await jana.experiences('ENDPOINT_MESSAGE_RECEIVED Ann');
  expect(message).toContain('"name":"endpoint-reaction","reactions":["love"]');
});
