import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { childText, xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { encodeDial, hangupElement, readCallReference } from '#protocol/xmpp/rayo.ts';
import { ParleyServer } from '../../support/server.ts';
import { ACCOUNT, Exchange } from '../../support/sip/exchange.ts';
import { gatewayServer, pinOf } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { RawPeer } from '../../support/sip/raw-peer.ts';
import { serverMetric } from '../../support/sip/server-metric.ts';
import { freePort, Telephone } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';
import { errorOf, itemOf, XmppTestClient } from '../../support/xmpp-test-client.ts';

/** A provider's exchange between the telephone and the gateway, which registers there, as most trunks are. */
const NUMBER = '+302101234567';
const LEAVES_WITHIN_MS = 10_000;
const isPossible = Telephone.isInstalled && Exchange.isInstalled;
const reason = skipReason('baresip', 'baresip-core') + skipReason('kamailio', 'kamailio');

describe.skipIf(!isPossible)(`behind a real exchange${reason}`, () => {
  let exchange: Exchange;
  let full: RawPeer;
  let server: ParleyServer;
  let phonePort: number;
  let ann: XmppTestClient;
  let room: string;
  let rooms = 0;
  const phones: Telephone[] = [];

  beforeAll(async () => {
    phonePort = await freePort();
    exchange = await Exchange.start(await freePort(), phonePort);
    const trunk = { name: 'exchange', server: `127.0.0.1:${exchange.port}`, register: true, ...ACCOUNT };
    // Is there, fits best, and has no line free.
    full = await RawPeer.open(0);
    full.answerAll(503);
    const fullTrunk = { name: 'full', server: `127.0.0.1:${full.port}`, dialNumbers: ['+30210*'] };
    server = await ParleyServer.start({
      logName: 'sip-exchange',
      ...gatewayServer({ trunks: [trunk, fullTrunk], dialOut: { allow: ['+30*'] } }),
    });
    await until(async () => (await serverMetric(server, 'parley_sip_registered_trunks')) === 1, 'the registration');
  });
  afterEach(async () => {
    await Promise.all(phones.splice(0).map((phone) => phone.stop()));
    await ann?.close();
  });
  afterAll(async () => {
    await server?.stop();
    await exchange?.stop();
    full?.close();
  });

  /** The first who enters moderates. */
  async function meet(): Promise<void> {
    room = `exchange-${++rooms}@muc.localhost`;
    ann = await XmppTestClient.logIn('Ann', `ws://localhost:${server.httpPort}/xmpp-websocket`, 'localhost');
    await ann.ask('set', 'focus.localhost', xml('conference', { xmlns: 'http://jitsi.org/protocol/focus', room }));
    const self = await ann.join(room);
    if (itemOf(self)['role'] === 'moderator') return;
    await ann.receive('her promotion', (stanza) => itemOf(stanza)['role'] === 'moderator');
  }

  async function telephone(account: string): Promise<Telephone> {
    const phone = await Telephone.start({ server: `127.0.0.1:${exchange.port}`, port: phonePort, account });
    phones.push(phone);
    return phone;
  }

  function dial(to: string): Promise<XmlElement> {
    const headers = new Map([['JvbRoomName', room]]);
    return ann.ask('set', `${room}/focus`, encodeDial({ to, from: 'fromnumber', headers }));
  }

  /** Has somebody called. @returns where the call is in the room */
  async function call(to: string): Promise<string> {
    return readCallReference(await dial(to)) ?? expect.fail('the call was refused');
  }

  /** Waits until the room reads this of a call. */
  async function shows(reference: string, status: string): Promise<void> {
    await ann.receive(`${status} of the call`, ({ name, attrs, children }) => {
      const isCall = name === 'presence' && attrs['from'] === reference && attrs['type'] === undefined;
      return isCall && childText({ name, attrs, children }, 'status') === status;
    });
  }

  /** Waits until the call is out of the room, which lets people read for some seconds what became of it. */
  async function leaves(reference: string): Promise<void> {
    const isLeaving = ({ attrs }: XmlElement): boolean =>
      attrs['from'] === reference && attrs['type'] === 'unavailable';
    await ann.receive('its leaving', isLeaving, LEAVES_WITHIN_MS);
  }

  test('the gateway registers with digest, is called through it, and the caller is in the room by PIN', async () => {
    await meet();
    const pin = await pinOf(server, room.split('@')[0] ?? '');
    const phone = await telephone('');
    await phone.dial('2101234567');
    await until(() => phone.heard.peak > 0.05, 'the question for the PIN', { intervalMs: 50 });
    phone.press(pin);
    const presence = await ann.receive('the caller', (stanza) => childText(stanza, 'nick') === 'caller');
    phone.hangUp();
    await leaves(presence.attrs['from'] ?? '');
  });

  test('a telephone that is called rings, answers, is in the room, and is hung up from there', async () => {
    const phone = await telephone(';answermode=manual');
    await meet();
    const reference = await call(NUMBER);
    await shows(reference, 'Initializing Call');
    await shows(reference, 'Ringing');
    await phone.told('CALL_INCOMING');
    phone.command('accept');
    await shows(reference, 'Connected');
    expect(full.requests('INVITE')).toHaveLength(1);
    expect((await ann.ask('set', reference, hangupElement)).attrs['type']).toBe('result');
    await phone.told('CALL_CLOSED');
    await leaves(reference);
  });

  test('a telephone that declines is shown as rejected or busy, then leaves', async () => {
    const phone = await telephone(';answermode=manual');
    await meet();
    const reference = await call(NUMBER);
    await shows(reference, 'Ringing');
    phone.hangUp();
    await shows(reference, 'Busy');
    await leaves(reference);
  });

  test('a telephone that hangs up is shown as having done so', async () => {
    const phone = await telephone(';answermode=auto');
    await meet();
    const reference = await call(NUMBER);
    await shows(reference, 'Connected');
    phone.hangUp();
    await shows(reference, 'Disconnected');
  });

  test('a number that no pattern allows is refused before anything is dialled', async () => {
    await meet();
    expect(errorOf(await dial('+4930123456'))).toBe('cancel/not-allowed');
    expect(errorOf(await dial('112'))).toBe('cancel/not-allowed');
  });
});
