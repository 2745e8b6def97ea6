import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RoomAddress } from '#protocol/xmpp/room-name.ts';
import type { HostControl, Meeting, MeetingOptions, MeetingPhase } from '../client/meeting-types.ts';
import type { CreateMeeting } from './app.tsx';
import { LocalMedia } from './devices/local-media.ts';
import { fetchRoomToken, type IdentityProvider, type LoginFailure } from './identity/provider-login.ts';
import { logOutMember, memberName } from './identity/provider-login.ts';
import { roomTitle } from './identity/room-title.ts';
import { LazySettings, MeetingPage } from './meeting/meeting-page.tsx';
import { Session } from './meeting/session.ts';
import { storeSignal } from './meeting/store-signal.ts';
import { Farewell } from './screens/farewell.tsx';
import { type DoorPhase, Lobby } from './screens/lobby.tsx';
import { LoginPage } from './screens/login-page.tsx';
import { Prejoin } from './screens/prejoin.tsx';
import { WaitingForHost } from './screens/waiting-for-host.tsx';
import { loadServerConfig } from './server-config.ts';
import { loadSettingsDialog } from './settings/load-settings-dialog.ts';
import { account } from './storage/account.ts';
import { hostLogin, hostLoginStore } from './storage/host-login.ts';
import { machineUid } from './storage/machine-uid.ts';
import { rememberRoom } from './storage/recent-rooms.ts';
import { settings } from './storage/settings.ts';
import type { UrlParams } from './url-params.ts';

interface RoomPageProps {
  room: RoomAddress;
  params: UrlParams;
  /** Of the link; never shown, logged or stored. */
  token: string | undefined;
  /** Of a login at the provider. */
  loginFailure: LoginFailure | undefined;
  createMeeting: CreateMeeting;
  onStart: () => void;
}

type WaitPhase = Extract<MeetingPhase, { name: 'waiting-for-host' }>;

const IDLE: MeetingPhase = { name: 'idle' };

/** What was on when one left: coming back finds it so. */
interface DeviceWishes {
  readonly microphone: boolean;
  readonly camera: boolean;
}

interface AttemptState {
  readonly number: number;
  readonly skipsPrejoin: boolean;
  readonly wants: DeviceWishes | undefined;
}

/** One room from pre-join to the end. Joining again is a new attempt with a new meeting. */
export function RoomPage(props: RoomPageProps) {
  const [attempt, setAttempt] = useState<AttemptState>({
    number: 0,
    skipsPrejoin: props.params.prejoin === false,
    wants: undefined,
  });
  return (
    <Attempt
      key={attempt.number}
      {...props}
      skipsPrejoin={attempt.skipsPrejoin}
      wants={attempt.wants}
      onAgain={(skipsPrejoin, wants) => setAttempt({ number: attempt.number + 1, skipsPrejoin, wants })}
    />
  );
}

type AttemptProps = RoomPageProps & {
  skipsPrejoin: boolean;
  wants: DeviceWishes | undefined;
  onAgain: (skipsPrejoin: boolean, wants: DeviceWishes) => void;
};

