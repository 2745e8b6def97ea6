import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { child, childElements, xml } from '#protocol/xmpp/element.ts';
import { answerDisco, CAPS, FEATURES, IDENTITY, NS_DISCO_INFO, readRoomInfo } from './disco.ts';

describe('what this client says that it can do', () => {
  test('the hash in presence is the one of XEP-0115 §5.1 over identity and features', () => {
    const identity = `${IDENTITY.category}/${IDENTITY.type}//${IDENTITY.name}<`;
    const input = identity + FEATURES.map((feature) => `${feature}<`).join('');
    expect(CAPS.version).toBe(createHash('sha1').update(input).digest('base64'));
  });

  test('disco#info is answered with the features and the node that was asked for', () => {
    const node = `${CAPS.node}#${CAPS.version}`;
    const query = xml('query', { xmlns: NS_DISCO_INFO, node });
    const answer = answerDisco(xml('iq', { type: 'get', id: 'd1', from: 'room@muc.x/focus' }, query));
    expect(answer?.attrs).toMatchObject({ type: 'result', id: 'd1', to: 'room@muc.x/focus' });
    const answered = answer && child(answer, 'query', NS_DISCO_INFO);
    expect(answered?.attrs['node']).toBe(node);
    const features = answered && childElements(answered, 'feature').map(({ attrs }) => attrs['var']);
    expect(features).toContain('http://jitsi.org/json-encoded-sources');
  });

  test('other requests are left to others', () => {
    expect(answerDisco(xml('iq', { type: 'get' }, xml('ping', { xmlns: 'urn:xmpp:ping' })))).toBeUndefined();
  });
});

describe('settings of a room', () => {
  test('lock and creation time are read from its disco#info', () => {
    const query = xml(
      'query',
      { xmlns: NS_DISCO_INFO },
      xml('feature', { var: 'muc_passwordprotected' }),
      xml('x', { xmlns: 'jabber:x:data' }, field('muc#roominfo_created_timestamp', '1795232462301')),
    );
    expect(readRoomInfo(xml('iq', {}, query))).toEqual({ isLocked: true, createdAtMs: 1_795_232_462_301 });
  });

  test('a room that says nothing is open and of unknown age', () => {
    expect(readRoomInfo(xml('iq'))).toEqual({ isLocked: false, createdAtMs: undefined });
  });
});

function field(name: string, value: string) {
  return xml('field', { var: name }, xml('value', {}, value));
}
