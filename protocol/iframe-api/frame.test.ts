import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Frame, MAX_FRAME_LENGTH, readFrame, scopeOf, writeFrame } from './frame.ts';

const SCOPE = scopeOf(0);

describe('a frame', () => {
  it('has the form that Jitsi’s parts read', () => {
    expect(JSON.parse(writeFrame({ method: '__ready__', id: 'x1' }, SCOPE))).toEqual({
      postis: true,
      scope: 'jitsi_meet_external_api_0',
      method: '__ready__',
      params: 'x1',
    });
  });

  it('comes out as it went in', () => {
    const frames = fc.oneof(
      fc.record({ method: fc.constant('__ready__' as const), id: fc.string({ minLength: 1, maxLength: 64 }) }),
      fc.record({ method: fc.constant('message' as const), content: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(frames, (frame: Frame) => {
        expect(readFrame(writeFrame(frame, SCOPE), SCOPE)).toEqual(JSON.parse(JSON.stringify(frame)));
      }),
    );
  });

  it.each([
    ['another scope', writeFrame({ method: 'message', content: {} }, scopeOf(1))],
    ['no mark', JSON.stringify({ scope: SCOPE, method: 'message', params: {} })],
    ['a mark of the prototype', `{"__proto__":{"postis":true},"scope":"${SCOPE}","method":"message","params":{}}`],
    ['an unknown method', JSON.stringify({ postis: true, scope: SCOPE, method: 'eval', params: {} })],
    ['an id that is no text', JSON.stringify({ postis: true, scope: SCOPE, method: '__ready__', params: {} })],
    ['an endless id', JSON.stringify({ postis: true, scope: SCOPE, method: '__ready__', params: 'x'.repeat(300) })],
    ['too long a text', `{"postis":true,"pad":"${'x'.repeat(MAX_FRAME_LENGTH)}"}`],
    ['no JSON', '{"postis":true'],
    ['an array', '[]'],
    ['an object', { postis: true, scope: SCOPE, method: 'message', params: {} }],
    ['nothing', undefined],
  ])('with %s is none', (_what, data) => {
    expect(readFrame(data, SCOPE)).toBeUndefined();
  });

  it('is read from anything without an error', () => {
    fc.assert(fc.property(fc.anything(), (data) => void readFrame(data, SCOPE)));
    fc.assert(
      fc.property(fc.json(), (params) => {
        readFrame(`{"postis":true,"scope":"${SCOPE}","method":"message","params":${params}}`, SCOPE);
      }),
    );
  });
});
