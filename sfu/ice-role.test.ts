import { describe, expect, test } from 'vitest';
import { IceRoleResponder, MAX_DATAGRAMS_PER_SESSION, type CheckSource } from './ice-role.ts';
import { decodeBinding, encodeControlledCheck, hasIntegrity, seal } from './stun-binding.ts';

const OURS = { usernameFragment: 'bridgefragment', password: 'bridgepasswordbridgepass' };
const THEIRS = { usernameFragment: 'clientfragment', password: 'clientpasswordclientpass' };
const USERNAME = 0x0006;
const ICE_CONTROLLING = 0x802a;

class RecordingSource implements CheckSource {
  readonly key: string;
  readonly sent: Buffer[] = [];

  constructor(key = '192.0.2.7/40000') {
    this.key = key;
  }

  send(datagram: Buffer): void {
    this.sent.push(datagram);
  }
}

/** As a browser in the controlled role sends it. */
function check(password = OURS.password, username = `${OURS.usernameFragment}:${THEIRS.usernameFragment}`): Buffer {
  return encodeControlledCheck({ transactionId: Buffer.alloc(12, 3), username, password, priority: 1 });
}

function responder(): IceRoleResponder {
  const created = new IceRoleResponder(1);
  created.add(OURS);
  return created;
}

describe('a check in the controlled role', () => {
  test('brings a protected 487 at once, and a check of ours as soon as the client has answered', () => {
    const role = responder();
    const source = new RecordingSource();
    expect(role.receive(check(), source)).toBe('answered');
    expect(source.sent).toHaveLength(1);
    const [conflict = Buffer.of()] = source.sent;
    const error = decodeBinding(conflict);
    expect(error.type).toBe('error');
    expect(error.transactionId).toEqual(Buffer.alloc(12, 3));
    expect(hasIntegrity(conflict, error, OURS.password)).toBe(true);

    role.connect(OURS.usernameFragment, THEIRS);
    expect(source.sent).toHaveLength(2);
    const [, ownCheck = Buffer.of()] = source.sent;
    const request = decodeBinding(ownCheck);
    expect(request).toMatchObject({
      type: 'request',
      role: 'controlled',
      username: `${THEIRS.usernameFragment}:${OURS.usernameFragment}`,
    });
    expect(hasIntegrity(ownCheck, request, THEIRS.password)).toBe(true);
  });

  test('after the answer brings both at once', () => {
    const role = responder();
    role.connect(OURS.usernameFragment, THEIRS);
    const source = new RecordingSource();
    role.receive(check(), source);
    expect(source.sent.map((datagram) => decodeBinding(datagram).type)).toEqual(['error', 'request']);
  });

  test('of one source that is repeated before the answer brings one check of ours', () => {
    const role = responder();
    const source = new RecordingSource();
    for (let count = 0; count < 5; count += 1) role.receive(check(), source);
    role.connect(OURS.usernameFragment, THEIRS);
    expect(source.sent.filter((datagram) => decodeBinding(datagram).type === 'request')).toHaveLength(1);
  });

  test('is answered no more than a bounded number of times', () => {
    const role = responder();
    role.connect(OURS.usernameFragment, THEIRS);
    const source = new RecordingSource();
    for (let count = 0; count < MAX_DATAGRAMS_PER_SESSION * 2; count += 1) role.receive(check(), source);
    expect(source.sent).toHaveLength(MAX_DATAGRAMS_PER_SESSION);
    expect(role.receive(check(), source)).toBe('exhausted');
  });

  test('of more sources than a client has is remembered for some only', () => {
    const role = responder();
    const sources = Array.from({ length: 40 }, (_, index) => new RecordingSource(`192.0.2.7/${index}`));
    for (const source of sources) role.receive(check(), source);
    role.connect(OURS.usernameFragment, THEIRS);
    expect(sources.filter(({ sent }) => sent.length === 2)).toHaveLength(16);
  });
});

describe('nothing is sent', () => {
  test.each<[string, Buffer, string]>([
    ['to a wrong password', check('wrongwrongwrongwrongwrong'), 'unauthenticated'],
    ['to an unknown name', check(OURS.password, 'nobody:x'), 'unknown'],
    ['to what is no STUN', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'malformed'],
    [
      'to a client that has switched already: a success would get this candidate selected',
      seal(
        'request',
        Buffer.alloc(12),
        [
          [USERNAME, Buffer.from(`${OURS.usernameFragment}:${THEIRS.usernameFragment}`)],
          [ICE_CONTROLLING, Buffer.alloc(8, 1)],
        ],
        OURS.password,
      ),
      'ignored',
    ],
    ['to an answer', seal('success', Buffer.alloc(12), [], OURS.password), 'ignored'],
  ])('%s', (_, datagram, verdict) => {
    const role = responder();
    role.connect(OURS.usernameFragment, THEIRS);
    const source = new RecordingSource();
    expect(role.receive(datagram, source)).toBe(verdict);
    expect(source.sent).toEqual([]);
  });

  test('once the session is over', () => {
    const role = responder();
    role.remove(OURS.usernameFragment);
    const source = new RecordingSource();
    expect(role.receive(check(), source)).toBe('unknown');
    role.connect(OURS.usernameFragment, THEIRS);
    expect(source.sent).toEqual([]);
  });
});
