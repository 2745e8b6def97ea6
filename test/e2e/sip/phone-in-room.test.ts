import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { rolePassword } from '#runtime/role-password.ts';
import type { RoomConnection } from '../../../sip/room/room-connection.ts';
import { hearTone } from '../../support/heard-tone.ts';
import { JitsiPeople } from '../../support/jitsi-page/jitsi-people.ts';
import { receivedAudioEnergies } from '../../support/media-statistics.ts';
import type { Person } from '../../support/person.ts';
import { TonePhone } from '../../support/rtp/tone-phone.ts';
import { Scene } from '../../support/scene.ts';
import { Caller } from '../../support/sip/caller.ts';
import { until } from '../../support/wait.ts';

/** A telephone's place in a room with its media scripted, beside real browsers: the way of sound without SIP. */
const scene = Scene.use({ browsers: ['chromium', 'firefox'] });
const foreigners = JitsiPeople.use(scene);

const NUMBER = '+49 30 ***12';
const TONE = { frequencyHz: 440, amplitude: 0.25 };
const TONE_DB = 20 * Math.log10(TONE.amplitude / Math.SQRT2);

const open: { readonly caller: Caller; readonly phone: TonePhone }[] = [];
afterEach(async () => {
  await Promise.all(
    open.splice(0).map(async ({ caller, phone }) => {
      await caller.session.leave();
      phone.close();
    }),
  );
});

function gateway(): RoomConnection {
  const { internalKey } = z
    .object({ internalKey: z.string() })
    .parse(JSON.parse(readFileSync(join(scene.server.dataDir, 'secrets.json'), 'utf8')));
  return {
    url: `ws://localhost:${scene.server.httpPort}/xmpp-websocket`,
    domain: 'localhost',
    password: rolePassword(internalKey, 'sip'),
    logger: pino({ level: 'silent' }),
  };
}

/** Somebody calls, and sends a tone from when the bridge takes it. */
async function callIn(link: string): Promise<{ readonly caller: Caller; readonly phone: TonePhone }> {
  const phone = await TonePhone.open();
  const ssrc = 4_000_000_000 + open.length;
  const room = `${new URL(link).pathname.slice(1)}@muc.localhost`;
  const caller = await Caller.join(gateway(), {
    room,
    displayName: NUMBER,
    media: phone.address,
    uplink: { codec: 'PCMU', ssrc },
  });
  open.push({ caller, phone });
  const { remote, payloadType, audioLevelExtensionId } = await caller.hasMedia();
  await phone.send({ ...remote, payloadType, audioLevelExtensionId, ssrc }, TONE);
  return { caller, phone };
}

/** The tone reaches a page of one other participant as loud as it was sent (§9 of the gateway's specification). */
async function hearsTone(person: Person): Promise<void> {
  const listen = async () => {
    const [ssrc = 0] = [...(await receivedAudioEnergies(person.page)).keys()];
    return hearTone(person.page, ssrc, TONE.frequencyHz);
  };
  await until(
    async () => {
      const { toneDb, snrDb } = await listen();
      return Math.abs(toneDb - TONE_DB) < 1 && snrDb >= 30;
    },
    async () =>
      `${TONE.frequencyHz} Hz at ${TONE_DB.toFixed(1)} dB at ${person.name}: ${JSON.stringify(await listen())}`,
    { timeoutMs: 30_000, intervalMs: 300 },
  );
}

/** Sound that is no silence arrives from somebody. */
async function isHeardAt({ caller, phone }: { readonly caller: Caller; readonly phone: TonePhone }): Promise<void> {
  await until(
    () =>
      [...caller.sources.keys()].some((ssrc) =>
        phone.packetsOf(ssrc).some((packet) => (phone.levelOf(packet) ?? 127) < 60),
      ),
    () => `loud packets of ${JSON.stringify([...caller.sources])}; ${phone.received.length} packets came`,
    { timeoutMs: 20_000 },
  );
}

test('a caller and a person with our page in Chromium hear each other, and the person sees who calls', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const call = await callIn(room);
  await ann.seesPeople(NUMBER);
  await hearsTone(ann);
  await isHeardAt(call);
  await call.caller.session.leave();
  await ann.seesPeople();
  expect(ann.pageErrors).toEqual([]);
});

test('Firefox hears a caller and is heard by it', async () => {
  const room = scene.newRoom();
  const fay = await scene.join('Fay', room, { browser: 'firefox' });
  const call = await callIn(room);
  await fay.hears(1);
  await isHeardAt(call);
});

test.each(['chromium', 'firefox'] as const)('Jitsi’s own client in %s hears a caller and is heard', async (browser) => {
  const room = scene.newRoom();
  const jana = await foreigners.join('Jana', room, { browser });
  const call = await callIn(room);
  await jana.hears(1);
  await isHeardAt(call);
});

test('two callers and two people are heard by everybody, and one of the callers receives for both', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const first = await callIn(room);
  const second = await callIn(room);
  second.caller.session.setReceiving(false);
  first.caller.session.setReceiving(true, [second.caller.session.sourceName]);
  await ann.hears(3);
  await bob.hears(3);
  await until(() => first.caller.sources.size === 2, 'the sources of both people');
  await isHeardAt(first);
  expect([...first.caller.sources.values()].map(({ name }) => name)).not.toContain(second.caller.session.sourceName);
});

test('when a worker of the bridge dies the caller is heard again, with another', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const { caller, phone } = await callIn(room);
  await hearsTone(ann);
  const before = caller.media;
  for (const pid of scene.server.workerPids()) process.kill(pid, 'SIGKILL');
  await until(() => caller.media !== undefined && caller.media !== before, 'another media session', {
    timeoutMs: 20_000,
  });
  const { remote, payloadType, audioLevelExtensionId } = await caller.hasMedia();
  await phone.send({ ...remote, payloadType, audioLevelExtensionId, ssrc: 4_000_000_000 }, TONE);
  await ann.hears(1);
  await isHeardAt({ caller, phone });
});

test('after a restart of the server the caller is in the room again, once', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const { caller, phone } = await callIn(room);
  await hearsTone(ann);
  await scene.server.restart();
  await caller.experiences('reconnecting');
  await caller.experiences('reconnected');
  const { remote, payloadType, audioLevelExtensionId } = await until(() => caller.media, 'media after the restart', {
    timeoutMs: 30_000,
  });
  await phone.send({ ...remote, payloadType, audioLevelExtensionId, ssrc: 4_000_000_000 }, TONE);
  await ann.seesPeople(NUMBER);
  await ann.hears(1);
});
