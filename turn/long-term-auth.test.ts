import { describe, expect, it } from 'vitest';
import { CoreHarness, restCredential, SECRET, START_SECONDS } from '../test/support/turn/core-harness.ts';
import { challengeOf, channelData, clientMessage, readMessage, resultOf } from '../test/support/turn/turn-message.ts';
import { longTermKey } from './credentials.ts';
import { endpoint } from './endpoint.ts';
import { Nonces } from './nonce.ts';
import { restPassword } from './rest-credential.ts';
import { AttributeType } from './stun/attribute-type.ts';
import { writeChannelNumber } from './stun/channel-number.ts';
import { appendIntegrity } from './stun/integrity.ts';
import { writeLifetime } from './stun/lifetime.ts';
import { MessageClass, Method } from './stun/message-type.ts';
import type { StunWriter } from './stun/message-writer.ts';
import { writePasswordAlgorithm, writePasswordAlgorithms } from './stun/password-algorithms.ts';
import { PROTOCOL_UDP, writeRequestedTransport } from './stun/requested-transport.ts';
import { writeText } from './stun/text-attribute.ts';
import { userHash } from './stun/userhash.ts';
import { writeXorAddress } from './stun/xor-address.ts';

const PEER = endpoint('8.8.8.8', 4444);

// The lines of turn.md §9.2 about who is believed; README.md says which line is where.

describe('credentials', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', 'prototype'];

  it.each([
    ['static users', { users: new Map([['real', 'password']]), secrets: [] }],
    ['time-limited users', { users: new Map<string, string>(), secrets: [SECRET] }],
    ['both', { users: new Map([['real', 'password']]), secrets: [SECRET] }],
    ['nobody', { users: new Map<string, string>(), secrets: [] }],
  ])('with names of inherited properties are unknown users beside %s', (_name, credentials) => {
    const harness = new CoreHarness({ credentials });
    for (const username of NAMES) {
      const inherited = String(({} as Record<string, unknown>)[username]);
      for (const password of [inherited, '', 'undefined', '[object Object]', username]) {
        const client = harness.client();
        client.credential = { username, password };
        expect([username, resultOf(client.allocate())]).toEqual([username, 401]);
      }
    }
    expect(harness.core.allocations.size).toBe(0);
  });

  it('of static users open the relay, in both algorithms and with the name hidden', () => {
    const harness = new CoreHarness({ credentials: { users: new Map([['real', 'password']]), secrets: [] } });
    const plain = harness.client('203.0.113.5', 1);
    plain.credential = { username: 'real', password: 'password' };
    expect(resultOf(plain.allocate())).toBe(0);
    const strong = harness.client('203.0.113.5', 2);
    strong.credential = { username: 'real', password: 'password', passwordAlgorithm: 'SHA-256', integrity: 'SHA-256' };
    const answer = strong.allocate();
    expect(resultOf(answer)).toBe(0);
    expect(answer && readMessage(answer).has(AttributeType.MESSAGE_INTEGRITY_SHA256)).toBe(true);
    const hidden = harness.client('203.0.113.5', 3);
    hidden.challenge();
    const { nonce = '', realm = '' } = hidden.credential;
    const hiddenRequest = (name: string): number | undefined =>
      resultOf(
        hidden.ask({
          method: Method.ALLOCATE,
          write: (writer) => {
            writeRequestedTransport(writer, PROTOCOL_UDP);
            writer.attributeBytes(AttributeType.USERHASH, userHash(name, realm));
            writeText(writer, AttributeType.REALM, realm);
            writeText(writer, AttributeType.NONCE, nonce);
            appendIntegrity(writer, 'SHA-1', longTermKey('real', realm, 'password', 'MD5'));
          },
        }),
      );
    expect(hiddenRequest('unreal')).toBe(401);
    expect(hiddenRequest('real')).toBe(0);
  });

  it('from a secret open the relay in their future form only', () => {
    const harness = new CoreHarness();
    const future = START_SECONDS + 60;
    const results = [
      `${future}:bob`, `${future}`,
      `${START_SECONDS}:bob`, `${START_SECONDS - 1}:bob`, `${START_SECONDS - 1}`, `${future}:`, 'bob', `x${future}:bob`,
      `-${future}:bob`, `+${future}:bob`, ` ${future}:bob`, `0${future}:bob`, '9007199254740992:bob', '', ':bob',
    ].map((username, i) => {
      const client = harness.client('203.0.113.5', 40_000 + i);
      client.credential = { username, password: restPassword(username, SECRET) };
      return resultOf(client.allocate());
    }); // prettier-ignore
    expect(results).toEqual([0, 0, ...Array.from({ length: 13 }, () => 401)]);
  });

  it('from any of several secrets are accepted, from none other', () => {
    const harness = new CoreHarness({ credentials: { secrets: ['new', 'old'] } });
    const results = ['new', 'old', 'older'].map((secret, i) => {
      const client = harness.client('203.0.113.5', 40_000 + i);
      client.credential = restCredential('bob', START_SECONDS + 60, secret);
      return resultOf(client.allocate());
    });
    expect(results).toEqual([0, 0, 401]);
  });

  it('that run out let the call they began go on, unless expiry is strict', () => {
    const results = [false, true].map((strictExpiry) => {
      const harness = new CoreHarness({ settings: { strictExpiry } });
      const client = harness.client();
      client.credential = restCredential('bob', START_SECONDS + 60);
      client.relayed();
      harness.pass(59);
      expect(resultOf(client.request(Method.REFRESH))).toBe(0);
      harness.pass(2);
      const refreshed = resultOf(client.request(Method.REFRESH));
      const begun = harness.client('203.0.113.6');
      begun.credential = restCredential('bob', START_SECONDS + 60);
      return [refreshed, resultOf(begun.allocate()), harness.core.allocations.size];
    });
    expect(results).toEqual([
      [0, 401, 1],
      [401, 401, 0],
    ]);
  });

  it('are asked of every request on an allocation', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    const forged = { ...client.credential, password: 'guess' };
    for (const method of [Method.REFRESH, Method.CREATE_PERMISSION, Method.CHANNEL_BIND]) {
      const write = (writer: StunWriter): void => {
        writeChannelNumber(writer, 0x4000);
        writeXorAddress(writer, AttributeType.XOR_PEER_ADDRESS, PEER);
      };
      expect(resultOf(client.ask({ method, write }))).toBe(401);
      expect(resultOf(client.ask({ method, write, credential: forged }))).toBe(401);
    }
    expect(client.send(channelData(0x4000, Buffer.from('x')))).toEqual([]);
  });

  it('get the same answer whether the user is unknown, the password wrong or the time over', () => {
    const harness = new CoreHarness();
    const answers = [
      restCredential('bob', START_SECONDS + 60, 'wrong'),
      restCredential('bob', START_SECONDS - 60),
      { username: 'nobody', password: 'x' },
    ].map((credential) => {
      const client = harness.client();
      client.credential = credential;
      const answer = client.allocate() ?? Buffer.alloc(0);
      // All but the transaction id.
      return Buffer.concat([answer.subarray(0, 8), answer.subarray(20)]).toString('hex');
    });
    expect(new Set(answers).size).toBe(1);
  });
});

