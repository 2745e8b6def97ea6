import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../client/meeting-types.ts';
import { type BannerInput, bannerOf } from './banners.ts';

const lost: Trouble = { code: 'signalling-lost', sinceMs: 0, attempt: 1, host: 'meet.example' };
const input = (overrides: Partial<BannerInput>): BannerInput => ({
  troubles: [],
  isSoundBlocked: false,
  isCameraOn: true,
  backSinceMs: undefined,
  ...overrides,
});

describe('banner', () => {
  it('waits two seconds before it tells of a lost connection, and offers to leave after a minute', () => {
    expect(bannerOf(input({ troubles: [lost] }), 1999)).toBeUndefined();
    expect(bannerOf(input({ troubles: [lost] }), 2000)).toEqual({ code: 'lost' });
    expect(bannerOf(input({ troubles: [lost] }), 60_000)).toEqual({ code: 'unreachable', host: 'meet.example' });
  });

  it('shows the worst trouble', () => {
    const troubles: Trouble[] = [{ code: 'poor-receive' }, { code: 'media-failed', sinceMs: 0, details: 'ICE failed' }];
    expect(bannerOf(input({ troubles, isSoundBlocked: true }), 0)).toEqual({
      code: 'media-failed',
      details: 'ICE failed',
    });
  });

  it('says for two seconds that the connection is back', () => {
    expect(bannerOf(input({ backSinceMs: 1000 }), 2999)).toEqual({ code: 'back' });
    expect(bannerOf(input({ backSinceMs: 1000 }), 3000)).toBeUndefined();
  });

  it('offers to turn off a camera only when it is on', () => {
    expect(bannerOf(input({ troubles: [{ code: 'poor-send' }] }), 0)).toEqual({ code: 'poor-send' });
    expect(bannerOf(input({ troubles: [{ code: 'poor-send' }], isCameraOn: false }), 0)).toBeUndefined();
  });
});
