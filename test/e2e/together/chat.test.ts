import { expect, test } from 'vitest';
import { accessibilityViolations } from '../../support/accessibility.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';
import { until } from '../../support/wait.ts';

const scene = Scene.use();

/** Messages as they stand in the log. */
function messages({ page }: Person): Promise<string[]> {
  return page.$$eval('.message', (all) => all.map((message) => message.textContent ?? ''));
}

async function hasMessages(person: Person, ...texts: readonly string[]): Promise<void> {
  await until(
    async () => {
      const shown = await messages(person);
      return shown.length === texts.length && texts.every((text, index) => shown[index]?.includes(text));
    },
    async () =>
      `messages “${texts.join('”, “')}” at ${person.name}, who has “${(await messages(person)).join('”, “')}”`,
  );
}

test('an answer quotes the message, and the quote leads to it', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room);
  await ann.seesPeople('Fay');
  await ann.say('Shall we begin?');
  await fay.press('Chat');
  await fay.choose('Actions for the message of Ann: Shall we begin?', 'Reply');
  await fay.sees('Reply to Ann');
  await fay.say('Yes, now');

  await ann.press('You Shall we begin?');
  expect(await ann.page.evaluate(() => document.activeElement?.textContent)).toContain('Shall we begin?');
  const late = await scene.join('Cleo', room);
  await late.press('Chat');
  await late.find('button', 'Ann Shall we begin?');
});

test('reactions are counted, named, and taken back', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room);
  await ann.seesPeople('Fay');
  await ann.say('The plan is ready');
  await fay.press('Chat');
  const actions = 'Actions for the message of Ann: The plan is ready';
  await fay.choose(actions, 'React with 👍', 'menuitemcheckbox');
  await fay.find('button', '👍 1: You');
  await fay.choose(actions, 'React with 👏', 'menuitemcheckbox');
  await ann.find('button', '👏 1: Fay');
  await ann.press('👍 1: Fay');
  await fay.find('button', '👍 2: You and Ann');

  const late = await scene.join('Cleo', room);
  await late.press('Chat');
  await late.find('button', '👏 1: Fay');
  await late.find('button', '👍 2: Fay and Ann');

  await fay.press('👏 1: You');
  await until(async () => !(await ann.visibleText()).includes('👏'), '👏 to be gone at Ann');
  await ann.find('button', '👍 2: You and Fay');
  expect(await ann.isPressed('👍 2: You and Fay')).toBe(true);
});

test('own messages are edited and deleted, for late comers too', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const fay = await scene.join('Fay', room);
  await ann.seesPeople('Fay');
  await fay.say('See you at noin');
  await fay.say('Wrong room');
  await ann.press('Chat');
  await hasMessages(ann, 'See you at noin', 'Wrong room');

  await fay.choose('Actions for the message of You: See you at noin', 'Edit');
  await fay.say('See you at noon');
  await hasMessages(ann, 'See you at noon', 'Wrong room');
  await ann.sees('Edited');
  await fay.choose('Actions for the message of You: Wrong room', 'Delete for everyone');
  await hasMessages(ann, 'See you at noon', 'This message was deleted.');
  await hasMessages(fay, 'See you at noon', 'This message was deleted.');

  const late = await scene.join('Cleo', room);
  await late.press('Chat');
  await hasMessages(late, 'See you at noon');
  await late.sees('Edited');
});

test('a moderator deletes what somebody wrote; others may not touch it', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesPeople('Ann');
  await ann.say('From Ann');
  await bob.press('Chat');
  await bob.press('Actions for the message of Ann: From Ann');
  using reply = await bob.find('menuitem', 'Reply');
  expect(reply).toBeTruthy();
  expect(await bob.page.$('aria/Delete for everyone[role="menuitem"]')).toBeNull();
  await bob.page.keyboard.press('Escape');
  await bob.say('From Bob');
  await ann.choose('Actions for the message of Bob: From Bob', 'Delete for everyone');
  await hasMessages(bob, 'From Ann', 'This message was deleted.');
});

test('in private one answers, reacts and deletes between two', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  const cleo = await scene.join('Cleo', room);
  await ann.seesPeople('Bob', 'Cleo');
  await ann.press('Chat');
  await cleo.press('Chat');
  await ann.choose('To: Everyone', 'Bob', 'menuitemradio');
  await ann.say('A secret');
  await bob.press('Chat');
  await bob.choose('Actions for the message of Ann: A secret', 'Reply');
  await bob.say('I keep it');
  await ann.find('button', 'You A secret');
  await ann.choose('Actions for the message of Bob: I keep it', 'React with ❤️', 'menuitemcheckbox');
  await bob.find('button', '❤️ 1: Ann');
  await ann.find('button', '❤️ 1: You');
  await ann.choose('Actions for the message of You: A secret', 'Delete for everyone');
  await hasMessages(bob, 'This message was deleted.', 'I keep it');
  await hasMessages(ann, 'This message was deleted.', 'I keep it');
  await hasMessages(cleo);
});

test('what was begun is there again after the chat was closed, for each addressee by itself', async () => {
  const fragment = ['config.startWithVideoMuted=true', 'config.startWithAudioMuted=true'];
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, { fragment });
  const bob = await scene.join('Bob', room, { fragment });
  await ann.seesPeople('Bob');
  const hasBegun = async (text: string): Promise<void> => {
    using field = await ann.find('textbox', 'Write a message');
    await until(
      () => field.evaluate((element, wanted) => (element as HTMLTextAreaElement).value === wanted, text),
      text,
    );
  };
  await ann.press('Chat');
  await ann.type('textbox', 'Write a message', 'For all');
  await ann.choose('To: Everyone', 'Bob', 'menuitemradio');
  await hasBegun('');
  await ann.type('textbox', 'Write a message', 'For Bob');
  await ann.press('Chat');
  await until(async () => (await ann.page.$('.panel-chat')) === null, 'the chat is closed');
  await ann.press('Chat');
  await hasBegun('For Bob');
  await ann.choose('To: Bob', 'Everyone', 'menuitemradio');
  await hasBegun('For all');
  await ann.page.keyboard.press('Enter');
  await hasBegun('');
  await bob.press('Chat');
  await hasMessages(bob, 'For all');
});

test('by keyboard alone, and without accessibility faults', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesPeople('Ann');
  const { keyboard } = ann.page;
  await bob.say('First');
  await bob.say('Second');
  await ann.page.keyboard.press('c');
  await ann.find('textbox', 'Write a message');
  await hasMessages(ann, 'First', 'Second');

  // Back from the field past the chooser of the addressee: one stop for all messages, at the last one.
  await keyboard.down('Shift');
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await keyboard.up('Shift');
  await keyboard.press('ArrowUp');
  await keyboard.press('Enter');
  await ann.find('menuitemcheckbox', 'React with 👍');
  await keyboard.press('ArrowRight');
  await keyboard.press('Enter');
  await bob.find('button', '❤️ 1: Ann');
  await keyboard.press('Enter');
  await ann.find('menuitem', 'Reply');
  await keyboard.press('r');
  await keyboard.press('Enter');
  await ann.sees('Reply to Bob');
  await keyboard.type('Third');
  await keyboard.press('Enter');
  await bob.find('button', 'You First');

  await keyboard.press('ArrowUp');
  await ann.sees('Edit your message');
  await keyboard.type('!');
  await keyboard.press('Enter');
  await hasMessages(bob, 'First', 'Second', 'Third!');
  await ann.find('button', 'Actions for the message of You: Third!');
  expect(await accessibilityViolations(ann.page)).toEqual([]);
  await takeScreenshot(ann.page, 'chat-answers-desktop');
});
