import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeMuteRequest, readMuteRequest } from '#protocol/xmpp/mute.ts';
import { hostPinRequest, readHostPin } from '#protocol/xmpp/telephone-host.ts';
import { roomConfig } from '../../support/muc-forms.ts';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer, NUMBER, pinOf } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { serverMetric } from '../../support/sip/server-metric.ts';
import { Telephone } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';
import { itemOf, NS, XmppTestClient } from '../../support/xmpp-test-client.ts';

/** What happens to a real telephone in a meeting, and what those there see of it. */
const reason = skipReason('baresip', 'baresip-core');
/** A room that a number of its own leads to. */
const DIRECT = { number: '+30 210 765 4321', dialled: '302107654321', room: 'standup' };

describe.skipIf(!Telephone.isInstalled)(`a telephone in a meeting${reason}`, () => {
  let server: ParleyServer;
  let ann: XmppTestClient;
  let phone: Telephone;
  let room: string;
  let rooms = 0;

  beforeAll(async () => {
    server = await ParleyServer.start({
      logName: 'sip-in-the-meeting',
      ...gatewayServer({
        numbers: [
          { number: NUMBER.number, country: 'GR' },
          { number: DIRECT.number, country: 'GR', room: DIRECT.room },
        ],
      }),
    });
  });
  afterAll(() => server?.stop());
  beforeEach(async () => {
    rooms++;
    room = `meeting-${rooms}@muc.localhost`;
    ann = await moderator(room);
    phone = await newPhone();
  });
  afterEach(async () => {
    await phone?.stop();
    await ann?.close();
  });

  async function moderator(room: string): Promise<XmppTestClient> {
    const client = await XmppTestClient.logIn('Ann', `ws://localhost:${server.httpPort}/xmpp-websocket`, 'localhost');
    await client.ask('set', 'focus.localhost', xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room }));
    const self = await client.join(room);
    if (itemOf(self)['role'] !== 'moderator') {
      await client.receive('the promotion', (stanza) => itemOf(stanza)['role'] === 'moderator');
    }
    return client;
  }

  async function gatewayAddress(): Promise<string> {
    return `127.0.0.1:${(await gatewayPorts(server)).port}`;
  }

  /** Asks the admin API of the running server. */
  async function administer(path: string, method: 'GET' | 'POST' = 'GET'): Promise<unknown> {
    const line = server.lastOutput.split('\n').findLast((each) => each.includes('admin API is listening'));
    const { port } = JSON.parse(line ?? '{}') as { port: number };
    const secrets = JSON.parse(readFileSync(join(server.dataDir, 'secrets.json'), 'utf8')) as { adminToken: string };
    const headers = { authorization: `Bearer ${secrets.adminToken}` };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers });
    expect(answer.status).toBe(200);
    return answer.json();
  }

  async function newPhone(): Promise<Telephone> {
    return Telephone.start({ server: await gatewayAddress(), user: 'caller' });
  }

  const asked = (): Promise<unknown> =>
    until(() => phone.heard.peak > 0.05, 'what the telephone is told', { intervalMs: 50 });

  /** Calls and enters the meeting's number. */
  async function dialIn(): Promise<void> {
    await phone.dial(NUMBER.dialled);
    await asked();
    phone.press(await pinOf(server, room.split('@')[0] ?? ''));
  }

  /** @returns the address of the telephone in the meeting or its lobby */
  async function arrives(): Promise<string> {
    const presence = await ann.receive('the telephone', (stanza) => childText(stanza, 'nick') === 'caller', 10_000);
    return presence.attrs['from'] ?? '';
  }

  function sees(address: string, what: string, matches: (presence: XmlElement) => boolean): Promise<XmlElement> {
    return ann.receive(
      what,
      (stanza) => stanza.name === 'presence' && stanza.attrs['from'] === address && matches(stanza),
      10_000,
    );
  }

  const isGone = ({ attrs }: XmlElement): boolean => attrs['type'] === 'unavailable';
  const kickOut = (address: string): XmlElement =>
    xml('query', { xmlns: NS.mucAdmin }, xml('item', { nick: address.split('/')[1] ?? '', role: 'none' }));

  test('*6 mutes it and unmutes it, and says so', async () => {
    await dialIn();
    const address = await arrives();
    phone.press('*6');
    await sees(address, 'muted', (presence) => childText(presence, 'audiomuted') === 'true');
    phone.press('*6');
    await sees(address, 'not muted', (presence) => childText(presence, 'audiomuted') === 'false');
  });

  test('with the host PIN it moderates: *9 mutes the others, *8 locks the meeting', async () => {
    await pinOf(server, room.split('@')[0] ?? '');
    const hostPin = readHostPin(await ann.ask('get', `${room}/focus`, hostPinRequest()));
    await phone.dial(NUMBER.dialled);
    await asked();
    phone.press(hostPin ?? expect.fail('no host PIN'));
    const address = await arrives();
    phone.press('*9');
    const mute = await ann.receive('to be muted', (stanza) => readMuteRequest(stanza)?.actor !== undefined, 10_000);
    expect(readMuteRequest(mute)).toMatchObject({ kind: 'audio', isMuted: true, actor: address });
    phone.press('*8');
    await ann.receive('that there is a lobby', (stanza) => JSON.stringify(stanza).includes('LOBBY-ENABLED'), 10_000);
  });

  test('*5 raises its hand', async () => {
    await dialIn();
    const address = await arrives();
    phone.press('*5');
    await sees(address, 'the hand', (presence) => (childText(presence, 'jitsi_participant_raisedHand') ?? '') !== '');
  });

  test('on hold it is shown so, and no more once it is back', async () => {
    await dialIn();
    const address = await arrives();
    phone.command('hold');
    await sees(address, 'on hold', (presence) => childText(presence, 'jitsi_participant_on_hold') === 'true');
    phone.command('resume');
    await sees(address, 'back', (presence) => childText(presence, 'jitsi_participant_on_hold') !== 'true');
  });

  test('muted by a moderator it is shown so', async () => {
    await dialIn();
    const address = await arrives();
    await ann.ask('set', `${room}/focus`, encodeMuteRequest({ kind: 'audio', isMuted: true, target: address }));
    await sees(address, 'muted', (presence) => childText(presence, 'audiomuted') === 'true');
  });

  test('thrown out of the meeting its call ends', async () => {
    await dialIn();
    await ann.ask('set', room, kickOut(await arrives()));
    await phone.told('CALL_CLOSED');
  });

  test('when the meeting is ended for all it is told, and its call ends', async () => {
    await dialIn();
    await arrives();
    await until(() => phone.heard.peak < 0.001, 'the silence of a meeting in which nobody speaks');
    await ann.ask('set', room, xml('query', { xmlns: NS.mucOwner }, xml('destroy')));
    await asked();
    await phone.told('CALL_CLOSED');
  });

  test('a password is asked for, and keys give it', async () => {
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_roomsecret': '2468' }));
    await dialIn();
    await until(() => phone.heard.seconds > 4 && phone.heard.peak < 0.001, 'the end of the question', {
      intervalMs: 100,
    });
    phone.press('2468#');
    await arrives();
  });

  test('it waits in the lobby, and hung up there is gone from it', async () => {
    const lobby = room.replace('@muc.', '@lobby.');
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    await ann.join(lobby);
    await dialIn();
    const address = await arrives();
    expect(address.startsWith(`${lobby}/`)).toBe(true);
    phone.hangUp();
    await sees(address, 'its leaving', isGone);
  });

  test('let in from the lobby it is in the meeting', async () => {
    const lobby = room.replace('@muc.', '@lobby.');
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'true' }));
    await ann.join(lobby);
    await dialIn();
    const address = await arrives();
    expect(address.startsWith(`${lobby}/`)).toBe(true);
    await ann.ask('set', room, roomConfig({ 'muc#roomconfig_membersonly': 'false' }));
    expect((await arrives()).startsWith(`${room}/`)).toBe(true);
  });

  test('hung up it is gone from the meeting', async () => {
    await dialIn();
    const address = await arrives();
    phone.hangUp();
    await sees(address, 'its leaving', isGone);
  });

  test('three wrong numbers end the call', async () => {
    await phone.dial(NUMBER.dialled);
    for (let tries = 0; tries < 3; tries++) {
      await asked();
      phone.press('1234567890');
      await until(() => phone.heard.peak < 0.001 || phone.events.includes('CALL_CLOSED'), 'a silence', {
        intervalMs: 20,
      });
    }
    await phone.told('CALL_CLOSED');
  });

  test('an administrator sees its call, and hangs it up', async () => {
    await dialIn();
    const address = await arrives();
    const { calls } = (await administer('/sip/calls')) as { calls: { id: string }[] };
    expect(calls).toEqual([
      {
        id: expect.any(String) as string,
        callId: expect.any(String) as string,
        direction: 'in',
        trunk: 'loopback',
        name: 'caller',
        room,
        seconds: expect.any(Number) as number,
      },
    ]);
    await administer(`/sip/calls/${calls[0]?.id ?? ''}/hangup`, 'POST');
    await phone.told('CALL_CLOSED');
    await sees(address, 'its leaving', isGone);
    expect(await administer('/sip/calls')).toEqual({ calls: [] });
    expect(await administer('/sip/trunks')).toEqual({ trunks: [{ name: 'loopback' }] });
    const { records } = (await administer('/sip/records?limit=1')) as { records: object[] };
    expect(records).toMatchObject([
      { id: calls[0]?.id, caller: 'caller', called: NUMBER.dialled, room, outcome: 'local' },
    ]);
  });

  test('when the server is stopped its call ends', async () => {
    await dialIn();
    await arrives();
    await Promise.all([phone.told('CALL_CLOSED'), server.restart()]);
  });

  test('a number of its own rings until it is in its room, without a PIN', async () => {
    const standup = await moderator(`${DIRECT.room}@muc.localhost`);
    await phone.dial(DIRECT.dialled);
    expect(phone.events.indexOf('CALL_RINGING')).toBeLessThan(phone.events.indexOf('CALL_ESTABLISHED'));
    await standup.receive('the telephone', (stanza) => childText(stanza, 'nick') === 'caller', 10_000);
    await standup.close();
  });

  test('a number of its own asks for the password of its room', async () => {
    const standup = await moderator(`${DIRECT.room}@muc.localhost`);
    const standupRoom = `${DIRECT.room}@muc.localhost`;
    await standup.ask('set', standupRoom, roomConfig({ 'muc#roomconfig_roomsecret': '2468' }));
    await phone.dial(DIRECT.dialled);
    await asked();
    phone.press('2468#');
    await standup.receive('the telephone', (stanza) => childText(stanza, 'nick') === 'caller', 10_000);
    await standup.close();
  });

  test('hung up while it rings it is in no room', async () => {
    const standup = await moderator(`${DIRECT.room}@muc.localhost`);
    phone.command('dial', `sip:${DIRECT.dialled}@${await gatewayAddress()}`);
    await phone.told('CALL_RINGING');
    phone.hangUp();
    await phone.told('CALL_CLOSED');
    await until(async () => (await serverMetric(server, 'parley_sip_rooms')) === 0, 'no room that a telephone is in');
    await standup.close();
  });
});
