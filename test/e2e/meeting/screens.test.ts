import { describe, expect, test } from 'vitest';
import { inspect } from '../../support/inspect.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { viewports } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use();

describe.each(viewports)('at $name size, without accessibility faults', ({ name, ...viewport }) => {
  const size = { viewport: { ...viewport, hasTouch: viewport.isMobile } };

  test('start page and pre-join page', async () => {
    const ann = await scene.open('Ann', scene.server.url, size);
    await ann.find('button', 'Start a meeting');
    await inspect(ann, `start-${name}`);

    const bob = await scene.open('Bob', scene.newRoom(), size);
    await bob.find('button', 'Join meeting');
    await inspect(bob, `prejoin-${name}`);
  });

  test('the meeting, its panels and dialogs, and the end', async () => {
    const room = scene.newRoom();
    const ann = await scene.join('Ann Lee', room, size);
    await inspect(ann, `alone-${name}`);
    const bob = await scene.join('Bob Ray', room);
    await ann.seesVideoOf('Bob Ray');
    await inspect(ann, `two-${name}`);
    const cleo = await scene.join('Cleo Papadopoulou', room, { fragment: ['config.startWithVideoMuted=true'] });
    await cleo.press('Raise hand');
    await ann.seesTile('Cleo Papadopoulou, camera off, hand raised, number 1');
    await ann.seesVideoOf('Bob Ray');
    await inspect(ann, `three-${name}`);

    await openTool(ann, 'Chat');
    await ann.find('textbox', 'Write a message');
    await bob.say('Does everybody have the link to the plan?');
    await ann.sees('Does everybody have the link');
    await inspect(ann, `chat-${name}`);
    await ann.press('Close');

    await openTool(ann, 'Participants');
    await ann.find('heading', 'In the meeting (3)');
    await inspect(ann, `participants-${name}`);
    await ann.press('Close');

    await ann.choose('More', 'Settings');
    await ann.find('dialog', 'Settings');
    await inspect(ann, `settings-${name}`);
    await ann.page.keyboard.press('Escape');

    await ann.choose('More', 'Security');
    await ann.find('textbox', 'Password of this meeting');
    await inspect(ann, `security-${name}`);
    await ann.page.keyboard.press('Escape');

    await bob.press('Share screen');
    await ann.seesVideoOf('Bob Ray’s screen');
    await inspect(ann, `screen-share-${name}`);

    await ann.leave();
    await ann.sees('You left the meeting');
    await inspect(ann, `left-${name}`);
  });
});

/** Where the bar has no room for a tool, it is in More. */
async function openTool(person: Person, tool: 'Chat' | 'Participants'): Promise<void> {
  using button = await person.page.$(`aria/${tool}[role="button"]`);
  if (button) await person.press(tool);
  else await person.choose('More', tool === 'Participants' ? 'Participants (3)' : tool);
}

test('in the light look, in Greek, in a window of 320 px, without accessibility faults', async () => {
  const room = scene.newRoom();
  const viewport = { width: 320, height: 568, isMobile: true, hasTouch: true };
  const bob = await scene.join('Bob Ray', room);
  const ann = await scene.open('Ann Lee', room, { viewport });
  await ann.page.evaluate(() => {
    localStorage.setItem('parley.settings', JSON.stringify({ look: 'light', language: 'el', displayName: 'Άννα' }));
  });
  await ann.page.reload();
  await ann.press('Συμμετοχή στη σύσκεψη');
  await ann.seesVideoOf('Bob Ray');
  await inspect(ann, 'two-light-greek-320');
  const isWide = () => document.documentElement.scrollWidth > window.innerWidth;
  expect(await ann.page.evaluate(isWide)).toBe(false);
  const edges = await ann.page.$$eval('[role="toolbar"] button', (buttons) =>
    buttons.map((button) => Math.round(button.getBoundingClientRect().right)),
  );
  expect(Math.max(...edges)).toBeLessThanOrEqual(320);

  await ann.press('Συνομιλία');
  await ann.find('textbox', 'Γράψτε ένα μήνυμα');
  await bob.say('Καλησπέρα');
  await ann.sees('Καλησπέρα');
  await inspect(ann, 'chat-light-greek-320');
});

test('one joins, calls and leaves with the keyboard alone', async () => {
  const room = scene.newRoom();
  const bob = await scene.join('Bob', room);
  const ann = await scene.open('Ann', room);
  const { keyboard } = ann.page;
  await ann.find('button', 'Join meeting');

  await moveFocus(ann, 'Tab', 'Join meeting');
  await keyboard.press('Enter');
  await bob.seesPeople('Ann');
  await ann.find('button', 'Leave');

  await keyboard.press('m');
  await bob.seesTile('Ann, microphone off');
  await moveFocus(ann, 'Tab', 'Microphone');
  await keyboard.press('Space');
  await bob.seesTile('Ann');
  await keyboard.press('r');
  await bob.seesTile('Ann, hand raised, number 1');

  await keyboard.press('c');
  await expectFocus(ann, 'Write a message');
  await keyboard.type('mrcv Hello');
  await keyboard.press('Enter');
  await bob.press('Chat');
  await bob.sees('mrcv Hello');
  await bob.seesTile('Ann, hand raised, number 1');
  await keyboard.press('Escape');
  await expectFocus(ann, 'Microphone');

  await keyboard.press('p');
  await expectFocus(ann, 'Participants');
  await keyboard.press('Escape');
  await expectFocus(ann, 'Microphone');

  await moveFocus(ann, 'ArrowLeft', 'Leave');
  await keyboard.press('Enter');
  await bob.seesPeople();
  await expectFocus(ann, 'You left the meeting');
});

function focusedName({ page }: Person): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return (element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim();
  });
}

async function expectFocus(person: Person, name: string): Promise<void> {
  const isThere = async () => (await focusedName(person)) === name;
  await until(isThere, async () => `focus on “${name}”; it is on “${await focusedName(person)}”`);
}

async function moveFocus(person: Person, key: 'Tab' | 'ArrowLeft', name: string): Promise<void> {
  const passed: string[] = [];
  while (passed.length < 40) {
    await person.page.keyboard.press(key);
    const focused = await focusedName(person);
    if (focused === name) return;
    passed.push(focused);
  }
  throw new Error(`${key} never leads to “${name}”, only to: ${passed.join(' | ')}`);
}
