import { t } from '../i18n/messages.ts';
import type { Corner } from '../layout/self-view.ts';
import type { MenuEntry } from '../parts/menu-button.tsx';
import { changeSettings, settings, type VideoQuality } from '../storage/settings.ts';
import type { IconName } from '../icons/icon-names.ts';
import type { AppForm } from '../layout/form.ts';
import { reactionRow } from './call-reactions.tsx';
import { canFullScreen, toggleFullScreen } from './full-screen.ts';
import { endForEveryone } from './leave-menu.tsx';
import type { Session } from './session.ts';
import { type ToolKey, whenPressed } from './tool-choice.ts';

/** Controls that move to More when the bar is too narrow for them. */
export type Control = 'share' | 'hand' | 'react' | 'view' | 'invite' | 'chat' | 'participants';

/** The name by which links and embedding pages choose it. */
export const TOOL_KEYS: Readonly<Record<Control, ToolKey>> = {
  share: 'desktop',
  hand: 'raisehand',
  react: 'reactions',
  view: 'tileview',
  invite: 'invite',
  chat: 'chat',
  participants: 'participants-pane',
};

/** Whether there is room beside a button for the one that opens its menu. */
export function hasToolMenus(form: AppForm): boolean {
  return form === 'wide' || form === 'medium' || form === 'narrow';
}

const CORNERS: readonly Corner[] = ['top-start', 'top-end', 'bottom-start', 'bottom-end'];
const QUALITIES: readonly VideoQuality[] = ['best', 'saver', 'sound-only'];

/** Grid or speaker, the own picture (the twin of dragging it), quality. */
export function viewEntries(session: Session): readonly MenuEntry[] {
  const { view, hidesSelf, selfCorner, quality } = settings.peek();
  const isFloating = session.state.peek().participants.length === 1 && !hidesSelf;
  const choice = (label: string, isChosen: boolean, onSelect: () => void): MenuEntry => ({
    kind: 'choice',
    label,
    isChosen,
    onSelect,
  });
  return [
    choice(t('view.grid'), view === 'grid', () => changeSettings({ view: 'grid' })),
    choice(t('view.speaker'), view === 'speaker', () => changeSettings({ view: 'speaker' })),
    { kind: 'separator' },
    ...(session.tools.peek().offersSelfView
      ? [
          {
            kind: 'action',
            label: t(hidesSelf ? 'view.show-self' : 'view.hide-self'),
            icon: hidesSelf ? 'user' : 'eye-off',
            onSelect: () => changeSettings({ hidesSelf: !hidesSelf }),
          } as const,
        ]
      : []),
    ...(isFloating
      ? [
          { kind: 'heading', label: t('view.self-place') } as const,
          ...CORNERS.map((corner) =>
            choice(t(`corner.${corner}`), corner === selfCorner, () => changeSettings({ selfCorner: corner })),
          ),
        ]
      : []),
    { kind: 'separator' },
    { kind: 'heading', label: t('quality.title') },
    ...QUALITIES.map((value) =>
      choice(t(`quality.${value}`), value === quality, () => changeSettings({ quality: value })),
    ),
  ];
}

/** What is in More and nowhere else. */
const OTHERS: readonly ToolKey[] = ['fullscreen', 'polls', 'stats', 'security', 'settings', 'shortcuts'];

/** Whether More has anything in it. */
export function hasMoreEntries(session: Session, absent: readonly Control[]): boolean {
  return absent.length > 0 || OTHERS.some(session.tools.value.shows);
}

/** First what did not fit into the bar, then the rest (design §5, More). */
export function moreEntries(session: Session, absent: readonly Control[]): readonly MenuEntry[] {
  const moved = absent.flatMap((control) => movedEntry(session, control));
  const { shows } = session.tools.peek();
  const dialog = (name: 'settings', tab?: string) => () => {
    session.dialog.value = tab === undefined ? { name } : { name, tab };
  };
  const action = (key: ToolKey, label: string, icon: IconName, onSelect: () => void): readonly MenuEntry[] =>
    shows(key) ? [{ kind: 'action', label, icon, onSelect }] : [];
  return [
    ...moved,
    ...(moved.length > 0 && OTHERS.some(shows) ? [{ kind: 'separator' } as const] : []),
    ...(shows('fullscreen') && canFullScreen()
      ? [
          {
            kind: 'action',
            label: t(document.fullscreenElement ? 'tool.exit-full-screen' : 'tool.full-screen'),
            icon: document.fullscreenElement ? 'minimize' : 'maximize',
            onSelect: () => void toggleFullScreen(document.documentElement),
          } as const,
        ]
      : []),
    ...action('polls', t('tool.polls'), 'chart-column', () => session.togglePanel('polls')),
    ...(session.canCallPhones
      ? action('invite', t('phone.call'), 'phone', () => {
          session.dialog.value = { name: 'call-phone' };
        })
      : []),
    ...action('stats', t('tool.speaker-stats'), 'clock', () => {
      session.dialog.value = { name: 'speaker-stats' };
    }),
    ...(session.state.peek().self.isModerator
      ? action('security', t('tool.security'), 'shield', dialog('settings', 'moderator'))
      : []),
    ...action('settings', t('tool.settings'), 'settings-2', dialog('settings')),
    ...action('settings', t('tool.connection'), 'info', () => void showConnection(session)),
    ...action('shortcuts', t('settings.shortcuts'), 'keyboard', dialog('settings', 'shortcuts')),
    ...(shows('hangup') && session.state.peek().self.isModerator && !hasToolMenus(session.form.peek())
      ? [{ kind: 'separator' } as const, endForEveryone(session)]
      : []),
  ];
}

async function showConnection(session: Session): Promise<void> {
  session.dialog.value = { name: 'connection', lines: await session.meeting.connectionDetails() };
}

function movedEntry(session: Session, control: Control): readonly MenuEntry[] {
  const { self, participants } = session.state.peek();
  const action = (label: string, icon: Extract<MenuEntry, { kind: 'action' }>['icon'], onSelect: () => void) =>
    [
      {
        kind: 'action',
        label,
        ...(icon ? { icon } : {}),
        onSelect: whenPressed(() => session.tools.peek(), TOOL_KEYS[control], onSelect),
      },
    ] as const;
  switch (control) {
    case 'share':
      return action(t(self.isSharingScreen ? 'share.stop' : 'tool.share'), 'screen-share', () => {
        void session.shareScreen();
      });
    case 'hand':
      return action(t(self.handRaisedAtMs === undefined ? 'tool.hand' : 'hand.lower'), 'hand', () => {
        session.toggleHand();
      });
    case 'react':
      return [reactionRow(session)];
    case 'view': {
      const isGrid = settings.peek().view === 'grid';
      return action(t(isGrid ? 'view.speaker' : 'view.grid'), isGrid ? 'panel-right' : 'layout-grid', () =>
        changeSettings({ view: isGrid ? 'speaker' : 'grid' }),
      );
    }
    case 'invite':
      return action(t('tool.invite'), 'user-plus', () => {
        session.dialog.value = { name: 'invite' };
      });
    case 'chat': {
      const unread = session.unread.peek();
      const label = unread > 0 ? `${t('tool.chat')} (${unread})` : t('tool.chat');
      return action(label, 'message-square', () => session.togglePanel('chat'));
    }
    case 'participants':
      return action(`${t('tool.participants')} (${participants.length + 1})`, 'users', () =>
        session.togglePanel('participants'),
      );
  }
}
