import { expect, test } from 'vitest';
import { keepScreenOn } from './wake-lock.ts';

/** A browser that counts the locks it has given. */
function makeBrowser(refusal?: Error) {
  const listeners = new Set<() => void>();
  const browser = {
    held: 0,
    asked: 0,
    listeners,
    page: {
      visibilityState: 'visible' as DocumentVisibilityState,
      addEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.add(listener),
      removeEventListener: (_type: 'visibilitychange', listener: () => void) => void listeners.delete(listener),
    },
    locks: {
      async request() {
        browser.asked += 1;
        if (refusal !== undefined) throw refusal;
        browser.held += 1;
        return {
          async release() {
            browser.held -= 1;
          },
        };
      },
    },
    /** As browsers do, they take the lock away when the page goes out of sight. */
    show(state: DocumentVisibilityState) {
      browser.page.visibilityState = state;
      for (const listener of listeners) listener();
    },
  };
  return browser;
}

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
};

test('the screen stays on until one stops, and again after the page was out of sight', async () => {
  const browser = makeBrowser();
  const stop = keepScreenOn(browser.page, browser.locks);
  await turns();
  expect(browser.held).toBe(1);
  browser.show('hidden');
  await turns();
  expect(browser.asked).toBe(1);
  browser.show('visible');
  await turns();
  expect([browser.asked, browser.held]).toEqual([2, 1]);
  stop();
  await turns();
  expect([browser.held, browser.listeners.size]).toEqual([0, 0]);
});

test('a lock that comes after one has stopped is let go', async () => {
  const browser = makeBrowser();
  keepScreenOn(browser.page, browser.locks)();
  await turns();
  expect([browser.asked, browser.held]).toEqual([1, 0]);
});

test('a browser that refuses, or has no locks, changes nothing', async () => {
  const browser = makeBrowser(new DOMException('not passed on to this frame', 'NotAllowedError'));
  const stop = keepScreenOn(browser.page, browser.locks);
  await turns();
  expect(browser.asked).toBe(1);
  stop();
  keepScreenOn(browser.page, undefined)();
  expect(browser.listeners.size).toBe(0);
});
