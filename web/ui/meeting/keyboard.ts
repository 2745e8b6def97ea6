import { settings, changeSettings, type VideoQuality } from '../storage/settings.ts';
import type { Stage } from '../stage/stage.ts';
import { t } from '../i18n/messages.ts';
import { canFullScreen, toggleFullScreen } from './full-screen.ts';
import { canShareScreen } from './screen-share.ts';
import type { Session } from './session.ts';
import { isTyping, type ShortcutAction, shortcutOf } from './shortcuts.ts';
import { turnPage } from './stage-view.tsx';

const QUALITIES: readonly VideoQuality[] = ['best', 'saver', 'sound-only'];

/** Keys of the meeting, until the returned function is called. */
export function listenForKeys(session: Session, stage: () => Stage | undefined, onOpenView: () => void): () => void {
  const stop = new AbortController();
  const options = { signal: stop.signal };
  let isTalking = false;

  const stopTalking = () => {
    if (!isTalking) return;
    isTalking = false;
    void session.media.setMicrophone(false);
  };

  document.addEventListener(
    'keydown',
    (event) => {
      if (event.defaultPrevented || session.dialog.peek()) return;
      if (event.key === 'Escape') {
        // From wherever the focus is; inside the panel it closes by itself and gives the focus back.
        session.panel.value = undefined;
        return;
      }
      if (!settings.peek().hasShortcuts || isTyping(event.target)) return;
      if (event.key === ' ') {
        if (!isPushToTalk(event)) return;
        event.preventDefault();
        if (event.repeat || isTalking || session.media.isMicrophoneLive.peek()) return;
        isTalking = true;
        void session.setMicrophone(true);
        return;
      }
      const shortcut = shortcutOf(event);
      if (!shortcut) return;
      event.preventDefault();
      run(session, stage(), shortcut.action, shortcut.index, onOpenView);
    },
    options,
  );
  document.addEventListener('keyup', (event) => event.key === ' ' && stopTalking(), options);
  window.addEventListener('blur', stopTalking, options);
  return () => {
    stopTalking();
    stop.abort();
  };
}

/** Space on a focused control presses that control. */
function isPushToTalk(event: KeyboardEvent): boolean {
  if (!settings.peek().hasPushToTalk || event.ctrlKey || event.metaKey || event.altKey) return false;
  return !(event.target instanceof Element && event.target.closest('button, a, [role="switch"], [role="log"]'));
}

function run(
  session: Session,
  stage: Stage | undefined,
  action: ShortcutAction,
  index: number | undefined,
  onOpenView: () => void,
): void {
  switch (action) {
    case 'microphone':
      void session.setMicrophone(!session.media.isMicrophoneLive.peek());
      break;
    case 'camera':
      void session.setCamera(!session.media.isCameraOn.peek());
      break;
    case 'talk-lock':
      toggleTalkLock(session);
      break;
    case 'chat':
    case 'participants':
      session.togglePanel(action);
      break;
    case 'share':
      if (canShareScreen()) void session.shareScreen();
      break;
    case 'hand':
      session.toggleHand();
      break;
    case 'invite':
      session.dialog.value = { name: 'invite' };
      break;
    case 'view-mode':
      changeSettings({ view: settings.peek().view === 'grid' ? 'speaker' : 'grid' });
      break;
    case 'view-menu':
      onOpenView();
      break;
    case 'full-screen':
      if (canFullScreen()) void toggleFullScreen(document.documentElement);
      break;
    case 'pin-tile': {
      const id = stage?.visibleTile(index ?? 0);
      if (id !== undefined) session.pin(id);
      break;
    }
    case 'unpin':
      session.pinned.value = undefined;
      break;
    case 'previous-page':
      if (stage) turnPage(session, stage, -1);
      break;
    case 'next-page':
      if (stage) turnPage(session, stage, 1);
      break;
    case 'quality': {
      const next = QUALITIES[(QUALITIES.indexOf(settings.peek().quality) + 1) % QUALITIES.length] ?? 'best';
      changeSettings({ quality: next });
      session.toasts.show(t(`quality.${next}`));
      break;
    }
    case 'help':
      session.dialog.value = { name: 'settings', tab: 'shortcuts' };
      break;
    case 'leave':
      session.dialog.value = { name: 'leave' };
      break;
    case 'push-to-talk':
      break;
  }
}

/** Push to talk without holding: talk until the key comes again. */
function toggleTalkLock(session: Session): void {
  const isLive = session.media.isMicrophoneLive.peek();
  const wasLocked = session.isTalkLocked.peek();
  if (isLive && !wasLocked) return;
  void session.setMicrophone(!isLive).then(() => {
    session.isTalkLocked.value = !isLive;
  });
}
