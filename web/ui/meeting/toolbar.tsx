import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { formatElapsed } from '../i18n/format-time.ts';
import { t, type MessageKey } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import type { IconName } from '../icons/icon-names.ts';
import type { AppForm } from '../layout/form.ts';
import { LevelBar } from '../parts/level-bar.tsx';
import { type MenuEntry, MenuButton } from '../parts/menu-button.tsx';
import { rovingFocus } from '../parts/roving-focus.ts';
import { settings } from '../storage/settings.ts';
import { ReactTool } from './call-reactions.tsx';
import { allowanceNeeded } from './allowance.ts';
import { canShareScreen } from './screen-share.ts';
import { LeaveMenu } from './leave-menu.tsx';
import { type Control, hasMoreEntries, hasToolMenus, moreEntries, TOOL_KEYS, viewEntries } from './menus.ts';
import type { Session } from './session.ts';
import { SHORTCUTS, type ShortcutAction } from './shortcuts.ts';
import { whenPressed } from './tool-choice.ts';

/** What stands in the bar in each form, besides microphone and camera; the rest goes to More (design §3.4). */
const CONTROLS: Readonly<Record<AppForm, readonly Control[]>> = {
  wide: ['share', 'hand', 'react', 'view', 'invite', 'chat', 'participants'],
  medium: ['share', 'hand', 'view', 'invite', 'chat', 'participants'],
  narrow: ['share', 'hand', 'chat'],
  phone: ['hand', 'chat'],
  landscape: ['chat'],
  tiny: [],
  mini: [],
};

/** In the phone's top row instead. */
const IN_TOP_ROW: Partial<Record<AppForm, readonly Control[]>> = { phone: ['view', 'participants'] };

interface ToolbarProps {
  session: Session;
  onLeave: () => void;
}

export function Toolbar({ session, onLeave }: ToolbarProps) {
  const bar = useRef<HTMLDivElement>(null);
  const form = session.form.value;
  const isDesktop = form === 'wide' || form === 'medium';
  const hasMenus = hasToolMenus(form);
  const choice = session.tools.value;
  const isOffered = (control: Control) => choice.shows(TOOL_KEYS[control]) && (control !== 'share' || canShareScreen());
  const controls = CONTROLS[form].filter(isOffered);
  const orientation = form === 'landscape' ? 'vertical' : 'horizontal';
  useEffect(() => (bar.current ? rovingFocus(bar.current, '[data-tool]', orientation) : undefined), [orientation]);
  const has = (control: Control) => controls.includes(control);
  const absent = (['react', 'share', 'hand', 'view', 'invite', 'chat', 'participants'] as const).filter(
    (control) => !has(control) && !IN_TOP_ROW[form]?.includes(control) && isOffered(control),
  );
  return (
    <footer class="bar">
      {isDesktop && <MeetingInfo session={session} />}
      <div
        ref={bar}
        id="call-controls"
        class="tools"
        role="toolbar"
        aria-label={t('tool.bar')}
        aria-orientation={orientation}
      >
        <div class="tools-main">
          {choice.shows('microphone') && <MicrophoneTool session={session} hasMenu={hasMenus} />}
          {choice.shows('camera') && <CameraTool session={session} hasMenu={hasMenus} />}
          {hasMenus && <span class="tool-separator" />}
          {has('share') && <ShareTool session={session} />}
          {has('hand') && <HandTool session={session} />}
          {has('react') && <ReactTool session={session} />}
          {has('view') && <ViewTool session={session} />}
          {has('chat') && !isDesktop && <ChatTool session={session} />}
          {hasMoreEntries(session, absent) && <MoreTool session={session} absent={absent} />}
          {choice.shows('hangup') && (
            <div class="duo duo-leave">
              <Tool
                name="tool.leave"
                icon="phone"
                className="tool-leave"
                shortcut="leave"
                onClick={whenPressed(() => session.tools.peek(), 'hangup', onLeave)}
              />
              {hasMenus && <LeaveMenu session={session} onLeave={onLeave} />}
            </div>
          )}
        </div>
        {isDesktop && (
          <div class="tools-end">
            {has('invite') && (
              <Tool
                name="tool.invite"
                icon="user-plus"
                shortcut="invite"
                hasPopup="dialog"
                onClick={whenPressed(
                  () => session.tools.peek(),
                  'invite',
                  () => {
                    session.dialog.value = { name: 'invite' };
                  },
                )}
              />
            )}
            {has('chat') && <ChatTool session={session} />}
            {has('participants') && <ParticipantsTool session={session} />}
          </div>
        )}
      </div>
    </footer>
  );
}

function MeetingInfo({ session }: { session: Session }) {
  const { participants, isLocked } = session.state.value;
  const title = session.title.value;
  const { showsSubject, showsTimer, showsCount } = session.tools.value;
  if (!showsSubject && !showsTimer && !showsCount) return null;
  return (
    <div class="bar-info">
      {showsSubject && (
        <span class="bar-room">
          <b class="cut" title={title}>
            <bdi>{title}</bdi>
          </b>
          {isLocked && <LockMark />}
        </span>
      )}
      <span>
        {showsTimer && <Elapsed session={session} />}
        {showsTimer && showsCount && ' · '}
        {showsCount && t('info.people', { count: participants.length + 1 })}
      </span>
    </div>
  );
}