function Attempt(props: AttemptProps) {
  const { room, params, onStart, onAgain } = props;
  const controller = useRef<RoomController>(undefined);
  controller.current ??= new RoomController(props);
  const { media, phase, session, dialogTab } = controller.current;
  const current = controller.current;
  useEffect(() => {
    current.start();
    return () => current.close();
  }, []);

  const now = phase.value;
  const running = session.value;
  if (now.name === 'ended') {
    const had = wishesOf(media);
    // A token that came with no link came with a login, and that is over.
    const hasLostLogin = now.reason.code === 'token-refused' && props.token === undefined;
    if (now.reason.code === 'login-required' || hasLostLogin) {
      const logIn: HostControl['logIn'] = async (credentials) => {
        const problem = await current.logIn(credentials);
        if (problem !== undefined) return problem;
        account.value = credentials;
        onAgain(current.skipsPrejoin, had);
        return undefined;
      };
      return (
        <LoginPage
          roomName={room.displayName}
          provider={current.provider.value}
          failure={props.loginFailure}
          onLogIn={logIn}
          onStart={onStart}
        />
      );
    }
    return (
      <Farewell
        reason={now.reason}
        onUndo={() => onAgain(true, had)}
        onRejoin={() => onAgain(false, had)}
        onStart={onStart}
      />
    );
  }
  if (now.name === 'joined' && running) {
    return <MeetingPage session={running} onLeave={() => current.leave()} settingsDialog={loadSettingsDialog} />;
  }
  return (
    <>
      {running && current.door.value ? (
        <Door {...props} current={current} session={running} door={current.door.value} />
      ) : (
        <Prejoin
          media={media}
          roomName={room.displayName}
          phase={now}
          initialName={params.displayName ?? (settings.peek().displayName || (memberName.value ?? ''))}
          loggedInAs={memberName.value ?? account.value?.username ?? hostLogin.value?.username}
          loginFailure={props.loginFailure}
          onLogOut={() => {
            void current.logOut();
            if (account.peek() === undefined) return;
            account.value = undefined;
            onAgain(current.skipsPrejoin, wishesOf(media));
          }}
          onJoin={(displayName, password) => void current.join(displayName, password)}
          onSettings={current.openSettings}
        />
      )}
      {dialogTab.value && (
        <LazySettings
          load={loadSettingsDialog}
          media={media}
          initialTab={dialogTab.value.tab}
          onClose={() => {
            dialogTab.value = undefined;
          }}
        />
      )}
    </>
  );
}

interface DoorProps {
  room: RoomAddress;
  current: RoomController;
  session: Session;
  door: DoorPhase | WaitPhase;
}

/** Outside, until somebody opens. */
function Door({ room, current, session, door }: DoorProps) {
  const { meeting, state } = session;
  const common = {
    media: current.media,
    roomName: room.displayName,
    displayName: state.value.self.displayName,
    isJoining: current.phase.value.name === 'joining',
    onSettings: current.openSettings,
  };
  if (door.name === 'waiting-for-host') {
    return (
      <WaitingForHost
        {...common}
        provider={current.provider.value}
        onLogIn={(credentials) => meeting.host.logIn(credentials)}
        onStop={() => meeting.host.stopWaiting()}
      />
    );
  }
  return (
    <Lobby
      {...common}
      door={door}
      messages={state.value.lobby.messages}
      onKnock={(displayName) => meeting.lobby.knock(displayName)}
      onPassword={(displayName, password) => void current.join(displayName, password)}
      onSay={(text) => meeting.lobby.say(text)}
      onStop={() => meeting.lobby.stopKnocking()}
    />
  );
}

function wishesOf(media: LocalMedia): DeviceWishes {
  return { microphone: media.wantsMicrophone.value, camera: media.wantsCamera.value };
}

/** Devices, meeting and session of one attempt to be in a room. */
class RoomController {
  readonly media = new LocalMedia();
  readonly phase = signal<MeetingPhase>(IDLE);
  readonly session = signal<Session | undefined>(undefined);
  /** Where one stands before the door; the page stays on the way in. */
  readonly door = signal<DoorPhase | WaitPhase | undefined>(undefined);
  readonly skipsPrejoin: boolean;
  /** Where people log in besides; known once the server's configuration is. */
  readonly provider = signal<IdentityProvider | undefined>(undefined);
  readonly dialogTab = signal<{ readonly tab: string | undefined } | undefined>(undefined);

  private readonly room: RoomAddress;
  private readonly params: UrlParams;
  private readonly token: string | undefined;
  private readonly createMeeting: CreateMeeting;
  private readonly stop = new AbortController();
  private meeting: Promise<Meeting> | undefined;
  private disposePhase: (() => void) | undefined;
  private joinedAtMs: number | undefined;
  /** Kept, since the address may already be another one when this room closes. */
  private readonly path = location.pathname;

  constructor({ room, params, token, createMeeting, skipsPrejoin, wants }: AttemptProps) {
    this.room = room;
    this.params = params;
    this.token = token;
    this.createMeeting = createMeeting;
    this.skipsPrejoin = skipsPrejoin;
    this.media.wantsMicrophone.value = wants?.microphone ?? params.startWithAudioMuted !== true;
    this.media.wantsCamera.value = wants?.camera ?? params.startWithVideoMuted !== true;
  }

  start(): void {
    window.addEventListener('pagehide', () => void this.leaveMeeting(), { signal: this.stop.signal });
    // Signalling connects while one looks at oneself (design §10).
    this.meeting = this.connect();
    void this.openDevices();
    if (this.skipsPrejoin) void this.join(this.params.displayName ?? settings.peek().displayName);
  }

