import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { inspect } from '../../support/inspect.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';
import { ACCOUNT, Exchange } from '../../support/sip/exchange.ts';
import { gatewayServer, NUMBER, pinOf } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { freePort, Telephone } from '../../support/sip/telephone.ts';
import { until } from '../../support/wait.ts';

/** Telephones as people on the page meet them: in invitations, in the dialog that calls one, among the participants. */
const phonePort = await freePort();
const exchangePort = await freePort();
const trunk = { name: 'exchange', server: `127.0.0.1:${exchangePort}`, ...ACCOUNT };
const scene = Scene.use({ server: gatewayServer({ trunks: [trunk], dialOut: { allow: ['+30*'] } }) });

/** The one tile of a telephone. */
async function phoneTile(person: Person, states: RegExp): Promise<string> {
  return until(
    async () => (await person.tileNames()).find((tile) => tile.includes(', by phone') && states.test(tile)),
    async () => `a telephone with ${states} at ${person.name}, who has: ${(await person.tileNames()).join(' | ')}`,
    { timeoutMs: 15_000 },
  );
}

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  const size = { viewport: { ...viewport, hasTouch: viewport.isMobile } };

  test('invitations say number and PIN, and a number to call is asked for', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann', room, size);
    const pin = await pinOf(scene.server, room.split('/').at(-1) ?? '');
    const shown = `${pin.slice(0, 3)} ${pin.slice(3, 6)} ${pin.slice(6)}`;
    await ann.sees(shown);
    await inspect(ann, `alone-by-phone-${name}`);

    await ann.page.keyboard.press('i');
    await ann.find('dialog', 'Invite people');
    await ann.sees(NUMBER.number);
    await ann.sees(shown);
    await inspect(ann, `invite-by-phone-${name}`);

    await ann.click('button', 'Call a phone');
    await ann.find('dialog', 'Call a phone');
    await ann.type('textbox', 'Phone number', 'Jonas');
    await ann.click('button', 'Call');
    await ann.sees('That is not a phone number.');
    await inspect(ann, `call-a-phone-${name}`);
  });
});

test('a number that this server does not call is refused in the dialog', async () => {
  const ann = await scene.join('Ann', scene.newRoom());
  await ann.choose('More', 'Call a phone');
  await ann.type('textbox', 'Phone number', '+49 30 123456');
  await ann.click('button', 'Call');
  await ann.sees('This server does not call that number.');
});

test('a moderator is shown the host PIN when asked for it, others are not offered it', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  await ann.page.keyboard.press('i');
  await ann.press('Show the host PIN');
  await ann.sees('For moderators only');
  const [, hostPin] = /Host PIN\s+(\d{3} \d{3} \d{4})/.exec(await ann.visibleText()) ?? [];
  expect(hostPin).toBeDefined();
  await inspect(ann, 'invite-host-pin');
  const bob = await scene.join('Bob', room);
  await bob.page.keyboard.press('i');
  await bob.sees(NUMBER.number);
  expect(await bob.visibleText()).not.toContain('host PIN');
});

test('without a microphone one is offered the telephone', async () => {
  const room = scene.newRoom();
  const ann = await scene.open('Ann', room);
  await ann.page.evaluateOnNewDocument(() => {
    const { mediaDevices } = navigator;
    const open = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = (wanted) =>
      wanted?.audio ? Promise.reject(new DOMException('none', 'NotFoundError')) : open(wanted);
  });
  await ann.page.reload();
  await ann.sees('We found no microphone.');
  await ann.press('Join by phone');
  await ann.find('dialog', 'Join by phone');
  await ann.sees(NUMBER.number);
  await inspect(ann, 'prejoin-by-phone');
});

test('a browser that is too old is left the telephone and the link', async () => {
  const room = scene.newRoom();
  const ann = await scene.open('Ann', room);
  await ann.page.evaluateOnNewDocument(() => Reflect.deleteProperty(globalThis, 'ResizeObserver'));
  await ann.page.reload();
  using link = await ann.find('link', 'Join by phone');
  const address = await link.evaluate((element) => (element as HTMLAnchorElement).href);
  expect(await (await fetch(address)).text()).toContain(NUMBER.number);
  await ann.find('textbox', 'Link of this meeting');
  await inspect(ann, 'too-old');
});

test('the page of all numbers opens from the invitation, for the same meeting', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  await ann.page.keyboard.press('i');
  using link = await ann.find('link', 'All numbers and keys');
  const address = await link.evaluate((element) => (element as HTMLAnchorElement).href);
  const page = await (await fetch(address)).text();
  const pin = await pinOf(scene.server, room.split('/').at(-1) ?? '');
  expect(page).toContain(`,,${pin}%23`);
});

test('who does not moderate is offered no telephone to call', async () => {
  const room = scene.newRoom();
  await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.press('More');
  await bob.sees('Settings');
  expect(await bob.visibleText()).not.toContain('Call a phone');
});

const isPossible = Telephone.isInstalled && Exchange.isInstalled;
const reason = skipReason('baresip', 'baresip-core') + skipReason('kamailio', 'kamailio');

describe.skipIf(!isPossible)(`a real telephone${reason}`, () => {
  let exchange: Exchange;
  let phone: Telephone | undefined;
  beforeAll(async () => {
    exchange = await Exchange.start(exchangePort, phonePort);
  });
  afterEach(async () => {
    await phone?.stop();
    phone = undefined;
  });
  afterAll(() => exchange.stop());

  test('called from the page it rings, answers, is muted by a moderator, and is hung up', async () => {
    phone = await Telephone.start({
      server: `127.0.0.1:${exchange.port}`,
      port: phonePort,
      account: ';answermode=manual',
    });
    const ann = await scene.join('Ann', scene.newRoom());
    await ann.choose('More', 'Call a phone');
    await ann.type('textbox', 'Phone number', '+30 210 123 4567');
    await ann.click('button', 'Call');
    await ann.sees('Calling +30 210 123 4567.');
    await phoneTile(ann, /, ringing/);
    await phone.told('CALL_INCOMING');
    phone.command('accept');
    const answered = await phoneTile(ann, /^[^,]+, by phone$/);
    const name = answered.split(',')[0] ?? '';
    // Not the whole number: others need not know it.
    expect(name).toContain('*');
    await ann.press('Participants');
    await ann.find('heading', 'By phone (1)');
    await inspect(ann, 'participants-by-phone');
    phone.press('*5');
    await phoneTile(ann, /, hand raised/);
    await ann.choose(`Actions for ${name}`, 'Lower hand');
    await phoneTile(ann, /^[^,]+, by phone$/);
    await ann.choose(`Actions for ${name}`, 'Mute');
    await phoneTile(ann, /, microphone off$/);
    await ann.choose(`Actions for ${name}`, 'End the call');
    await ann.click('button', 'Remove');
    await phone.told('CALL_CLOSED');
    await ann.seesPeople();
  });

  test('that declines is shown so', async () => {
    phone = await Telephone.start({
      server: `127.0.0.1:${exchange.port}`,
      port: phonePort,
      account: ';answermode=manual',
    });
    const ann = await scene.join('Ann', scene.newRoom());
    await ann.choose('More', 'Call a phone');
    await ann.type('textbox', 'Phone number', '+30 210 123 4567');
    await ann.click('button', 'Call');
    await phoneTile(ann, /, ringing/);
    phone.hangUp();
    await phoneTile(ann, /, (?:busy|call declined)/);
  });
});
