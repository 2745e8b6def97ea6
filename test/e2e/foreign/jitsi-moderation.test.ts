import { expect, test } from 'vitest';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import type { JitsiPerson } from '../../support/jitsi-page/jitsi-person.ts';
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
