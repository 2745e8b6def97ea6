import { afterEach, beforeEach, expect, test } from 'vitest';
import { readStanzaError } from '#protocol/xmpp/stanza.ts';
import {
  camera,
  microphone,
  phoneContents,
  type FakeClient,
  type FakeClientOptions,
} from '../test/support/focus/fake-client.ts';
import { FocusHarness, ROOM } from '../test/support/focus/focus-harness.ts';

/** Telephones at the gateway: whoever lives at `sip@auth.D` gets a session over plain RTP, and nobody else. */
const ANN = '1f0c9a7e';
const PHONE = 'cafe0001';
const GATEWAY = 'sip@auth.meet.example/call-1';
const RTP_ADDRESS = { address: '127.0.0.1', port: 30_000 };

let harness: FocusHarness;
let ann: FakeClient;

beforeEach(async () => {
  harness = await FocusHarness.start();
  ann = await harness.joinWithMedia(ANN);
});
afterEach(() => harness.stop());

function callIn(codecs: readonly string[] = ['PCMU'], options: FakeClientOptions = {}): Promise<FakeClient> {
  return harness.join(PHONE, {
    jid: GATEWAY,
    features: [],
    sources: [microphone(PHONE)],
    phone: { codecs, rtpAddress: RTP_ADDRESS },
    ...options,
  });
}

test('a telephone is offered sound over plain RTP: every audio codec, its extension for levels, a bridge channel', async () => {
  const phone = await callIn();
  await harness.until(() => phone.offer !== undefined, 'the offer');
  expect(phone.offer?.contents.map(({ name, transport }) => [name, transport])).toEqual([['audio', undefined]]);
  const { description, rawUdp } = phone.offer?.contents[0] ?? {};
  expect(rawUdp).toMatchObject({ address: '127.0.0.1' });
  expect(rawUdp?.webSocketUrls).toHaveLength(1);
  expect(description?.payloadTypes.map(({ name }) => name)).toEqual(['opus', 'G722', 'PCMU', 'PCMA']);
  expect(description?.headerExtensions.map(({ uri }) => uri)).toEqual(['urn:ietf:params:rtp-hdrext:ssrc-audio-level']);
  expect(phone.offer?.group).toBeUndefined();
});

test('the bridge learns where the gateway sends from and what; the others hear the telephone, which sees nobody', async () => {
  const phone = await callIn(['pcmu']);
  await harness.until(() => ann.received.includes(`${PHONE}-a0`), 'Ann to be told of the telephone');
  expect(harness.bridge().endpoint(PHONE)?.rtpAddress).toEqual(RTP_ADDRESS);
  expect(harness.bridge().endpoint(PHONE)?.sources.get(`${PHONE}-a0`)?.codec).toBe('PCMU');
  expect(phone.received).toEqual([`${ANN}-a0`]);
  expect(harness.bridge().flowingTo(PHONE)).toEqual([`${ANN}-a0`]);
});

test('another codec is another source of the same name', async () => {
  const phone = await callIn();
  await harness.until(() => ann.received.includes(`${PHONE}-a0`), 'Ann to be told of the telephone');
  await phone.removeSources(...phone.sources);
  const sid = phone.offer?.sid ?? expect.fail('no session');
  const contents = phoneContents([microphone(PHONE)], ['G722']);
  expect((await phone.send({ action: 'source-add', sid, contents })).attrs['type']).toBe('result');
  expect(harness.bridge().endpoint(PHONE)?.sources.get(`${PHONE}-a0`)?.codec).toBe('G722');
});

test.each([[[]], [['PCMU', 'PCMA']], [['GSM']]])('an answer that names the codecs %j is refused', async (codecs) => {
  const phone = await callIn(codecs);
  await harness.until(() => phone.acceptAnswers.length > 0, 'the answer');
  const answer = phone.acceptAnswers[0] ?? expect.fail('none');
  expect(readStanzaError(answer)?.condition).toBe('bad-request');
  expect(harness.bridge().endpoint(PHONE)?.isConnected).toBe(false);
});

test('a telephone that would send a picture, or answers with ICE, is refused', async () => {
  const phone = await callIn();
  await harness.until(() => ann.received.includes(`${PHONE}-a0`), 'Ann to be told of the telephone');
  expect(readStanzaError(await phone.addSources(camera(PHONE)))?.condition).toBe('bad-request');

  const other = await harness.join('cafe0002', { jid: 'sip@auth.meet.example/call-2', features: [] });
  await harness.until(() => other.acceptAnswers.length > 0, 'the answer');
  expect(readStanzaError(other.acceptAnswers[0] ?? expect.fail('none'))?.condition).toBe('bad-request');
});

test.each(['sip@meet.example/1', 'sip@guest.meet.example/1', 'sipx@auth.meet.example/1', 'ann@auth.meet.example/sip'])(
  '%s is nobody’s gateway: it is offered ICE and may not answer with plain RTP',
  async (jid) => {
    const somebody = await callIn(['PCMU'], { jid });
    await harness.until(() => somebody.acceptAnswers.length > 0, 'the answer');
    expect(somebody.offer?.contents.map(({ rawUdp }) => rawUdp)).toEqual([undefined, undefined]);
    expect(somebody.offer?.contents[0]?.transport?.fingerprint).toBeDefined();
    expect(readStanzaError(somebody.acceptAnswers[0] ?? expect.fail('none'))?.condition).toBe('bad-request');
    expect(harness.bridge().calls).not.toContain(`connect-plain ${PHONE}`);
  },
);

test('a telephone never becomes moderator, and its meeting goes on when it is alone in it', async () => {
  const phone = await callIn();
  await harness.until(() => ann.received.includes(`${PHONE}-a0`), 'Ann to be told of the telephone');
  ann.leave();
  await harness.settle();
  expect(harness.rooms.isOwner(ROOM, PHONE)).toBe(false);
  expect(harness.rooms.hasFocus(ROOM)).toBe(true);
  phone.leave();
  await harness.until(() => !harness.rooms.hasFocus(ROOM), 'the end of the meeting');
});
