import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { xml } from '#protocol/xmpp/element.ts';
import { BridgeLink } from '../bridge/bridge-link.ts';
import { LocalSources } from './local-sources.ts';
import { MediaLink } from './media-link.ts';
import { MediaRecovery } from './recovery.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('without a session to ask a new one for, the room is joined again', async () => {
  const local = new LocalSources();
  const recovery = new MediaRecovery(() => Promise.resolve(true));
  let joins = 0;
  recovery.on('rejoin', () => (joins += 1));
  const link = new MediaLink(local, new BridgeLink(local), recovery, {
    endpoint: 'a0a0a0a0',
    jid: 'a0a0a0a0@meet.example/x',
    focusAddress: 'room@muc.meet.example/focus',
    isFocusVerified: () => true,
    isCompany: () => true,
    request: () => Promise.resolve(xml('iq')),
    iceServers: () => Promise.resolve([]),
    simulcast: 'ssrc',
    useIceLite: true,
  });

  recovery.ended(false);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(joins).toBe(1);

  link.close();
  recovery.stop();
});
