import fc from 'fast-check';
import { expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { jsonMessageElement } from '#protocol/xmpp/json-message.ts';
import { judgeJsonMessages } from './json-messages.ts';

const message = (json: string): XmlElement => xml('message', {}, jsonMessageElement(json));

test('what people’s clients tell each other passes', () => {
  expect(judgeJsonMessages(xml('message', {}, xml('body', {}, '{"type":"polls"}')))).toBeUndefined();
  expect(judgeJsonMessages(message('{"type":"follow-me","state":{"tiles":true}}'))).toBeUndefined();
});

test.each([
  ['no JSON', '{', 'bad-request'],
  ['no object', '[{"type":"x"}]', 'bad-request'],
  ['no type', '{"kind":"x"}', 'bad-request'],
  ['a type that is none', '{"type":{}}', 'bad-request'],
  ['a prototype', '{"type":"x","__proto__":{"isModerator":true}}', 'bad-request'],
  ['a prototype deep inside', '{"type":"x","a":[{"b":{"__proto__":1}}]}', 'bad-request'],
  ['a well', `{"type":"x","a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`, 'bad-request'],
  ['the server’s word', '{"type":"system_chat_message","message":"pay here"}', 'not-allowed'],
  ['a component’s word', '{"type":"av_moderation","approved":true}', 'not-allowed'],
])('%s is refused, also where it is hidden in another element', (_what, json, condition) => {
  expect(judgeJsonMessages(message(json))?.condition).toBe(condition);
  const hidden = xml('message', {}, xml('x', {}, xml('y', {}, jsonMessageElement(json))));
  expect(judgeJsonMessages(hidden)?.condition).toBe(condition);
});

test('no text makes the judge throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
      expect(['undefined', 'object']).toContain(typeof judgeJsonMessages(message(json)));
    }),
  );
});