/** The room asks newcomers for a password. */
export function LockMark() {
  return (
    <>
      <Icon name="lock" size="s" className="lock-mark" />
      <span class="visually-hidden">{t('info.locked')}</span>
    </>
  );
}

/** Time since the meeting began, or since oneself joined while that is unknown. */
export function Elapsed({ session }: { session: Session }) {
  // Read for its ticking.
  void session.nowMs.value;
  const startedAtMs = session.state.value.startedAtMs ?? session.joinedAtMs;
  return <span class="elapsed">{formatElapsed(Date.now() - startedAtMs)}</span>;
}

interface ToolProps {
  name: MessageKey;
  icon: IconName;
  onClick: () => void;
  shortcut?: ShortcutAction;
  className?: string;
  isPressed?: boolean;
  isExpanded?: boolean;
  hasPopup?: 'dialog';
  count?: number;
  isCountPlain?: boolean;
  description?: string;
  /** Why it may not be used now; pressing it explains how to ask. */
  lock?: string | undefined;
}

function keysOf(action: ShortcutAction | undefined): string | undefined {
  return settings.value.hasShortcuts ? SHORTCUTS.find((shortcut) => shortcut.action === action)?.keys : undefined;
}

function Tool(props: ToolProps) {
  const keys = keysOf(props.shortcut);
  const label = t(props.name);
  const description = [props.lock, props.description, keys && t('tool.key', { key: keys })].filter(Boolean).join(', ');
  return (
    <button
      type="button"
      data-tool
      class={props.className ? `tool ${props.className}` : 'tool'}
      aria-label={label}
      aria-pressed={props.isPressed}
      aria-expanded={props.isExpanded}
      aria-haspopup={props.hasPopup}
      aria-description={description || undefined}
      data-tip={props.lock === undefined ? label : `${label}: ${props.lock}`}
      data-key={keys}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
      {props.lock !== undefined && (
        <span class="tool-lock">
          <Icon name="lock" size="s" />
        </span>
      )}
      <span class="tool-label">{label}</span>
      {props.count !== undefined && props.count > 0 && (
        // Drawn by CSS: the count is in the description, and text here would contradict the name.
        <span
          class={props.isCountPlain ? 'tool-count is-plain' : 'tool-count'}
          data-count={props.count > 99 ? '99+' : props.count}
        />
      )}
    </button>
  );
}

function Duo({ isOff, children }: { isOff: boolean; children: ComponentChildren }) {
  return <div class={isOff ? 'duo is-off' : 'duo'}>{children}</div>;
}

function MicrophoneTool({ session, hasMenu }: { session: Session; hasMenu: boolean }) {
  const { media } = session;
  const isLive = media.isMicrophoneLive.value;
  return (
    <Duo isOff={!isLive}>
      <Tool
        name="tool.microphone"
        icon={isLive ? 'mic' : 'mic-off'}
        shortcut="microphone"
        isPressed={isLive}
        lock={allowanceNeeded(session, 'audio')}
        onClick={whenPressed(
          () => session.tools.peek(),
          'microphone',
          () => void session.setMicrophone(!isLive),
        )}
      />
      {hasMenu && (
        <DeviceMenu
          label={t('devices.microphone-menu')}
          header={
            <div class="menu-level">
              <LevelBar track={media.microphone.value} />
            </div>
          }
          entries={() => [
            ...deviceChoices('devices.microphone', media.devices.peek().microphones, media.microphone.peek(), (id) => {
              void media.choose('microphone', id);
            }),
            ...speakerChoices(session),
            ...settingsEntry(session, 'sound'),
          ]}
        />
      )}
    </Duo>
  );
}

function CameraTool({ session, hasMenu }: { session: Session; hasMenu: boolean }) {
  const { media } = session;
  const isOn = media.isCameraOn.value;
  return (
    <Duo isOff={!isOn}>
      <Tool
        name="tool.camera"
        icon={isOn ? 'video' : 'video-off'}
        shortcut="camera"
        isPressed={isOn}
        lock={allowanceNeeded(session, 'video')}
        onClick={whenPressed(
          () => session.tools.peek(),
          'camera',
          () => void session.setCamera(!isOn),
        )}
      />
      {hasMenu && (
        <DeviceMenu
          label={t('devices.camera-menu')}
          entries={() => [
            ...deviceChoices('devices.camera', media.devices.peek().cameras, media.camera.peek(), (id) => {
              void media.choose('camera', id);
            }),
            ...settingsEntry(session, 'video'),
          ]}
        />
      )}
    </Duo>
  );
}