describe('integrity', () => {
  it('does not cover, so nothing believes, what stands behind it', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    const { username, password, realm = '', nonce = '' } = client.credential;
    const answer = client.ask({
      method: Method.REFRESH,
      write: (writer) => {
        writeText(writer, AttributeType.USERNAME, username);
        writeText(writer, AttributeType.REALM, realm);
        writeText(writer, AttributeType.NONCE, nonce);
        appendIntegrity(writer, 'SHA-1', longTermKey(username, realm, password, 'MD5'));
        writeLifetime(writer, 0);
      },
    });
    expect(resultOf(answer)).toBe(0);
    expect(harness.core.allocations.size).toBe(1);
  });

  it('that is cut short or damaged is answered 400 or 401', () => {
    const client = new CoreHarness().client();
    client.challenge();
    const request = clientMessage({
      method: Method.ALLOCATE,
      credential: client.credential,
      write: (writer) => writeRequestedTransport(writer, PROTOCOL_UDP),
    });
    const damaged = Buffer.from(request);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    expect(resultOf(client.send(damaged)[0])).toBe(401);
    const cut = Buffer.from(request.subarray(0, -4));
    cut.writeUInt16BE(cut.length - 20, 2);
    cut.writeUInt16BE(16, cut.length - 18);
    expect(resultOf(client.send(cut)[0])).toBe(400);
  });

  it('by SHA-1 after SHA-256 was offered, with the offer hidden by a forged cookie, is answered 400', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.challenge();
    const honest = client.credential.nonce ?? '';
    for (const nonce of [`obMatJos2AAAA${honest.slice(13)}`, honest.slice(13), `x${honest}`]) {
      client.credential = { ...client.credential, nonce };
      expect(resultOf(client.allocate())).toBe(400);
    }
  });

  it('with an offer of algorithms that is not ours is answered 400', () => {
    const client = new CoreHarness().client();
    client.challenge();
    const { username, password, realm = '', nonce = '' } = client.credential;
    const request = (write: (writer: StunWriter) => void): number | undefined =>
      resultOf(
        client.ask({
          method: Method.ALLOCATE,
          write: (writer) => {
            writeRequestedTransport(writer, PROTOCOL_UDP);
            writeText(writer, AttributeType.USERNAME, username);
            writeText(writer, AttributeType.REALM, realm);
            writeText(writer, AttributeType.NONCE, nonce);
            write(writer);
            appendIntegrity(writer, 'SHA-1', longTermKey(username, realm, password, 'MD5'));
          },
        }),
      );
    expect(request((w) => w.attributeBytes(AttributeType.PASSWORD_ALGORITHMS, Buffer.from([0, 1, 0, 0])))).toBe(400);
    expect(request((w) => writePasswordAlgorithms(w))).toBe(400);
    expect(request((w) => writePasswordAlgorithm(w, 'MD5'))).toBe(400);
    expect(
      request((w) => {
        writePasswordAlgorithms(w);
        w.attributeBytes(AttributeType.PASSWORD_ALGORITHM, Buffer.from([0, 9, 0, 0]));
      }),
    ).toBe(400);
    expect(
      request((w) => {
        writePasswordAlgorithms(w);
        writePasswordAlgorithm(w, 'MD5');
      }),
    ).toBe(0);
  });

  it('beside only some of user name, realm and nonce is answered 400', () => {
    const client = new CoreHarness().client();
    const texts = [AttributeType.USERNAME, AttributeType.REALM, AttributeType.NONCE] as const;
    for (const missing of texts) {
      const answer = client.ask({
        method: Method.ALLOCATE,
        write: (writer) => {
          for (const type of texts) if (type !== missing) writeText(writer, type, 'x');
          appendIntegrity(writer, 'SHA-1', Buffer.from('key'));
        },
      });
      expect(resultOf(answer)).toBe(400);
    }
  });

  it('of a request sent again from another address is refused with its nonce', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    client.relayed();
    const thief = harness.client('203.0.113.66');
    thief.credential = client.credential;
    expect(resultOf(thief.allocate())).toBe(438);
    const captured = clientMessage({
      method: Method.REFRESH,
      credential: client.credential,
      write: (writer) => writeLifetime(writer, 0),
    });
    expect(resultOf(thief.send(captured)[0])).toBe(438);
    expect(harness.core.allocations.size).toBe(1);
  });

  it('in answers of another server is no request', () => {
    const harness = new CoreHarness();
    const client = harness.client();
    const answer = client.allocate() ?? Buffer.alloc(0);
    expect(client.send(answer)).toEqual([]);
    for (const messageClass of [MessageClass.SUCCESS, MessageClass.ERROR, MessageClass.INDICATION]) {
      for (const method of [Method.BINDING, Method.ALLOCATE, Method.DATA]) {
        expect(client.send(clientMessage({ method, messageClass }))).toEqual([]);
      }
    }
  });
});

