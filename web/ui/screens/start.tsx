import { useRef, useState } from 'preact/hooks';
import { type IdentityProvider, loginAddress, type LoginFailure } from '../identity/provider-login.ts';
import { logOutMember, memberName } from '../identity/provider-login.ts';
import { generateRoomName } from '../identity/room-generator.ts';
import { parseRoomInput, type RoomInput } from '../identity/room-input.ts';
import { formatDay, formatDuration } from '../i18n/format-time.ts';
import { t } from '../i18n/messages.ts';
import { Text } from '../i18n/text.tsx';
import { Icon } from '../icons/icon.tsx';
import { FieldError } from '../parts/field-error.tsx';
import type { ServerConfig } from '../server-config.ts';
import { forgetRoom, type RecentRoom, recentRooms } from '../storage/recent-rooms.ts';
import { AccountLogin } from './account-login.tsx';
import { LanguageChoice } from './language-choice.tsx';
import { LoggedIn } from './logged-in.tsx';
import { LoginNotice } from './login-notice.tsx';
import { PageFrame } from './page-frame.tsx';
import { StartArt } from './start-art.tsx';

interface StartProps {
  navigate: (path: string) => void;
  /** How meetings begin here, once that is known. */
  server: ServerConfig | undefined;
  /** Of a login at the provider that has lost its meeting. */
  loginFailure: LoginFailure | undefined;
  onTestDevices: () => void;
}

/** The first page: start a meeting, or go to one by its name or link. */
export function StartPage({ navigate, server, loginFailure, onTestDevices }: StartProps) {
  const [rooms, setRooms] = useState(recentRooms);
  return (
    <PageFrame
      actions={<LanguageChoice />}
      footer={
        <>
          <span>
            <Text k="start.hosted" args={{ host: location.hostname }} />
          </span>
          <button type="button" class="footer-link" onClick={onTestDevices}>
            {t('start.test-devices')}
          </button>
        </>
      }
    >
      <div class="start">
        <div class="start-side">
          <LoginNotice failure={loginFailure} />
          <h1>{t('start.title')}</h1>
          <p class="lead">{t(server?.doMembersLogIn === true ? 'start.lead-members' : 'start.lead')}</p>
          <button
            type="button"
            class="button button-primary button-big button-wide"
            onClick={() => navigate(`/${generateRoomName()}`)}
          >
            <Icon name="video" />
            {t('start.new')}
          </button>
          {server?.identityProvider && <MemberLogin provider={server.identityProvider} />}
          {server?.doMembersLogIn === true && server.identityProvider === undefined && <AccountLogin server={server} />}
          <RoomForm navigate={navigate} />
          {rooms.length > 0 && (
            <RecentRooms
              rooms={rooms.slice(0, 4)}
              navigate={navigate}
              onForget={(path) => {
                forgetRoom(path);
                setRooms(recentRooms());
              }}
            />
          )}
        </div>
        <StartArt />
      </div>
    </PageFrame>
  );
}

/** Who one is at the provider, or the way there. */
function MemberLogin({ provider }: { provider: IdentityProvider }) {
  const name = memberName.value;
  if (name === undefined) {
    return (
      <a class="button button-wide login-provider" href={loginAddress(provider, '/')}>
        {t('login.provider', { name: provider.name })}
      </a>
    );
  }
  const logOut = async () => {
    location.assign(await logOutMember());
  };
  return <LoggedIn name={name} onLogOut={() => void logOut()} />;
}

function RoomForm({ navigate }: { navigate: (path: string) => void }) {
  const [problem, setProblem] = useState<string>();
  const [elsewhere, setElsewhere] = useState<Extract<RoomInput, { kind: 'other-host' }>>();
  const input = useRef<HTMLInputElement>(null);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const result = parseRoomInput(input.current?.value ?? '', location.origin);
    setElsewhere(result.kind === 'other-host' ? result : undefined);
    setProblem(result.kind === 'invalid' ? problemText(result) : undefined);
    if (result.kind === 'path') navigate(result.path);
    if (result.kind === 'invalid') input.current?.focus();
  };

  return (
    <form class="field room-form" onSubmit={submit} noValidate>
      <label class="label" for="room">
        {t('start.room')}
      </label>
      <div class="row">
        <input
          ref={input}
          id="room"
          class="input"
          placeholder={t('start.room-example')}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          enterkeyhint="go"
          aria-invalid={problem !== undefined}
          aria-describedby="room-problem"
          onInput={() => setProblem(undefined)}
        />
        <button type="submit" class="button room-go">
          {t('start.go')}
        </button>
      </div>
      <div id="room-problem" aria-live="polite">
        {problem !== undefined && <FieldError text={problem} />}
        {elsewhere && (
          <p class="hint">
            <Text k="start.other-host" args={{ host: elsewhere.host }} />{' '}
            <a class="link-button" href={elsewhere.url}>
              {t('start.open-there')}
            </a>
          </p>
        )}
      </div>
    </form>
  );
}

function problemText(problem: Extract<RoomInput, { kind: 'invalid' }>): string {
  switch (problem.reason) {
    case 'empty':
      return t('start.problem-empty');
    case 'character':
      return t('start.problem-character', { character: problem.detail ?? '' });
    case 'reserved':
      return t('start.problem-reserved', { name: problem.detail ?? '' });
    case 'too-long':
      return t('start.problem-long');
  }
}

interface RecentRoomsProps {
  rooms: readonly RecentRoom[];
  navigate: (path: string) => void;
  onForget: (path: string) => void;
}

function RecentRooms({ rooms, navigate, onForget }: RecentRoomsProps) {
  return (
    <section class="recent-rooms" aria-labelledby="recent-title">
      <h2 id="recent-title" class="label">
        {t('start.recent')}
      </h2>
      <ul>
        {rooms.map((room) => (
          <li key={room.path} class="recent-room">
            <a
              href={room.path}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                navigate(room.path);
              }}
            >
              <span class="recent-icon">
                <Icon name="clock" size="m" />
              </span>
              <span class="grow">
                <b class="cut">
                  <bdi>{room.title}</bdi>
                </b>
                <span class="hint">
                  {formatDay(room.joinedAtMs, Date.now())}, {formatDuration(room.durationMs)}
                </span>
              </span>
            </a>
            <button
              type="button"
              class="icon-button"
              aria-label={t('start.forget', { name: room.title })}
              data-tip={t('start.forget', { name: room.title })}
              onClick={() => onForget(room.path)}
            >
              <Icon name="x" size="m" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