function DeviceMenu(props: { label: string; entries: () => readonly MenuEntry[]; header?: ComponentChildren }) {
  return (
    <MenuButton
      label={props.label}
      className="duo-arrow"
      entries={props.entries}
      header={props.header}
      tip={props.label}
      isTool
    >
      <Icon name="chevron-up" size="s" />
    </MenuButton>
  );
}

function deviceChoices(
  heading: MessageKey,
  devices: readonly MediaDeviceInfo[],
  track: MediaStreamTrack | undefined,
  choose: (deviceId: string) => void,
): MenuEntry[] {
  const named = devices.filter((device) => device.label !== '');
  const current = track?.getSettings().deviceId;
  if (named.length === 0) return [{ kind: 'heading', label: t('devices.none') }];
  return [
    { kind: 'heading', label: t(heading) },
    ...named.map((device): MenuEntry => ({
      kind: 'choice',
      label: device.label,
      isChosen: device.deviceId === current,
      onSelect: () => choose(device.deviceId),
    })),
  ];
}

function speakerChoices(session: Session): MenuEntry[] {
  const speakers = session.media.devices.peek().speakers.filter((device) => device.label !== '');
  if (speakers.length < 2) return [];
  const { speakerId } = settings.peek();
  const current = speakers.find((device) => device.deviceId === speakerId) ?? speakers[0];
  return [
    { kind: 'separator' },
    { kind: 'heading', label: t('devices.speaker') },
    ...speakers.map((device): MenuEntry => ({
      kind: 'choice',
      label: device.label,
      isChosen: device === current,
      onSelect: () => session.chooseSpeaker(device.deviceId),
    })),
  ];
}

function settingsEntry(session: Session, tab: string): MenuEntry[] {
  return [
    { kind: 'separator' },
    {
      kind: 'action',
      label: t('tool.settings'),
      icon: 'settings-2',
      onSelect: () => {
        session.dialog.value = { name: 'settings', tab };
      },
    },
  ];
}

function ShareTool({ session }: { session: Session }) {
  const isSharing = session.state.value.self.isSharingScreen;
  return (
    <Tool
      name="tool.share"
      icon={isSharing ? 'screen-share-off' : 'screen-share'}
      shortcut="share"
      isPressed={isSharing}
      lock={allowanceNeeded(session, 'desktop')}
      className={isSharing ? 'is-on' : ''}
      onClick={whenPressed(
        () => session.tools.peek(),
        'desktop',
        () => void session.shareScreen(),
      )}
    />
  );
}

function HandTool({ session }: { session: Session }) {
  const isRaised = session.state.value.self.handRaisedAtMs !== undefined;
  return (
    <Tool
      name="tool.hand"
      icon="hand"
      shortcut="hand"
      isPressed={isRaised}
      className={isRaised ? 'is-raised' : ''}
      onClick={whenPressed(
        () => session.tools.peek(),
        'raisehand',
        () => session.toggleHand(),
      )}
    />
  );
}

function ViewTool({ session }: { session: Session }) {
  return (
    <MenuButton
      label={t('tool.view')}
      className="tool view-tool"
      entries={() => viewEntries(session)}
      tip={t('tool.view')}
      shortcutKeys={keysOf('view-menu')}
      isTool
    >
      <Icon name={settings.value.view === 'grid' ? 'layout-grid' : 'panel-right'} />
      <span class="tool-label">{t('tool.view')}</span>
    </MenuButton>
  );
}

function MoreTool({ session, absent }: { session: Session; absent: readonly Control[] }) {
  const unread = absent.includes('chat') ? session.unread.value : 0;
  return (
    <MenuButton
      label={t('tool.more')}
      className="tool"
      entries={() => moreEntries(session, absent)}
      tip={t('tool.more')}
      description={unread > 0 ? t('chat.unread', { count: unread }) : undefined}
      isTool
    >
      <Icon name="ellipsis" />
      <span class="tool-label">{t('tool.more')}</span>
      {unread > 0 && <span class="tool-count" data-count={unread} />}
    </MenuButton>
  );
}

export function ChatTool({ session }: { session: Session }) {
  const isOpen = session.panel.value === 'chat';
  const unread = session.unread.value;
  return (
    <Tool
      name="tool.chat"
      icon="message-square"
      shortcut="chat"
      className={isOpen ? 'is-on' : ''}
      isExpanded={isOpen}
      count={unread}
      description={unread > 0 ? t('chat.unread', { count: unread }) : ''}
      onClick={whenPressed(
        () => session.tools.peek(),
        'chat',
        () => session.togglePanel('chat'),
      )}
    />
  );
}

function ParticipantsTool({ session }: { session: Session }) {
  const isOpen = session.panel.value === 'participants';
  const count = session.state.value.participants.length + 1;
  return (
    <Tool
      name="tool.participants"
      icon="users"
      shortcut="participants"
      className={isOpen ? 'is-on' : ''}
      isExpanded={isOpen}
      count={count}
      isCountPlain
      description={t('info.people', { count })}
      onClick={whenPressed(
        () => session.tools.peek(),
        'participants-pane',
        () => session.togglePanel('participants'),
      )}
    />
  );
}
