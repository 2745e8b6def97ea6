import { test } from 'vitest';
import { findByName } from '../../support/accessible-name.ts';
import { inspect } from '../../support/inspect.ts';
import { turn } from '../../support/people-may.ts';
import type { Person } from '../../support/person.ts';
import { Scene } from '../../support/scene.ts';
import { until } from '../../support/wait.ts';

/** A chat in which moderators write, and others ask them or only read (wire note §7.7). */
const scene = Scene.use();
const fragment = ['config.startWithVideoMuted=true', 'config.startWithAudioMuted=true'];

async function hasNo({ page, name: who }: Person, role: string, name: string): Promise<void> {
  await until(async () => {
    using found = await findByName(page, role, name);
    return found === null;
  }, `no ${role} “${name}” at ${who}`);
}

test('a moderator leaves questions, then nothing, then everything; people see why they cannot write', async () => {
  const room = scene.newRoom();
  const ann = await scene.join('Ann', room, { fragment });
  const bob = await scene.join('Bob', room, {
    fragment,
    viewport: { width: 390, height: 844, isMobile: true, hasTouch: true },
  });
  const eleni = await scene.open('Eleni', room, {
    fragment: [...fragment, 'config.prejoinConfig.enabled=false', 'config.defaultLanguage="el"'],
    viewport: { width: 320, height: 640, isMobile: true, hasTouch: true },
  });
  await eleni.page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }]);
  await ann.seesPeople('Bob', 'Eleni');
  await bob.say('Hello all');

  await ann.choose('More', 'Security');
  // Notices go by themselves: whoever shall see one must be looking when it comes.
  await Promise.all([
    eleni.sees('Από εδώ και πέρα σε όλους γράφουν μόνο οι συντονιστές.', { timeoutMs: 60_000 }),
    turn(ann, 'Write in the chat', false),
  ]);
  await eleni.press('Συνομιλία');
  await inspect(ann, 'chat-rights-settings');
  await ann.page.keyboard.press('Escape');

  await bob.sees('Only moderators write to everyone. You can ask one of them in private.');
  await hasNo(bob, 'button', 'Actions for the message of You: Hello all');
  await bob.find('button', 'To: Ann');
  await inspect(bob, 'chat-rights-questions-phone');
  await eleni.sees('Σε όλους γράφουν μόνο οι συντονιστές. Μπορείτε να ρωτήσετε');
  await inspect(eleni, 'chat-rights-questions-phone-greek');
  await bob.say('May I ask?');
  await ann.press('Chat');
  await ann.sees('May I ask?');
  await ann.say('Only we write now');
  await eleni.sees('Only we write now');
  await ann.choose('Actions for the message of Bob: May I ask?', 'Reply');
  await ann.say('Of course');
  await bob.sees('Of course');
  await inspect(bob, 'chat-rights-asked-phone');
  await bob.press('To: Ann');
  await bob.find('menuitemradio', 'Ann');
  await hasNo(bob, 'menuitemradio', 'Everyone');
  await hasNo(bob, 'menuitemradio', 'Eleni');
  await bob.page.keyboard.press('Escape');

  await ann.choose('More', 'Security');
  await turn(ann, 'Ask moderators in private', false);
  await ann.page.keyboard.press('Escape');
  await bob.sees('The moderators have closed the chat. You can read it.');
  await hasNo(bob, 'textbox', 'Write a message');
  await hasNo(eleni, 'textbox', 'Γράψτε ένα μήνυμα');
  await inspect(bob, 'chat-rights-off-phone');
  await inspect(eleni, 'chat-rights-off-phone-greek');
  const late = await scene.join('Late', room, { fragment });
  await late.press('Chat');
  await late.sees('The moderators have closed the chat. You can read it.');
  await late.page.evaluate(() => {
    document.documentElement.dataset['theme'] = 'light';
  });
  await inspect(late, 'chat-rights-off-light');

  await ann.choose('More', 'Security');
  await turn(ann, 'Write in the chat', true);
  await ann.page.keyboard.press('Escape');
  await bob.find('textbox', 'Write a message');
  await late.say('Hello again');
  await bob.sees('Hello again');
  await bob.find('button', 'Actions for the message of You: Hello all');
});
