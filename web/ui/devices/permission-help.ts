import type { MessageKey } from '../i18n/messages.ts';

export type BrowserName = 'chrome' | 'chrome-android' | 'firefox' | 'safari' | 'safari-ios';

/** Which browser's steps to show. Only for help texts; nothing else depends on it. */
export function browserName(userAgent: string): BrowserName {
  if (/iPhone|iPad|iPod/u.test(userAgent)) return 'safari-ios';
  if (/Android/u.test(userAgent) && !/Firefox/u.test(userAgent)) return 'chrome-android';
  if (/Firefox\//u.test(userAgent)) return 'firefox';
  return /Safari\//u.test(userAgent) && !/Chrome|Chromium|Edg/u.test(userAgent) ? 'safari' : 'chrome';
}

const STEPS: Readonly<Record<BrowserName, readonly MessageKey[]>> = {
  chrome: ['help.chrome-1', 'help.chrome-2', 'help.chrome-3'],
  'chrome-android': ['help.android-1', 'help.android-2', 'help.android-3'],
  firefox: ['help.firefox-1', 'help.firefox-2', 'help.firefox-3'],
  safari: ['help.safari-1', 'help.safari-2', 'help.safari-3'],
  'safari-ios': ['help.ios-1', 'help.ios-2', 'help.ios-3'],
};

/** Three steps in words that let the camera and microphone be used again. */
export function permissionSteps(userAgent: string): readonly MessageKey[] {
  return STEPS[browserName(userAgent)];
}
