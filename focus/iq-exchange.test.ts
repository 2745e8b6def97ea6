import { expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, iqResult, stanzaError } from '#protocol/xmpp/stanza.ts';
import { ManualClock } from '../test/support/focus/manual-clock.ts';
import { IqExchange, type IqOutcome } from './iq-exchange.ts';

function exchange(): { iqs: IqExchange; sent: XmlElement[]; clock: ManualClock } {
  const sent: XmlElement[] = [];
  const clock = new ManualClock();
  return { iqs: new IqExchange('focus@a/focus', (stanza) => sent.push(stanza), clock), sent, clock };
}

const question = xml('query', { xmlns: 'x' });

test('a question gets the answer of the one who was asked', async () => {
  const { iqs, sent } = exchange();
  const outcome = iqs.request('get', 'room@m/ann', question);
  const iq = sent[0] ?? expect.fail('nothing was sent');
  expect(iq.attrs).toMatchObject({ type: 'get', from: 'focus@a/focus', to: 'room@m/ann' });
  iqs.handle(iqResult(iq));
  expect((await outcome).kind).toBe('result');
  expect(iqs.pendingCount).toBe(0);
});

test('an answer from another address is ignored', async () => {
  const { iqs, sent, clock } = exchange();
  const outcome = iqs.request('get', 'room@m/ann', question);
  const forged = iqResult({
    ...(sent[0] ?? expect.fail('nothing was sent')),
    attrs: { ...sent[0]?.attrs, to: 'room@m/eve' },
  });
  iqs.handle(forged);
  expect(iqs.pendingCount).toBe(1);
  clock.advance(15_000);
  expect((await outcome).kind).toBe('timeout');
});

test('a second answer is ignored', async () => {
  const { iqs, sent } = exchange();
  const outcome = iqs.request('set', 'room@m/ann', question);
  const iq = sent[0] ?? expect.fail('nothing was sent');
  iqs.handle(errorReply(iq, stanzaError('cancel', 'item-not-found')));
  iqs.handle(iqResult(iq));
  expect(await outcome).toMatchObject({ kind: 'error', error: { condition: 'item-not-found' } });
});

test('questions to somebody who left are cancelled, others go on', async () => {
  const { iqs } = exchange();
  const outcomes: IqOutcome['kind'][] = [];
  void iqs.request('set', 'room@m/ann', question).then(({ kind }) => outcomes.push(kind));
  void iqs.request('set', 'room@m/bob', question).then(({ kind }) => outcomes.push(kind));
  iqs.cancel((address) => address === 'room@m/ann');
  await Promise.resolve();
  expect(outcomes).toEqual(['cancelled']);
  expect(iqs.pendingCount).toBe(1);
});

test('what is only told is not waited for', () => {
  const { iqs, sent } = exchange();
  iqs.tell('room@m/ann', question);
  expect(sent).toHaveLength(1);
  expect(iqs.pendingCount).toBe(0);
});
