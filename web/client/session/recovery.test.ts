import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Trouble } from '../meeting-types.ts';
import { recoveryStep } from './recovery-policy.ts';
import { MediaRecovery, type WatchedMedia } from './recovery.ts';

/** A media session in the test's hand. */
class ScriptedMedia implements WatchedMedia {
  connectionState: RTCPeerConnectionState = 'new';
  signs = 0;
  #listener: ((state: RTCPeerConnectionState) => void) | undefined;

  onConnection(listener: (state: RTCPeerConnectionState) => void): () => void {
    this.#listener = listener;
    return () => (this.#listener = undefined);
  }

  lifeSigns(): Promise<number> {
    return Promise.resolve(this.signs);
  }

  become(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.#listener?.(state);
  }
}

let recovery: MediaRecovery;
let media: ScriptedMedia;
let isSignallingAlive: boolean;
let happened: string[];
let trouble: Trouble | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  isSignallingAlive = true;
  happened = [];
  trouble = undefined;
  recovery = new MediaRecovery(() => Promise.resolve(isSignallingAlive));
  recovery.on('ice-restart', () => happened.push('ice-restart'));
  recovery.on('restart', () => happened.push('restart'));
  recovery.on('rejoin', () => happened.push('rejoin'));
  recovery.on('trouble', (now) => (trouble = now));
  media = new ScriptedMedia();
  recovery.watch(media);
});
afterEach(() => {
  recovery.stop();
  vi.useRealTimers();
});

describe('media that works', () => {
  test('leaves everything as it is', async () => {
    media.become('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual([]);
    expect(trouble).toBeUndefined();
  });

  test('is judged by packets while the browser still says disconnected', async () => {
    media.become('connected');
    media.become('disconnected');
    expect(trouble).toMatchObject({ code: 'media-interrupted' });
    const timer = setInterval(() => (media.signs += 10), 500);
    await vi.advanceTimersByTimeAsync(30_000);
    clearInterval(timer);
    expect(trouble).toBeUndefined();
    expect(happened).toEqual([]);
  });

  test('is left alone after a gap of three seconds', async () => {
    media.become('connected');
    media.become('disconnected');
    await vi.advanceTimersByTimeAsync(3_000);
    media.become('connected');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual([]);
    expect(trouble).toBeUndefined();
  });
});

describe('media that does not get through', () => {
  test('gets a new session when ICE failed', async () => {
    media.become('failed');
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(['restart']);
    expect(trouble).toMatchObject({ code: 'media-interrupted' });
  });

  test('gets a new session when it never came up', async () => {
    await vi.advanceTimersByTimeAsync(13_000);
    expect(happened).toEqual(['restart']);
  });

  test('gets an ICE restart when it went silent or ICE failed, and a new session when that does not help', async () => {
    for (const state of ['disconnected', 'failed'] as const) {
      happened = [];
      recovery.watch(media);
      media.become('connected');
      media.become(state);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(happened).toEqual(['ice-restart']);
      expect(trouble).toMatchObject({ code: 'media-interrupted' });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(happened).toEqual(['ice-restart', 'restart']);
    }
  });

  test('gets one ICE restart for each time it flowed', async () => {
    media.become('connected');
    for (const count of [1, 2, 3]) {
      media.become('failed');
      await vi.advanceTimersByTimeAsync(0);
      expect(happened).toHaveLength(count);
      media.become('connected');
      expect(trouble).toBeUndefined();
    }
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual(['ice-restart', 'ice-restart', 'ice-restart']);
  });

  test('gets a new session at once when an ICE restart is refused', async () => {
    media.become('connected');
    media.become('failed');
    await vi.advanceTimersByTimeAsync(0);
    recovery.iceRestartRefused();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(['ice-restart', 'restart']);
  });

  test('is told to people from the second failure on, and a new join is the fourth step', async () => {
    for (let failure = 1; failure <= 4; failure++) {
      recovery.watch(media);
      media.become('failed');
      expect(trouble?.code).toBe(failure === 1 ? 'media-interrupted' : 'media-failed');
      await vi.advanceTimersByTimeAsync(recoveryStep(failure).afterMs);
    }
    expect(happened).toEqual(['restart', 'restart', 'restart', 'rejoin']);
  });

  test('waits for signalling, and for media to come back by itself meanwhile', async () => {
    isSignallingAlive = false;
    media.become('failed');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(happened).toEqual([]);
    isSignallingAlive = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(happened).toEqual(['restart']);
  });

  test('is tried again at once when a person asks', async () => {
    for (let failure = 1; failure <= 5; failure++) {
      recovery.watch(media);
      media.become('failed');
    }
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual([]);
    recovery.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(happened).toEqual(['restart']);
  });
});

describe('another network', () => {
  test('is no trouble as long as packets come', async () => {
    media.become('connected');
    const timer = setInterval(() => (media.signs += 10), 500);
    recovery.networkChanged();
    await vi.advanceTimersByTimeAsync(30_000);
    clearInterval(timer);
    expect(happened).toEqual([]);
    expect(trouble).toBeUndefined();
  });

  test('without packets gets an ICE restart though the browser says connected, and packets end the trouble', async () => {
    media.become('connected');
    recovery.networkChanged();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(happened).toEqual(['ice-restart']);
    expect(trouble).toMatchObject({ code: 'media-interrupted' });
    media.signs += 10;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(trouble).toBeUndefined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual(['ice-restart']);
  });

  test('changes nothing for media that never flowed, or is being mended', async () => {
    recovery.networkChanged();
    await vi.advanceTimersByTimeAsync(11_000);
    expect(happened).toEqual([]);
    media.become('failed');
    await vi.advanceTimersByTimeAsync(0);
    recovery.networkChanged();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(happened).toEqual(['restart']);
  });
});

describe('a session that the focus ends', () => {
  test('is no trouble when nobody is left', async () => {
    recovery.ended(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(trouble).toBeUndefined();
    expect(happened).toEqual([]);
  });

  test('is a move while others are here, and the next offer ends the trouble', async () => {
    recovery.ended(false);
    expect(trouble).toMatchObject({ code: 'bridge-moved' });
    recovery.watch(media);
    media.become('connected');
    expect(trouble).toBeUndefined();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(happened).toEqual([]);
  });

  test('leads to a new attempt when no offer comes', async () => {
    recovery.ended(false);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(happened).toEqual(['restart']);
  });
});