describe('nonces', () => {
  const nonces = new Nonces(Buffer.from('key'), 'realm', 600, false);
  const client = endpoint('203.0.113.5', 1);

  it('are good for their client and time, and no other', () => {
    const nonce = nonces.create(client, START_SECONDS);
    expect(nonces.check(nonce, client, START_SECONDS + 600)).toBe('fresh');
    expect(nonces.check(nonce, endpoint('203.0.113.5', 9), START_SECONDS)).toBe('fresh');
    expect(nonces.check(nonce, client, START_SECONDS + 601)).toBe('stale');
    expect(nonces.check(nonce, client, START_SECONDS - 1)).toBe('stale');
    expect(nonces.check(nonce, endpoint('203.0.113.6', 1), START_SECONDS)).toBe('foreign');
    expect(new Nonces(Buffer.from('other'), 'realm', 600, false).check(nonce, client, START_SECONDS)).toBe('foreign');
    expect(new Nonces(Buffer.from('key'), 'other', 600, false).check(nonce, client, START_SECONDS)).toBe('foreign');
  });

  it('cannot be changed in any character', () => {
    const nonce = nonces.create(client, START_SECONDS);
    for (let i = 0; i < nonce.length; i++) {
      const changed = `${nonce.slice(0, i)}${nonce[i] === 'A' ? 'B' : 'A'}${nonce.slice(i + 1)}`;
      expect(nonces.check(changed, client, START_SECONDS)).not.toBe('fresh');
    }
    for (const text of ['', 'x', nonce.slice(1), `${nonce}A`, 'obMatJos2', '€'.repeat(40)]) {
      expect(nonces.check(text, client, START_SECONDS)).not.toBe('fresh');
    }
  });

  it('differ from second to second and from client to client', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      seen.add(nonces.create(client, START_SECONDS + i));
      seen.add(nonces.create(endpoint(`10.0.0.${i}`, 1), START_SECONDS));
    }
    expect(seen.size).toBe(200);
  });

  it('that are stale are answered 438 with a fresh one', () => {
    const harness = new CoreHarness();
    const stale = harness.client();
    stale.challenge();
    harness.pass(601);
    const answer = stale.allocate();
    expect(resultOf(answer)).toBe(438);
    stale.credential = { ...stale.credential, ...challengeOf(answer ?? Buffer.alloc(0)) };
    expect(resultOf(stale.allocate())).toBe(0);
  });
});
