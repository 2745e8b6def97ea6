import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { RawPeer } from '../../test/support/sip/raw-peer.ts';
import { TestAgent } from '../../test/support/sip/test-agent.ts';
import { until } from '../../test/support/wait.ts';
import { sipConfig } from '../config.ts';
import { PromptSet } from '../ivr/prompt-set.ts';
import { MediaThread } from '../media/media-thread.ts';
import { bindUdp } from '../media/leg/port-pair.ts';
import { encodeRtp } from '../media/rtp/packet.ts';
import { encodeTelephoneEvent } from '../media/rtp/telephone-event.ts';
import { headerValue } from '../message/headers.ts';
import { tagOf } from '../message/name-address.ts';
import type { IncomingInvite } from '../ua/incoming-invite.ts';
import { DialInCall } from './dial-in-call.ts';
import { RoomTable } from './room-table.ts';

// A call from its INVITE to the question for the PIN, over real sockets and with the real sound; nobody signals a meeting.

const TELEPHONE_EVENT = 101;
const LANGUAGE = 'en';
const SILENCE_MS = 1_500;

let stack: AsyncDisposableStack;
let phone: RawPeer;
let prompts: PromptSet;
/** PINs that were looked up. */
let pins: string[];
let ends: string[];

beforeEach(async () => {
  stack = new AsyncDisposableStack();
  pins = [];
  ends = [];
  prompts = await PromptSet.load([LANGUAGE]);
  const media = await MediaThread.open({
    address: '127.0.0.1',
    roomAddress: '127.0.0.1',
    ports: { first: 0, last: 0 },
    silenceWarnMs: SILENCE_MS / 2,
    silenceEndMs: SILENCE_MS,
  });
  stack.defer(() => media.stop());
  const logger = pino({ level: 'silent' });
  const config = sipConfig.parse({ trunks: [{ name: 'loopback' }], rtpPorts: '0-0' });
  const [trunk] = config.trunks;
  if (trunk === undefined) throw new Error('there is a trunk');
  const onInvite = (invite: IncomingInvite): void => {
    void DialInCall.take(
      {
        config,
        logger,
        now: () => performance.now(),
        media: () => Promise.resolve(media),
        rooms: new RoomTable(() => Promise.resolve(media)),
        connection: { url: 'ws://localhost:9', domain: 'localhost', password: '', logger },
        prompts,
        resolvePin: (pin) => {
          pins.push(pin);
          return Promise.resolve(undefined);
        },
        addressTowards: () => Promise.resolve('127.0.0.1'),
      },
      {
        invite,
        trunk: trunk.name,
        sound: trunk,
        target: { room: undefined, password: undefined, language: LANGUAGE },
        displayName: 'Phone',
        onEnd: (_, end) => ends.push(end),
      },
    );
  };
  const agent = stack.use(await TestAgent.open({ onInvite }));
  phone = stack.use(await RawPeer.open(agent.port));
});
afterEach(() => stack.disposeAsync());

function say(method: string, number: number, toTag?: string, type?: string, body = ''): void {
  const address = `127.0.0.1:${phone.port}`;
  phone.send(
    [
      `${method} sip:5551000@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP ${address};branch=z9hG4bK${method}${number}`,
      `From: <sip:caller@${address}>;tag=caller`,
      `To: <sip:5551000@127.0.0.1>${toTag === undefined ? '' : `;tag=${toTag}`}`,
      'Call-ID: call',
      `CSeq: ${number} ${method}`,
      `Contact: <sip:caller@${address}>`,
      'Max-Forwards: 70',
      ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    ],
    body,
  );
}

/** @returns the gateway's tag, and where it takes sound */
async function call(soundPort: number): Promise<{ toTag: string; port: number }> {
  const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    'c=IN IP4 127.0.0.1',
    't=0 0',
    `m=audio ${soundPort} RTP/AVP 0 ${TELEPHONE_EVENT}`,
    `a=rtpmap:${TELEPHONE_EVENT} telephone-event/8000`,
    '',
  ];
  say('INVITE', 1, undefined, 'application/sdp', offer.join('\r\n'));
  const answer = await phone.response('INVITE', 200);
  const toTag = tagOf(answer.to) ?? '';
  say('ACK', 1, toTag);
  return { toTag, port: Number(/m=audio (\d+)/u.exec(Buffer.from(answer.body).toString())?.[1]) };
}

test('keys that are told of in the sound and by INFO count once', async () => {
  const sound = await bindUdp('127.0.0.1', 0);
  stack.defer(() => void sound.close());
  const { toTag, port } = await call(sound.address().port);
  const pin = '1122334455';
  for (const [index, key] of `${pin}#`.split('').entries()) {
    const event = encodeTelephoneEvent({ event: key === '#' ? 11 : Number(key), isEnd: true, duration: 800 });
    sound.send(
      encodeRtp({
        payloadType: TELEPHONE_EVENT,
        isMarked: true,
        sequenceNumber: index,
        timestamp: 1_600 * (index + 1),
        ssrc: 7,
        extension: undefined,
        payload: event,
      }),
      port,
      '127.0.0.1',
    );
    say('INFO', index + 2, toTag, 'application/dtmf-relay', `Signal=${key}\r\nDuration=100\r\n`);
    await phone.response('INFO', 200, index + 2);
  }
  expect(await until(() => pins[0], 'a PIN to be looked up')).toBe(pin);
});

test('a phone from which no sound comes for too long is hung up, and told why', async () => {
  await call(9);
  const bye = await phone.request('BYE');
  expect(headerValue(bye, 'reason')).toContain('cause=408');
  phone.respond(bye, 200);
  expect(ends).toEqual(['local']);
});
