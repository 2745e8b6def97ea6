import type { MessageKey } from '../i18n/messages.ts';

export type ShortcutAction =
  | 'microphone'
  | 'camera'
  | 'push-to-talk'
  | 'talk-lock'
  | 'chat'
  | 'participants'
  | 'share'
  | 'invite'
  | 'view-mode'
  | 'view-menu'
  | 'full-screen'
  | 'pin-tile'
  | 'unpin'
  | 'previous-page'
  | 'next-page'
  | 'hand'
  | 'quality'
  | 'help'
  | 'leave';

export interface Shortcut {
  readonly action: ShortcutAction;
  /** As shown on a key cap. */
  readonly keys: string;
  readonly label: MessageKey;
}

/** Design §6. The order is that of the help. */
export const SHORTCUTS: readonly Shortcut[] = [
  { action: 'microphone', keys: 'M', label: 'tool.microphone' },
  { action: 'camera', keys: 'V', label: 'tool.camera' },
  { action: 'push-to-talk', keys: 'Space', label: 'shortcut.push-to-talk' },
  { action: 'talk-lock', keys: 'T', label: 'shortcut.talk-lock' },
  { action: 'chat', keys: 'C', label: 'tool.chat' },
  { action: 'participants', keys: 'P', label: 'tool.participants' },
  { action: 'share', keys: 'D', label: 'tool.share' },
  { action: 'hand', keys: 'R', label: 'tool.hand' },
  { action: 'invite', keys: 'I', label: 'tool.invite' },
  { action: 'view-mode', keys: 'W', label: 'shortcut.view-mode' },
  { action: 'view-menu', keys: 'S', label: 'shortcut.view-menu' },
  { action: 'full-screen', keys: 'F', label: 'tool.full-screen' },
  { action: 'pin-tile', keys: '1 … 9', label: 'shortcut.pin' },
  { action: 'unpin', keys: '0', label: 'shortcut.unpin' },
  { action: 'previous-page', keys: 'Page Up', label: 'shortcut.previous-page' },
  { action: 'next-page', keys: 'Page Down', label: 'shortcut.next-page' },
  { action: 'quality', keys: 'A', label: 'shortcut.quality' },
  { action: 'help', keys: '?', label: 'shortcut.help' },
  { action: 'leave', keys: 'Ctrl + Alt + L', label: 'tool.leave' },
];

const BY_KEY: Readonly<Record<string, ShortcutAction>> = {
  m: 'microphone',
  v: 'camera',
  t: 'talk-lock',
  c: 'chat',
  p: 'participants',
  d: 'share',
  r: 'hand',
  i: 'invite',
  w: 'view-mode',
  s: 'view-menu',
  f: 'full-screen',
  a: 'quality',
  pageup: 'previous-page',
  pagedown: 'next-page',
  '?': 'help',
  '0': 'unpin',
};

export interface KeyPress {
  readonly key: string;
  /** Physical key, for letters on keyboards of other scripts: Greek “μ” is on the key M. */
  readonly code: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

/** What a key means in the meeting, with the number for `pin-tile`; undefined for keys that are not ours. */
export function shortcutOf(press: KeyPress): { action: ShortcutAction; index?: number } | undefined {
  const letter = /^Key([A-Z])$/u.exec(press.code)?.[1]?.toLowerCase();
  if ((press.ctrlKey || press.metaKey) && press.altKey && letter === 'l') return { action: 'leave' };
  if (press.ctrlKey || press.metaKey || press.altKey || press.repeat) return undefined;
  if (/^[1-9]$/u.test(press.key)) return { action: 'pin-tile', index: Number(press.key) - 1 };
  const isLatin = /^[\x20-\x7e]$/u.test(press.key);
  const key = isLatin || press.key.length > 1 ? press.key.toLowerCase() : (letter ?? press.key);
  const action = Object.hasOwn(BY_KEY, key) ? BY_KEY[key] : undefined;
  return action && { action };
}

/** Whether a key press goes into a field or a control that needs it. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/u.test(target.tagName);
}
