import { useEffect, useRef, useState } from 'preact/hooks';
import { BreakoutBar } from '../breakout/breakout-bar.tsx';
import { t } from '../i18n/messages.ts';
import { Icon } from '../icons/icon.tsx';
import { appForm, panelWidth } from '../layout/form.ts';
import { LevelMeter } from '../devices/level.ts';
import { hearWhileMuted, silentWhileMuted } from '../devices/speech-while-muted.ts';
import type { Stage } from '../stage/stage.ts';
import { lazy } from '../parts/lazy.tsx';
import { MenuButton } from '../parts/menu-button.tsx';
import { prefetchWhenIdle } from '../parts/prefetch.ts';
import { SettingsDialog } from '../settings/lazy-settings.ts';
import { BannerView, SharingCard } from './banner-view.tsx';
import { FloatingReactions } from './call-reactions.tsx';
import { HandRequest } from './hand-requests.tsx';
import { LobbyNotice } from './lobby-list.tsx';
import { listenForKeys } from './keyboard.ts';
import { viewEntries } from './menus.ts';
import type { Session } from './session.ts';
import { StageView } from './stage-view.tsx';
import { ToastView } from './toast-view.tsx';
import { Elapsed, LockMark, Toolbar } from './toolbar.tsx';
import { keepScreenOn } from './wake-lock.ts';

const closePanel = ({ session }: { session: Session }) => {
  session.panel.value = undefined;
};

/** Fetched when first opened, or when there is time: nobody needs them to join. */
const Chat = lazy(async () => (await import('./chat-panel.tsx')).ChatPanel, closePanel);
const Participants = lazy(async () => (await import('./participants-panel.tsx')).ParticipantsPanel, closePanel);
const Polls = lazy(async () => (await import('../polls/polls-panel.tsx')).PollsPanel, closePanel);
const Dialogs = lazy(
  async () => (await import('./dialogs.tsx')).Dialogs,
  ({ onClose }) => onClose(),
);

interface MeetingPageProps {
  session: Session;
  onLeave: () => void;
}

/** The meeting: stage, one bar, and what was opened on demand. */
export function MeetingPage({ session, onLeave }: MeetingPageProps) {
  const app = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage>(undefined);
  const [appWidth, setAppWidth] = useState(0);
  const form = session.form.value;

  useEffect(() => {
    const element = app.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => {
      if (!entry) return;
      session.form.value = appForm(entry.contentRect, textScale());
      setAppWidth(entry.contentRect.width);
    });
    observer.observe(element);
    const stopKeys = listenForKeys(
      session,
      () => stage.current,
      () => element.querySelector<HTMLElement>('.view-tool')?.click(),
    );
    return () => {
      observer.disconnect();
      stopKeys();
    };
  }, [session]);

  useEffect(() => {
    const stop = new AbortController();
    void prefetchWhenIdle([Participants, Chat, Dialogs, Polls, SettingsDialog], stop.signal);
    return () => stop.abort();
  }, []);
  useEffect(() => keepScreenOn(document, navigator.wakeLock), []);
  useSpeechWhileMuted(session);
  const closeDialog = () => {
    session.dialog.value = undefined;
  };
  const panel = session.panel.value;
  const hasPanelBeside = panel !== undefined && panelWidth(form, appWidth, textScale()) > 0;
  return (
    <div
      ref={app}
      class="app"
      data-form={form}
      data-panel={panel === undefined ? undefined : hasPanelBeside ? 'beside' : 'over'}
    >
      <a class="skip-link" href="#call-controls" onClick={skipToControls}>
        {t('tool.skip')}
      </a>
      <main class="stage" aria-label={t('meeting.main')}>
        <h1 class="visually-hidden">{session.title.value}</h1>
        {form === 'phone' && <TopRow session={session} />}
        <BannerView session={session} onLeave={onLeave} />
        <LobbyNotice session={session} />
        <HandRequest session={session} />
        <BreakoutBar session={session} />
        <SharingCard session={session} />
        <StageView
          session={session}
          onStage={(created) => {
            stage.current = created;
          }}
        />
        <FloatingReactions session={session} />
      </main>
      {panel === 'chat' && <Chat session={session} />}
      {panel === 'polls' && <Polls session={session} />}
      {panel === 'participants' && <Participants session={session} />}
      <Toolbar session={session} onLeave={onLeave} />
      {form === 'mini' && !session.media.isMicrophoneLive.value && (
        <span class="mini-muted">
          <Icon name="mic-off" size="s" />
        </span>
      )}
      <ToastView toasts={session.toasts} />
      {session.dialog.value && (
        <Dialogs session={session} dialog={session.dialog.value} onLeave={onLeave} onClose={closeDialog} />
      )}
    </div>
  );
}

/** The reader's own text size, against the usual 16 px. */
function textScale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

function skipToControls(event: MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>('#call-controls [data-tool][tabindex="0"]')?.focus();
}

/** Phone: name and time, and what the bar below has no place for. */
function TopRow({ session }: { session: Session }) {
  const { media } = session;
  const canSwitch = media.isCameraOn.value && media.devices.value.cameras.length > 1;
  const count = session.state.value.participants.length + 1;
  const tools = session.tools.value;
  return (
    <div class="top-row">
      <p class="top-row-name grow">
        {tools.showsSubject && (
          <>
            <b class="cut">
              <bdi>{session.title.value}</bdi>
            </b>
            {session.state.value.isLocked && <LockMark />}
          </>
        )}
        {tools.showsTimer && (
          <span class="muted">
            {tools.showsSubject && '· '}
            <Elapsed session={session} />
          </span>
        )}
      </p>
      {canSwitch && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('tool.switch-camera')}
          onClick={() => void media.switchCamera()}
        >
          <Icon name="switch-camera" />
        </button>
      )}
      {tools.shows('tileview') && (
        <MenuButton
          label={t('tool.view')}
          className="icon-button view-tool"
          side="below"
          align="end"
          entries={() => viewEntries(session)}
        >
          <Icon name="layout-grid" />
        </MenuButton>
      )}
      {tools.shows('participants-pane') && (
        <button
          type="button"
          class="icon-button"
          aria-label={t('tool.participants')}
          aria-expanded={session.panel.value === 'participants'}
          aria-description={t('info.people', { count })}
          onClick={() => tools.press('participants-pane') && session.togglePanel('participants')}
        >
          <Icon name="users" />
        </button>
      )}
    </div>
  );
}

/** "You are muted", when one speaks unheard. */
function useSpeechWhileMuted(session: Session): void {
  const track = session.media.microphone.value;
  const isMuted = !session.media.isMicrophoneLive.value;
  useEffect(() => {
    if (!track || !isMuted) return;
    let speech = silentWhileMuted;
    const meter = new LevelMeter(track, ({ level }) => {
      const heard = hearWhileMuted(speech, level, performance.now());
      speech = heard.state;
      if (!heard.shouldNotify) return;
      session.toasts.show(t('muted.speaking'), {
        label: t('muted.unmute'),
        run: () => void session.setMicrophone(true),
      });
    });
    return () => meter.close();
  }, [track, isMuted]);
}
