import { beforeEach, expect, test } from 'vitest';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import { errorReply, stanzaError } from '#protocol/xmpp/stanza.ts';
import { MessageRequests } from './message-requests.ts';

const TO = 'endconference.meet.example';
const message = xml('message', { to: TO }, xml('end_conference'));

let sent: { readonly stanza: XmlElement; readonly acknowledge: () => void }[];
let isConnected: boolean;
let requests: MessageRequests;
beforeEach(() => {
  sent = [];
  isConnected = true;
  requests = new MessageRequests({
    send(stanza, acknowledge = () => undefined) {
      if (isConnected) sent.push({ stanza, acknowledge });
      return isConnected;
    },
  });
});

const refusal = (from: string): XmlElement =>
  errorReply({ ...sent[0].stanza, attrs: { ...sent[0].stanza.attrs, to: from } }, stanzaError('auth', 'forbidden'));

test('the server’s acknowledgement is the yes', async () => {
  const done = requests.send(message);
  sent[0]?.acknowledge();
  await expect(done).resolves.toBeUndefined();
});

test('a refusal that comes first is the no', async () => {
  const done = requests.send(message);
  expect(requests.settle(refusal(TO))).toBe(true);
  sent[0]?.acknowledge();
  await expect(done).rejects.toMatchObject({ code: 'refused', stanzaError: { condition: 'forbidden' } });
});

test('nobody else refuses in the component’s place', async () => {
  const done = requests.send(message);
  expect(requests.settle(refusal('room@muc.meet.example/b27de114'))).toBe(false);
  sent[0]?.acknowledge();
  await expect(done).resolves.toBeUndefined();
});

test('without a connection it is said at once', async () => {
  isConnected = false;
  await expect(requests.send(message)).rejects.toMatchObject({ code: 'not-connected' });
});
