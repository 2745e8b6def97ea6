import { effect, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import type { Rect } from '../layout/grid.ts';
import { Avatar } from '../parts/avatar.tsx';
import { Menu } from '../parts/menu-button.tsx';
import { Stage } from '../stage/stage.ts';
import { changeSettings, settings } from '../storage/settings.ts';
import { Floor, type FloorView, selfTileInput } from './floor.ts';
import { InviteCard } from './invite.tsx';
import { nameOf, SELF_TILE, sharedScreens, tileModels } from './people.ts';
import { personMenu } from './person-menu.ts';
import type { Session } from './session.ts';
import { toggleFullScreen } from './full-screen.ts';
import { followWishes } from './video-wishes.ts';

const LEVEL_INTERVAL_MS = 100;
const SPEAKING_LEVEL = 0.02;

/** Mounts the tiles once and feeds them; draws what stands around them. */
export function StageView({ session, onStage }: { session: Session; onStage: (stage: Stage) => void }) {
  const host = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage>(undefined);
  const menu = useSignal<{ id: string; opener: HTMLElement } | undefined>(undefined);

  useEffect(() => {
    if (!host.current) return;
    const created = new Stage(host.current, {
      pin: (id) => session.pin(id),
      openMenu: (id, opener) => {
        menu.value = { id, opener };
      },
      fullScreen: (id) => {
        const element = created.elementOf(id);
        if (element) void toggleFullScreen(element);
      },
      shown: (heights) => {
        session.shown.value = heights;
      },
      moveSelf: (selfCorner) => changeSettings({ selfCorner }),
      turnPage: (by) => turnPage(session, created, by),
    });
    stage.current = created;
    onStage(created);
    const stopFeeding = feed(session, created);
    return () => {
      stopFeeding();
      created.close();
    };
  }, [session]);

  const open = menu.value;
  const person = open && session.state.value.participants.find((candidate) => candidate.id === open.id);
  return (
    <div class="stage-area">
      <div ref={host} class="tiles" role="group" aria-label={t('stage.tiles')} />
      {stage.current && <StageChromeView session={session} stage={stage.current} />}
      {open && person && (
        <Menu
          id="tile-menu"
          label={t('tile.more', { name: nameOf(person.displayName) })}
          opener={open.opener}
          entries={personMenu(session, person)}
          side="below"
          align="end"
          onClose={(returnsFocus) => {
            menu.value = undefined;
            if (returnsFocus) open.opener.focus();
          }}
        />
      )}
    </div>
  );
}

export function turnPage(session: Session, stage: Stage, by: number): void {
  const { pageCount, page } = stage.chrome.peek();
  session.page.value = Math.min(pageCount - 1, Math.max(0, page + by));
}

function feed(session: Session, stage: Stage): () => void {
  const floor = new Floor();
  const stopTiles = effect(() => {
    const state = session.state.value;
    const { hidesSelf, selfCorner, mirrorsSelf, view } = settings.value;
    const camera = session.media.isCameraOn.value ? session.media.camera.value : undefined;
    const { width = 16, height = 9, facingMode } = camera?.getSettings() ?? {};
    const { perPage } = stage.chrome.value;
    const floorView: FloorView = {
      form: session.form.value,
      mode: view,
      pinned: session.pinned.value,
      chosenScreen: session.chosenScreen.value,
      page: session.page.value,
      self: selfTileInput(hidesSelf && state.participants.length > 0, width / height),
      selfCorner,
      hasStrip: session.hasStrip.value,
      hasInviteCard: session.tools.value.shows('invite'),
      hasDialIn: session.telephone.dialIn.value !== undefined,
      firstPageOthers: Math.max(1, perPage - 1),
    };
    // Time passes for the floor: the stage changes after a while without any other event.
    floor.advance(state, floorView, session.nowMs.value);
    const own = { camera, isMirrored: mirrorsSelf && facingMode !== 'environment' };
    stage.update(tileModels(state, own, session.pinned.value), floor.input(state, floorView));
  });
  const stopWishing = followWishes(session);
  const timer = setInterval(() => showSpeaking(session, stage), LEVEL_INTERVAL_MS);
  return () => {
    stopTiles();
    stopWishing();
    clearInterval(timer);
  };
}

/** The ring of who speaks; with two people there is one voice to hear and no ring (design §4, Two). */
function showSpeaking(session: Session, stage: Stage): void {
  if (document.hidden) return;
  const { self, participants } = session.state.peek();
  const speaking = new Set<string>();
  if (participants.length > 1) {
    const muted = new Set(participants.filter((p) => p.isMicrophoneMuted).map((p) => p.id));
    for (const [id, level] of session.meeting.audioLevels()) {
      if (level < SPEAKING_LEVEL || muted.has(id)) continue;
      if (id !== self.id) speaking.add(id);
      else if (!self.isMicrophoneMuted) speaking.add(SELF_TILE);
    }
  }
  stage.setSpeaking(speaking);
}

function at(rect: Rect): Readonly<Record<string, string>> {
  return {
    transform: `translate(${rect.x}px, ${rect.y}px)`,
    width: `${rect.width}px`,
    height: `${rect.height}px`,
  };
}

function StageChromeView({ session, stage }: { session: Session; stage: Stage }) {
  const { invite, more, pageCount, page } = stage.chrome.value;
  return (
    <>
      <ScreenTabs session={session} />
      {invite && (
        <div class="invite-place" style={at(invite)}>
          <InviteCard session={session} />
        </div>
      )}
      {more && (
        <button
          type="button"
          class="more-people"
          style={at(more.rect)}
          onClick={() => {
            session.panel.value = 'participants';
          }}
        >
          <MoreAvatars session={session} ids={more.hidden} isWide={more.rect.width > 150} />
          <span>
            <Text k="stage.more" args={{ count: more.hidden.length }} />
          </span>
        </button>
      )}
      {pageCount > 1 && <PageRow page={page} pageCount={pageCount} onTurn={(by) => turnPage(session, stage, by)} />}
    </>
  );
}

function MoreAvatars({ session, ids, isWide }: { session: Session; ids: readonly string[]; isWide: boolean }) {
  const people = session.state.value.participants.filter((person) => ids.includes(person.id));
  return (
    <span class="more-avatars">
      {people.slice(0, isWide ? 3 : 1).map((person) => (
        <Avatar key={person.id} id={person.id} name={nameOf(person.displayName)} size="s" />
      ))}
    </span>
  );
}

function PageRow({ page, pageCount, onTurn }: { page: number; pageCount: number; onTurn: (by: number) => void }) {
  return (
    <nav class="page-row" aria-label={t('stage.pages')}>
      <button
        type="button"
        class="icon-button"
        aria-label={t('stage.previous-page')}
        aria-disabled={page === 0}
        onClick={() => onTurn(-1)}
      >
        <Icon name="chevron-left" size="m" />
      </button>
      <span class="page-dots" aria-hidden="true">
        {Array.from({ length: pageCount }, (_, index) => (
          <i key={index} class={index === page ? 'is-current' : undefined} />
        ))}
      </span>
      <span>{t('stage.page', { page: page + 1, count: pageCount })}</span>
      <button
        type="button"
        class="icon-button"
        aria-label={t('stage.next-page')}
        aria-disabled={page === pageCount - 1}
        onClick={() => onTurn(1)}
      >
        <Icon name="chevron-right" size="m" />
      </button>
    </nav>
  );
}

/** Two or more share: one is on the stage, these choose which. */
function ScreenTabs({ session }: { session: Session }) {
  const screens = useComputed(() => sharedScreens(session.state.value)).value;
  if (screens.length < 2) return null;
  const chosen = screens.find((screen) => screen.id === session.chosenScreen.value) ?? screens.at(-1);
  return (
    <div class="screen-tabs" role="group" aria-label={t('stage.screens')}>
      {screens.map((screen) => (
        <button
          key={screen.id}
          type="button"
          aria-pressed={screen === chosen}
          onClick={() => {
            session.chosenScreen.value = screen.id;
          }}
        >
          <Icon name="screen-share" size="s" />
          <span class="cut">
            <Text k="tile.screen" args={{ name: nameOf(screen.owner.displayName) }} />
          </span>
        </button>
      ))}
    </div>
  );
}
