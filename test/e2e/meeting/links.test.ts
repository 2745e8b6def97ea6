import { describe, expect, test } from 'vitest';
import { Scene } from '../../support/scene.ts';

const scene = Scene.use({ browsers: ['chromium', 'firefox'] });

test('the start page leads through the pre-join page into the meeting', async () => {
  const ann = await scene.open('Ann', scene.server.url);
  await ann.type('textbox', 'Have a link or a room name?', 'Team tea');
  await ann.press('Go');
  await ann.type('textbox', 'Your name', 'Ann Lee');
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
  expect(new URL(ann.page.url()).pathname).toMatch(/^\/team-?tea$/iu);

  const bob = await scene.join('Bob', ann.page.url().split('#')[0] ?? '');
  await bob.seesPeople('Ann Lee');
  await bob.seesVideoOf('Ann Lee');
});

test('a generated room can be entered at once', async () => {
  const ann = await scene.open('Ann', scene.server.url);
  await ann.press('Start a meeting');
  await ann.press('Join meeting');
  await ann.sees('Type your name');
  await ann.type('textbox', 'Your name', 'Ann');
  await ann.press('Join meeting');
  await ann.find('button', 'Leave');
  expect(new URL(ann.page.url()).pathname).toMatch(/^\/\p{L}[\p{L}\d-]{7,}$/u);
});

describe('the same link leads into the same room, however it is written', () => {
  test.each([
    ['Greek', '/Ελλάδα', '/%CE%95%CE%BB%CE%BB%CE%AC%CE%B4%CE%B1'],
    ['upper and lower case', '/Standup', '/sTANDUP'],
    ['emoji', '/🧀🍷', '/%F0%9F%A7%80%F0%9F%8D%B7'],
    ['an apostrophe', "/ann's", '/ann%27s'],
  ])('%s', async (_, one, other) => {
    const ann = await scene.join('Ann', scene.server.url + one);
    const fay = await scene.join('Fay', scene.server.url + other, { browser: 'firefox' });
    await ann.seesPeople('Fay');
    await fay.seesVideoOf('Ann');
  });
});

test.each(['chromium', 'firefox'] as const)(
  'in %s, a part that the network does not bring is told of, and comes with the next try',
  async (browser) => {
    const ann = await scene.open('Ann', scene.server.url, { browser });
    await ann.find('button', 'Start a meeting');
    let isBroken = true;
    await ann.page.setRequestInterception(true);
    ann.page.on('request', (request) => void (isBroken ? request.abort() : request.continue()));
    await ann.press('Test my devices');
    await ann.sees('We cannot reach');
    isBroken = false;
    await ann.press('Try again');
    await ann.find('dialog', 'Settings');
    await ann.page.keyboard.press('Escape');
    await ann.find('button', 'Test my devices');
  },
);

test.each([
  '/assets',
  '/config.js',
  '/xmpp-websocket',
  '/health',
  '/metrics',
  '/.well-known',
  '/%',
  '/a%00b',
  '/..%2f..%2fetc',
])('no room can be had at %s, and the server lives on', async (path) => {
  const response = await fetch(scene.server.url + path, { headers: { accept: 'text/html' } });
  const body = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(body).not.toContain('root:');
  expect((await fetch(`${scene.server.url}/health`)).status).toBe(200);
});

test('a fragment full of nonsense does no harm', async () => {
  const nonsense = ['config.__proto__.x=1', 'config.prejoinConfig.enabled={', '%E0%A4%A', 'userInfo=[]'];
  const ann = await scene.open('Ann', scene.newRoom(), { fragment: nonsense });
  await ann.find('button', 'Join meeting');
  expect(ann.pageErrors).toEqual([]);
});
