import { describe, expect, test } from 'vitest';
import { participantsOf, type ParticipantFacts } from './participants.ts';
import type { Occupant } from './room/presence.ts';

const occupant = (nick: string, changes: Partial<Occupant> = {}): Occupant => ({
  nick,
  jid: undefined,
  isModerator: false,
  displayName: nick,
  matrixId: undefined,
  userId: undefined,
  pictureUrl: undefined,
  sources: new Map([[`${nick}-v0`, { isMuted: false, videoType: 'camera' as const }]]),
  handRaisedAtMs: undefined,
  phone: undefined,
  ...changes,
});
// A track is only passed on, so any object does.
const track = {} as MediaStreamTrack;
const received = (owner: string) => ({
  source: { name: `${owner}-v0`, owner, kind: 'video' as const, msid: 'm', ssrc: 1 },
  track,
});
const facts = (occupants: readonly Occupant[], changes: Partial<ParticipantFacts> = {}): ParticipantFacts => ({
  occupants: new Map(occupants.map((one) => [one.nick, one])),
  received: occupants.map(({ nick }) => received(nick)),
  forwarded: undefined,
  qualities: new Map(),
  ...changes,
});

describe('participants', () => {
  test('combine room, session and bridge', () => {
    const [bob] = participantsOf(facts([occupant('b27de114')], { forwarded: new Set() }), []);
    expect(bob).toMatchObject({ displayName: 'b27de114', isCameraMuted: false, isMicrophoneMuted: true });
    expect(bob?.sources).toEqual([
      { name: 'b27de114-v0', kind: 'video', videoType: 'camera', isMuted: false, isForwarded: false, track },
    ]);
  });

  test('stay the same objects while nothing changes', () => {
    const before = participantsOf(facts([occupant('b27de114'), occupant('c0ffee00')]), []);
    expect(participantsOf(facts([occupant('b27de114'), occupant('c0ffee00')]), before)).toBe(before);
  });

  test('a change of one leaves the other and its sources alone', () => {
    const before = participantsOf(facts([occupant('b27de114'), occupant('c0ffee00')]), []);
    const renamed = occupant('c0ffee00', { displayName: 'Cy' });
    const after = participantsOf(facts([occupant('b27de114'), renamed]), before);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
    expect(after[1]?.sources).toBe(before[1]?.sources);
  });

  test('a telephone stays the same object while its call stays as it is', () => {
    const phone = (status: string) => occupant('b27de114', { phone: { status, isOnHold: false } });
    const before = participantsOf(facts([phone('Ringing')]), []);
    expect(participantsOf(facts([phone('Ringing')]), before)).toEqual(before);
    expect(participantsOf(facts([phone('Ringing')]), before)[0]?.phone).toBe(before[0]?.phone);
    expect(participantsOf(facts([phone('Connected')]), before)[0]?.phone?.status).toBe('Connected');
  });

  test('a source of which presence says nothing counts as muted', () => {
    const [bob] = participantsOf(facts([occupant('b27de114', { sources: new Map() })]), []);
    expect(bob?.sources[0]?.isMuted).toBe(true);
  });
});
