import { describe, expect, test } from 'vitest';
import { sipRequest, sipResponse, uriOf } from '../../test/support/sip/messages.ts';
import type { NameAddress } from '../message/message.ts';
import { tagOf, withTag } from '../message/name-address.ts';
import {
  acknowledge,
  afterRequest,
  type Dialog,
  dialogIdOfRequest,
  dialogOfRequest,
  dialogOfResponse,
  idOf,
  isInOrder,
  nextHop,
  requestInDialog,
  withTargetOf,
} from './dialog.ts';

const proxy = (host: string, isLoose = true): NameAddress => ({
  uri: { ...uriOf('', host), parameters: new Map(isLoose ? [['lr', undefined]] : []) },
  parameters: new Map(),
});
const contact = (host: string): NameAddress => ({ uri: uriOf('them', host), parameters: new Map() });
const invite = sipRequest('INVITE', { recordRoutes: [proxy('first.example'), proxy('second.example')] });

function asCalled(request = invite): Dialog {
  return dialogOfRequest(request, withTag(request.to, 'ours')) ?? expect.fail('no dialog');
}

function asCaller(): Dialog {
  const response = sipResponse(invite, 200, {
    contacts: [contact('there.example')],
    recordRoutes: invite.recordRoutes,
  });
  return dialogOfResponse(invite, response) ?? expect.fail('no dialog');
}

const hosts = (routes: readonly NameAddress[]) => routes.map(({ uri }) => (uri.kind === 'sip' ? uri.host : ''));

describe('the proxies on the way', () => {
  test('are passed by the called side in the order they stand, by the caller in reverse', () => {
    expect(hosts(asCalled().routes)).toEqual(['first.example', 'second.example']);
    expect(hosts(asCaller().routes)).toEqual(['second.example', 'first.example']);
  });

  test('get requests that are addressed to the other side', () => {
    const { request } = requestInDialog(asCaller(), 'BYE');
    expect(request.uri).toEqual(uriOf('them', 'there.example'));
    expect(hosts([{ uri: nextHop(asCaller()), parameters: new Map() }])).toEqual(['second.example']);
  });

  test('of the old kind find themselves in the request line, and the other side at the end', () => {
    const dialog = { ...asCaller(), routes: [proxy('old.example', false), proxy('new.example')] };
    const { request } = requestInDialog(dialog, 'BYE');
    expect(request.uri).toMatchObject({ host: 'old.example' });
    expect(hosts(request.routes)).toEqual(['new.example', 'there.example']);
  });
});

test('requests count on from the INVITE of the caller, and from one at the called side', () => {
  const first = requestInDialog(asCaller(), 'UPDATE');
  expect(first.request.cSeq).toEqual({ number: 2, method: 'UPDATE' });
  expect(requestInDialog(first.dialog, 'BYE').request.cSeq.number).toBe(3);
  expect(requestInDialog(asCalled(), 'BYE').request.cSeq.number).toBe(1);
});

test('the ACK bears the number of its INVITE and both tags', () => {
  const ack = acknowledge(asCaller(), 1);
  expect(ack.cSeq).toEqual({ number: 1, method: 'ACK' });
  expect([tagOf(ack.from), tagOf(ack.to)]).toEqual(['caller-tag', 'callee-tag']);
});

test('a request finds its dialog by the tags seen from our side', () => {
  const bye = sipRequest('BYE', { to: withTag(invite.to, 'ours') });
  expect(dialogIdOfRequest(bye)).toBe(idOf(asCalled()));
  expect(dialogIdOfRequest(invite)).toBeUndefined();
});

test('a request is in order only with a higher number than the last', () => {
  const bye = (number: number) => sipRequest('BYE', { cSeq: { number, method: 'BYE' } });
  const dialog = afterRequest(asCalled(), bye(5));
  expect([4, 5, 6].map((number) => isInOrder(dialog, bye(number)))).toEqual([false, false, true]);
});

test('a new Contact is where requests go from then on; none leaves it as it was', () => {
  const moved = withTargetOf(asCaller(), sipRequest('UPDATE', { contacts: [contact('moved.example')] }));
  expect(moved.remoteTarget).toMatchObject({ host: 'moved.example' });
  expect(withTargetOf(moved, sipRequest('UPDATE', { contacts: [] }))).toBe(moved);
});

test('there is no dialog with who says not where to be reached', () => {
  expect(dialogOfRequest({ ...invite, contacts: [] }, invite.to)).toBeUndefined();
  expect(dialogOfResponse(invite, sipResponse(invite, 200))).toBeUndefined();
});
