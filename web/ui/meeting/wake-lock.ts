import { log } from '../../client/log.ts';

/** What we use of the browser's (Screen Wake Lock). */
interface ScreenLocks {
  request(type: 'screen'): Promise<{ release(): Promise<void> }>;
}

/** The page: the browser takes the lock away whenever it is out of sight. */
interface Visibility {
  readonly visibilityState: DocumentVisibilityState;
  addEventListener(type: 'visibilitychange', listener: () => void): void;
  removeEventListener(type: 'visibilitychange', listener: () => void): void;
}

/**
 * Keeps the screen on: nobody touches a telephone on which somebody else speaks. Where the browser has no such lock, is
 * saving its battery, or the page that embeds us does not pass it on, the screen goes off as ever.
 * @returns stop
 */
export function keepScreenOn(page: Visibility, locks: ScreenLocks | undefined): () => void {
  if (locks === undefined) return () => undefined;
  let isWanted = true;
  let release: (() => void) | undefined;
  const take = async () => {
    if (page.visibilityState !== 'visible') return;
    try {
      const lock = await locks.request('screen');
      const letGo = () => void lock.release().catch(() => undefined); // gone already
      release?.();
      if (isWanted) release = letGo;
      else letGo();
    } catch (error) {
      log.info('the screen may go off', { reason: String(error) });
    }
  };
  const again = () => void take();
  page.addEventListener('visibilitychange', again);
  again();
  return () => {
    isWanted = false;
    page.removeEventListener('visibilitychange', again);
    release?.();
  };
}
