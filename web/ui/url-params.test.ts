import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanName, parseUrlParams } from './url-params.ts';

describe('parameters in the fragment', () => {
  it('reads Jitsi’s form', () => {
    const fragment =
      '#config.prejoinConfig.enabled=false&config.startWithAudioMuted=true&config.startWithVideoMuted=true&config.p2p.enabled=false&userInfo.displayName=%22Ann%22';
    expect(parseUrlParams(fragment)).toEqual({
      prejoin: false,
      startWithAudioMuted: true,
      startWithVideoMuted: true,
      peerToPeer: false,
      displayName: 'Ann',
    });
  });

  it('accepts quotes that a browser left as they are, and Greek', () => {
    expect(parseUrlParams('#userInfo.displayName="Άννα%20Λ."').displayName).toBe('Άννα Λ.');
  });

  it.each(['', '#', '#config.startWithAudioMuted', '#config.startWithAudioMuted=maybe', '#=true', '#%=%', '#a=1&&b=2'])(
    'ignores “%s”',
    (fragment) => {
      expect(parseUrlParams(fragment)).toEqual({});
    },
  );

  it('ignores values of the wrong type', () => {
    expect(parseUrlParams('#config.startWithAudioMuted="true"&userInfo.displayName={"a":1}')).toEqual({});
  });

  it('reaches no prototype', () => {
    parseUrlParams('#__proto__.polluted=true&constructor.prototype.polluted=true&__proto__={"polluted":true}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (fragment) => {
        expect(parseUrlParams(fragment)).toBeTypeOf('object');
      }),
    );
  });
});

describe('a name from outside', () => {
  it('is one line without direction overrides, and short', () => {
    expect(cleanName(' Ann\n\u202eeilE ')).toBe('Ann eilE');
    expect(cleanName('x'.repeat(500))).toHaveLength(80);
  });
});
