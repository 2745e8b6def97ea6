import { expect, test } from 'vitest';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { componentMessage } from '#protocol/xmpp/json-message.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import { SpeakerTimes } from './speaker-times.ts';

const HOST = 'speakerstats.meet.example';

function scene() {
  const sent: XmlElement[] = [];
  let nowMs = 0;
  const times = new SpeakerTimes({
    host: HOST,
    room: () => 'standup@muc.meet.example',
    ownId: () => '1f0c9a7e',
    send: (stanza) => sent.push(stanza),
    now: () => nowMs,
  });
  return {
    times,
    sent,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const here = new Map([
  ['1f0c9a7e', 'Ann'],
  ['b27de114', 'Bob'],
]);

test('turns add up, silence does not, and the longest comes first', () => {
  const { times, pass } = scene();
  times.speaks('1f0c9a7e', false);
  pass(1_000);
  times.speaks('b27de114', false);
  pass(5_000);
  times.speaks('b27de114', true);
  pass(9_000);
  expect(times.read(here)).toEqual([
    { id: 'b27de114', name: 'Bob', spokenMs: 5_000, isHere: true },
    { id: '1f0c9a7e', name: 'Ann', spokenMs: 1_000, isHere: true },
  ]);
});

test('only our own turns are told, each change once', () => {
  const { times, sent } = scene();
  times.speaks('b27de114', false);
  times.speaks('1f0c9a7e', false);
  times.speaks('1f0c9a7e', false);
  times.speaks('1f0c9a7e', true);
  expect(sent.map(serializeXml)).toEqual([
    `<message to="${HOST}"><speakerstats xmlns="http://jitsi.org/jitmeet" room="standup@muc.meet.example" silence="false"/></message>`,
    `<message to="${HOST}"><speakerstats xmlns="http://jitsi.org/jitmeet" room="standup@muc.meet.example" silence="true"/></message>`,
  ]);
});

test('what was said before we came counts, also of those who have left', () => {
  const { times, pass } = scene();
  const users = {
    b27de114: { displayName: 'Bob', totalDominantSpeakerTime: 2_000 },
    c0ffee00: { displayName: 'Cleo', totalDominantSpeakerTime: 7_000 },
    bad: { displayName: 'Bad', totalDominantSpeakerTime: 'long' },
  };
  expect(times.receive(componentMessage(HOST, { type: 'speakerstats', users }))).toBe(true);
  times.speaks('b27de114', false);
  pass(500);
  expect(times.read(here)).toEqual([
    { id: 'c0ffee00', name: 'Cleo', spokenMs: 7_000, isHere: false },
    { id: 'b27de114', name: 'Bob', spokenMs: 2_500, isHere: true },
    { id: '1f0c9a7e', name: 'Ann', spokenMs: 0, isHere: true },
  ]);
});

test('the same words of anybody but the component are nothing', () => {
  const { times } = scene();
  const users = { b27de114: { displayName: 'Bob', totalDominantSpeakerTime: 2_000 } };
  expect(times.receive(componentMessage('x@muc.meet.example/y', { type: 'speakerstats', users }))).toBe(false);
});
