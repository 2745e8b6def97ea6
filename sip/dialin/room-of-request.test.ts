import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { roomOfAddress, roomOfPath } from './room-of-request.ts';

const DOMAIN = 'meet.example';

describe('the room that an address names', () => {
  test.each([
    ['standup@muc.meet.example', 'standup@muc.meet.example'],
    ['StandUp@MUC.meet.example', 'standup@muc.meet.example'],
    ['standup@muc.meet.example/0a1b2c3d', 'standup@muc.meet.example'],
    ['standup@muc.acme.meet.example', 'standup@muc.acme.meet.example'],
    ['ελλάδα@muc.meet.example', '%ce%b5%ce%bb%ce%bb%ce%ac%ce%b4%ce%b1@muc.meet.example'],
    ['%ce%b5@muc.meet.example', '%ce%b5@muc.meet.example'],
  ])('%s is %s', (text, room) => {
    expect(roomOfAddress(text, DOMAIN)).toBe(room);
  });

  test.each(['', 'standup', 'muc.meet.example', 'a@elsewhere.example', 'a@breakout.meet.example', '@muc.meet.example'])(
    '“%s” is none',
    (text) => {
      expect(() => roomOfAddress(text, DOMAIN)).toThrow(DecodeError);
    },
  );

  test('no text makes reading throw anything but a DecodeError', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((name) => `${name}@muc.meet.example`),
        ),
        (text) => {
          try {
            expect(roomOfAddress(text, DOMAIN)).toMatch(/^[^@]+@muc\.meet\.example$/);
          } catch (error) {
            expect(error).toBeInstanceOf(DecodeError);
          }
        },
      ),
    );
  });
});

describe('the room that a link names', () => {
  test('is the same, with its name as people read it', () => {
    expect(roomOfPath('Stand-Up', DOMAIN)).toEqual({ jid: 'stand-up@muc.meet.example', title: 'Stand Up' });
    expect(roomOfPath('acme/choir', DOMAIN)).toEqual({ jid: 'choir@muc.acme.meet.example', title: 'Choir' });
  });

  test.each(['', '/', 'dialin', 'a/b/c'])('“%s” is none', (path) => {
    expect(() => roomOfPath(path, DOMAIN)).toThrow(DecodeError);
  });
});
