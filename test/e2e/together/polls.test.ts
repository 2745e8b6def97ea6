import { expect, test } from 'vitest';
import { accessibilityViolations } from '../../support/accessibility.ts';
import { Scene } from '../../support/scene.ts';
import { takeScreenshot } from '../../support/screenshots.ts';

const scene = Scene.use();

test('somebody asks, others vote, change their vote or skip, and a late comer sees it all', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room);
  const bob = await scene.join('Bob', room);
  await bob.seesPeople('Ann');
  await ann.choose('More', 'Polls');
  await ann.sees('Nobody has asked anything yet.');
  await ann.press('New poll');
  await ann.press('Ask everybody');
  await ann.sees('Write a question first.');
  await ann.type('textbox', 'Question', 'When do we meet?');
  await ann.type('textbox', 'Answer 1', 'Monday');
  await ann.press('Ask everybody');
  await ann.sees('Give at least two answers to choose from.');
  await ann.type('textbox', 'Answer 2', 'Tuesday');
  await ann.press('Add an answer');
  await ann.type('textbox', 'Answer 3', 'Never');
  await ann.press('Ask everybody');

  await bob.sees('Ann asks: When do we meet?');
  await bob.press('Answer');
  await bob.press('Vote');
  await bob.sees('Choose an answer first, or skip this poll.');
  for (const answer of ['Monday', 'Tuesday']) {
    using choice = await bob.find('checkbox', answer);
    await choice.click();
  }
  await bob.press('Vote');
  await bob.sees('Tuesday 1 vote (100 %) You');
  await ann.press('Skip');
  await ann.sees('Monday 1 vote (100 %) Bob');
  await ann.sees('1 person voted');
  await ann.press('Vote');
  {
    using choice = await ann.find('checkbox', 'Never');
    await choice.click();
  }
  await ann.press('Vote');
  await bob.sees('Never 1 vote (50 %) Ann');

  await bob.press('Change vote');
  {
    using choice = await bob.find('checkbox', 'Monday');
    await choice.click();
  }
  await bob.press('Vote');
  await ann.sees('Monday 0 votes (0 %)');
  await ann.sees('Tuesday 1 vote (50 %) Bob');

  const late = await scene.join('Cleo', room);
  await late.press('Chat');
  await late.press('Polls');
  await late.press('Skip');
  await late.sees('Tuesday 1 vote (50 %) Bob');
  await late.sees('Asked by Ann');
  expect(await accessibilityViolations(late.page)).toEqual([]);
  await takeScreenshot(late.page, 'polls-desktop');
});

test('a question that was begun is still there when the panel opens again', async () => {
  const ann = await scene.join('Ann', scene.newRoom());
  await ann.choose('More', 'Polls');
  await ann.press('New poll');
  await ann.type('textbox', 'Question', 'Tea or coffee?');
  expect(await accessibilityViolations(ann.page)).toEqual([]);
  await ann.press('Close');
  await ann.choose('More', 'Polls');
  using question = await ann.find('textbox', 'Question');
  expect(await question.evaluate((field) => (field as HTMLTextAreaElement).value)).toBe('Tea or coffee?');
});
