import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRoomInput } from './room-input.ts';
import { generateRoomName } from './room-generator.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';

const origin = 'https://meet.example';

describe('room name or link', () => {
  it.each([
    ['board-meeting', '/board-meeting'],
    ['  Board meeting ', '/Board-meeting'],
    ['χορωδία', `/${encodeURIComponent('χορωδία')}`],
    ['https://meet.example/choir/rehearsal', '/choir/rehearsal'],
    ['meet.example/rehearsal', '/rehearsal'],
    ['https://meet.example/x#config.startWithAudioMuted=true', '/x#config.startWithAudioMuted=true'],
  ])('%s opens %s', (text, path) => {
    expect(parseRoomInput(text, origin)).toEqual({ kind: 'path', path });
  });

  it.each([
    ['', 'empty'],
    ['https://meet.example/', 'empty'],
    ['a?b', 'character'],
    ['a/b', 'character'],
    ['50%', 'character'],
    ['assets', 'reserved'],
    ['ж'.repeat(400), 'too-long'],
  ])('“%s” is refused: %s', (text, reason) => {
    expect(parseRoomInput(text, origin)).toMatchObject({ kind: 'invalid', reason });
  });

  it('offers a link of another server as what it is', () => {
    expect(parseRoomInput('https://other.example/x', origin)).toMatchObject({
      kind: 'other-host',
      host: 'other.example',
    });
  });

  it('never throws, and never leaves the server by a name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const result = parseRoomInput(text, origin);
        if (result.kind === 'path') expect(new URL(result.path, origin).origin).toBe(origin);
        expect(['path', 'invalid', 'other-host']).toContain(result.kind);
      }),
    );
  });
});

describe('room names', () => {
  it('turn into titles', () => {
    expect(roomTitle('board-meeting')).toBe('Board meeting');
    expect(roomTitle('Board_Meeting')).toBe('Board Meeting');
  });

  it('are generated readable and hard to guess', () => {
    const name = generateRoomName(() => 0.999_999);
    expect(name).toMatch(/^[a-z]+-[a-z]+-[a-z]+-\d{4}$/);
    expect(
      parseRoomInput(
        generateRoomName(() => 0),
        origin,
      ).kind,
    ).toBe('path');
  });
});