  readonly openSettings = (tab?: string): void => {
    this.dialogTab.value = { tab };
  };

  async join(displayName: string, password?: string): Promise<void> {
    this.phase.value = { name: 'joining' };
    const meeting = await this.meeting;
    if (!meeting || this.stop.signal.aborted) return;
    // The session first: it hands over the devices, so that the first offer carries them.
    this.session.value ??= new Session(meeting, this.media);
    await meeting.join(password === undefined ? { displayName } : { displayName, password });
  }

  /** @returns what is wrong with name and password, or undefined */
  async logIn(...[credentials]: Parameters<HostControl['logIn']>): ReturnType<HostControl['logIn']> {
    const meeting = await this.meeting;
    return meeting === undefined ? 'unreachable' : meeting.host.logIn(credentials);
  }

  async logOut(): Promise<void> {
    if (memberName.peek() !== undefined) location.assign(await logOutMember());
    (await this.meeting)?.host.logOut();
  }

  leave(): void {
    void this.leaveMeeting();
  }

  close(): void {
    this.remember();
    this.stop.abort();
    this.disposePhase?.();
    this.session.peek()?.close();
    this.media.close();
    void this.leaveMeeting();
  }

  private async connect(): Promise<Meeting> {
    const { node, displayName, tenant } = this.room;
    const { identityProvider, ...server } = await loadServerConfig(tenant);
    this.provider.value = identityProvider;
    // What is in the link was given for this meeting; else who has logged in gets a token of our own.
    const token = this.token ?? (identityProvider && (await fetchRoomToken(this.path)));
    const meeting = this.createMeeting({
      ...server,
      usesPeerToPeer: server.usesPeerToPeer && this.params.peerToPeer !== false,
      room: tenant === undefined ? { node, displayName } : { node, displayName, tenant },
      displayName: this.params.displayName ?? settings.peek().displayName,
      machineUid: machineUid(),
      hostLogin: hostLoginStore,
      ...loginOf(account.peek()),
      ...(token === undefined ? {} : { token }),
    });
    const { value, dispose } = storeSignal(meeting.state);
    const stopFollowing = value.subscribe((state) => this.onPhase(state.phase));
    this.disposePhase = () => {
      dispose();
      stopFollowing();
    };
    meeting.connect();
    return meeting;
  }

  private onPhase(phase: MeetingPhase): void {
    // Between the click and the client's own "joining" the button stays busy.
    if (phase.name === 'idle' && this.phase.peek().name === 'joining') return;
    this.phase.value = phase;
    if (phase.name !== 'joining') {
      this.door.value = phase.name === 'lobby' || phase.name === 'waiting-for-host' ? phase : undefined;
    }
    if (phase.name === 'joined' && this.joinedAtMs === undefined) {
      this.joinedAtMs = Date.now();
      this.remember();
    }
    if (phase.name === 'ended') {
      // The password is not that account's any more.
      if (phase.reason.code === 'login-required') account.value = undefined;
      this.remember();
      this.session.peek()?.close();
      this.media.close();
    }
  }

  /** At once when the browser need not ask, or when the link skips the page that explains why. */
  private async openDevices(): Promise<void> {
    await this.media.start();
    const { microphone, camera } = this.media.permission.peek();
    const isGranted = microphone === 'granted' || camera === 'granted';
    const hasAskedBefore = this.media.devices.peek().microphones.some((device) => device.label !== '');
    if (this.skipsPrejoin || isGranted || hasAskedBefore) await this.media.open();
    if (!navigator.mediaDevices) await this.media.open();
  }

  private async leaveMeeting(): Promise<void> {
    const meeting = await this.meeting;
    const phase = meeting?.state.get().phase.name;
    if (meeting && phase !== 'ended') await meeting.leave();
  }

  private remember(): void {
    if (this.joinedAtMs === undefined) return;
    rememberRoom({
      path: this.path,
      title: roomTitle(this.room.displayName),
      joinedAtMs: this.joinedAtMs,
      durationMs: Date.now() - this.joinedAtMs,
    });
  }
}

function loginOf(login: MeetingOptions['login']): Pick<MeetingOptions, 'login'> {
  return login === undefined ? {} : { login };
}
