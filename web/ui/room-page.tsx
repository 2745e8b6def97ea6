import { batch, signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import { roomJid } from '#protocol/xmpp/room-address.ts';
import type { RoomAddress } from '#protocol/xmpp/room-name.ts';
import type { HostControl, Meeting, MeetingOptions, MeetingPhase, MeetingState } from '../client/meeting-types.ts';
import type { CreateMeeting } from './app.tsx';
import { LocalMedia } from './devices/local-media.ts';
import type { EmbeddedAttempt } from './embed/attempt.ts';
import type { Embedder, Voucher } from './embed/embedder.ts';
import { isFramed } from './embed/framed.ts';
import type { MessageKey } from './i18n/messages.ts';
import { pictureSources, shownPicture } from './identity/pictures.ts';
import { fetchRoomToken, type IdentityProvider, type LoginFailure } from './identity/provider-login.ts';
import { logOutMember, memberName } from './identity/provider-login.ts';
import { roomTitle } from '#protocol/xmpp/room-title.ts';
import { TokenRenewal } from './identity/token-renewal.ts';
import type { ConfigParams, UrlParams } from './link/url-params.ts';
import { MeetingPage } from './meeting/meeting-page.tsx';
import { Session } from './meeting/session.ts';
import { storeSignal } from './meeting/store-signal.ts';
import { toolChoice } from './meeting/tool-choice.ts';
import { prefetchWhenIdle } from './parts/prefetch.ts';
import { NO_TELEPHONE, Telephone } from './phone/telephone.ts';
import { Farewell } from './screens/farewell.tsx';
import { Lobby, LoginDialog, LoginPage, WaitingForHost } from './screens/lazy-doors.ts';
import type { DoorPhase } from './screens/lobby.tsx';
import { Prejoin } from './screens/prejoin.tsx';
import { loadServerConfig } from './server-config.ts';
import { SettingsDialog } from './settings/lazy-settings.ts';
import { account } from './storage/account.ts';
import { hostLogin, hostLoginStore } from './storage/host-login.ts';
import { machineUid } from './storage/machine-uid.ts';
import { rememberRoom } from './storage/recent-rooms.ts';
import { overrideSettings, settings } from './storage/settings.ts';

interface RoomPageProps {
  room: RoomAddress;
  /** Of the meeting's page: others find the meeting there, wherever this page is. */
  path: string;
  params: UrlParams;
  /** Of a login at the provider. */
  loginFailure: LoginFailure | undefined;
  createMeeting: CreateMeeting;
  embedding: Embedder | undefined;
  /** Undefined: who one is, the link says, or one's own log-in. */
  voucher?: Voucher | undefined;
  onStart: () => void;
}

type Credentials = Parameters<HostControl['logIn']>[0];
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
    const stop = new AbortController();
    void prefetchWhenIdle([Lobby, LoginPage, WaitingForHost, LoginDialog, SettingsDialog], stop.signal);
    return () => {
      stop.abort();
      current.close();
    };
  }, []);

  /** @param skipsPrejoin afterwards, as somebody who is known */
  const logIn = async (credentials: Credentials, skipsPrejoin: boolean) => {
    const problem = await current.logIn(credentials);
    if (problem !== undefined) return problem;
    account.value = credentials;
    onAgain(skipsPrejoin, wishesOf(media));
    return undefined;
  };

  const now = phase.value;
  const running = session.value;
  if (now.name === 'ended') {
    const had = wishesOf(media);
    // A token that came with no link came with a login, and that is over.
    const cameAlone = params.token === undefined && props.voucher === undefined;
    const hasLostLogin = now.reason.code === 'token-refused' && cameAlone;
    if (now.reason.code === 'login-required' || hasLostLogin) {
      return (
        <LoginPage
          roomName={room.displayName}
          provider={current.provider.value}
          failure={props.loginFailure}
          onLogIn={(credentials) => logIn(credentials, current.skipsPrejoin)}
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
    return <MeetingPage session={running} onLeave={() => current.leave()} />;
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
          initialName={current.givenName.peek() ?? (settings.peek().displayName || (memberName.value ?? ''))}
          givenName={current.givenName.value}
          fixedName={fixedName(props, current.givenName.value)}
          notice={props.voucher?.notice.value}
          loggedInAs={(isFramed ? undefined : memberName.value) ?? account.value?.username ?? hostLogin.value?.username}
          login={
            current.canLogIn.value
              ? {
                  provider: current.provider.value,
                  onLogIn: (credentials) => logIn(credentials, false),
                }
              : undefined
          }
          doMembersLogIn={current.doMembersLogIn.value}
          loginFailure={props.loginFailure}
          telephone={current.telephone.value}
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
        <SettingsDialog
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

/** Where the name is from, if it is to stay. */
function fixedName({ voucher, params }: AttemptProps, givenName: string | undefined): MessageKey | undefined {
  if (givenName === undefined) return undefined;
  if (voucher?.isGuest.value === false) return 'prejoin.name-fixed';
  return params.fixesName === true ? 'prejoin.name-given' : undefined;
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
class RoomController implements EmbeddedAttempt {
  readonly media = new LocalMedia();
  readonly phase = signal<MeetingPhase>(IDLE);
  readonly session = signal<Session | undefined>(undefined);
  /** Where one stands before the door; the page stays on the way in. */
  readonly door = signal<DoorPhase | WaitPhase | undefined>(undefined);
  readonly skipsPrejoin: boolean;
  readonly state = signal<MeetingState | undefined>(undefined);
  readonly givenName = signal<string | undefined>(undefined);
  /** Where people log in besides; known once the server's configuration is. */
  readonly provider = signal<IdentityProvider | undefined>(undefined);
  readonly doMembersLogIn = signal(false);
  /** Who comes with a token in the link is somebody already. */
  readonly canLogIn = signal(false);
  /** How the meeting is reached by phone, as far as the server's configuration is known. */
  readonly telephone = signal(new Telephone(NO_TELEPHONE, '', ''));
  readonly dialogTab = signal<{ readonly tab: string | undefined } | undefined>(undefined);

  private readonly room: RoomAddress;
  private readonly params: UrlParams;
  private config: ConfigParams;
  private readonly createMeeting: CreateMeeting;
  private readonly embedding: Embedder | undefined;
  private readonly voucher: Voucher | undefined;
  roomJid: string | undefined;
  private link = location.origin;
  private readonly stop = new AbortController();
  private meeting: Promise<Meeting> | undefined;
  private disposePhase: (() => void) | undefined;
  private detach: (() => void) | undefined;
  private stopFollowingDevices: (() => void) | undefined;
  private joinedAtMs: number | undefined;
  private hasKnocked = false;
  private readonly path: string;
  private readonly renewal = new TokenRenewal(
    () => fetchRoomToken(this.path),
    (token) => void this.meeting?.then((meeting) => meeting.setToken(token)),
  );
  /** Begins anew, straight into the meeting. */
  private readonly onAgain: () => void;

  constructor(props: AttemptProps) {
    const { room, path, params, createMeeting, embedding, voucher, skipsPrejoin, wants, onAgain } = props;
    this.room = room;
    this.path = path;
    this.voucher = voucher;
    this.params = params;
    this.config = params;
    this.createMeeting = createMeeting;
    this.embedding = embedding;
    this.skipsPrejoin = skipsPrejoin;
    this.onAgain = () => onAgain(true, wishesOf(this.media));
    this.givenName.value = params.displayName;
    const { startWithAudioMuted, startWithVideoMuted, startAudioOnly, microphoneLabel, cameraLabel } = params;
    this.media.wantsMicrophone.value = wants?.microphone ?? (startWithAudioMuted !== true && microphoneLabel !== null);
    this.media.wantsCamera.value =
      wants?.camera ?? (startWithVideoMuted !== true && startAudioOnly !== true && cameraLabel !== null);
    if (startAudioOnly === true) overrideSettings({ quality: 'sound-only' });
    // What a link does not take away is the person's own choice.
    if (params.hidesSelf === true) overrideSettings({ hidesSelf: true });
    if (params.disablesShortcuts === true) overrideSettings({ hasShortcuts: false });
  }

  get roomName(): string {
    return this.room.displayName;
  }

  get hasPrejoin(): boolean {
    return !this.skipsPrejoin;
  }

  start(): void {
    window.addEventListener('pagehide', () => void this.leaveMeeting(), { signal: this.stop.signal });
    // Signalling connects while one looks at oneself (design §10), once it is known who that is.
    if (this.voucher === undefined) this.meeting = this.connect(this.params.token);
    this.detach = this.embedding?.attach(this);
    void this.openDevices();
    this.useLabelledDevices();
    if (this.skipsPrejoin) void this.join();
  }

  readonly openSettings = (tab?: string): void => {
    this.dialogTab.value = { tab };
  };

  async join(name?: string, password?: string): Promise<void> {
    this.phase.value = { name: 'joining' };
    if (this.meeting === undefined && this.voucher !== undefined) await this.connectVouched(this.voucher);
    const meeting = await this.meeting;
    // Told to leave meanwhile, one does not go in.
    if (!meeting || this.stop.signal.aborted || meeting.state.get().phase.name === 'ended') return;
    // The session first: it hands over the devices, so that the first offer carries them.
    this.session.value ??= this.makeSession(meeting);
    const displayName = name ?? this.givenName.peek() ?? settings.peek().displayName;
    await meeting.join(password === undefined ? { displayName } : { displayName, password });
  }

  rename(name: string): void {
    this.givenName.value = name;
    void this.meeting?.then((meeting) => meeting.setDisplayName(name));
  }

  setPicture(url: string | undefined): void {
    void this.meeting?.then((meeting) => meeting.setPicture(shownPicture(url)));
  }

  overwriteConfig(config: ConfigParams): void {
    this.config = { ...this.config, ...config };
    const session = this.session.peek();
    if (session !== undefined) this.applyConfig(session, config);
    if (config.startAudioOnly !== undefined) {
      overrideSettings({ quality: config.startAudioOnly ? 'sound-only' : 'best' });
    }
    if (config.hidesSelf !== undefined) overrideSettings({ hidesSelf: config.hidesSelf });
    if (config.disablesShortcuts !== undefined) overrideSettings({ hasShortcuts: !config.disablesShortcuts });
  }

  private makeSession(meeting: Meeting): Session {
    const session = new Session(meeting, this.media, this.link, this.telephone.peek());
    this.applyConfig(session, this.config);
    return session;
  }

  private applyConfig(session: Session, { subject, localSubject }: ConfigParams): void {
    session.tools.value = toolChoice(this.config, (key, preventsExecution) =>
      this.embedding?.toolPressed(key, preventsExecution),
    );
    if (localSubject !== undefined) session.localSubject.value = localSubject;
    if (subject !== undefined) session.wantedSubject.value = subject;
  }

  /** @returns what is wrong with name and password, or undefined */
  async logIn(credentials: Credentials): ReturnType<HostControl['logIn']> {
    const meeting = await this.meeting;
    return meeting === undefined ? 'unreachable' : meeting.host.logIn(credentials);
  }

  async logOut(): Promise<void> {
    if (memberName.peek() !== undefined) location.assign(await logOutMember());
    (await this.meeting)?.host.logOut();
  }

  leave(): void {
    // Nobody has said yet who this is: the answer comes too late.
    if (this.meeting === undefined) this.phase.value = IDLE;
    void this.leaveMeeting();
  }

  close(): void {
    this.remember();
    this.stop.abort();
    this.renewal.close();
    this.disposePhase?.();
    this.detach?.();
    this.stopFollowingDevices?.();
    this.session.peek()?.close();
    this.media.close();
    void this.leaveMeeting();
  }

  private async connectVouched(voucher: Voucher): Promise<void> {
    const vouched = await voucher.vouch();
    if (this.stop.signal.aborted || this.phase.peek().name !== 'joining') return;
    if (vouched.kind === 'asks-again') {
      this.phase.value = IDLE;
    } else if (vouched.kind === 'refused') {
      this.media.close();
      this.phase.value = { name: 'ended', reason: vouched.reason };
    } else {
      this.meeting ??= this.connect(vouched.kind === 'token' ? vouched.token : undefined);
    }
  }

  /** @param given the token that came with the link, or that was vouched for */
  private async connect(given: string | undefined): Promise<Meeting> {
    const { node, displayName, tenant } = this.room;
    const { publicOrigin, doMembersLogIn, ...server } = await loadServerConfig(tenant);
    pictureSources.value = server.pictureSources;
    this.link = publicOrigin + decodeURI(this.path);
    this.roomJid = roomJid(this.room, xmppHosts(server.xmppDomain));
    const telephone = new Telephone(server.telephone, this.roomJid, decodeURI(this.path).replace(/^\//u, ''));
    const identityProvider = this.voucher === undefined ? server.identityProvider : undefined;
    // Its pages refuse to be framed.
    const provider = isFramed ? undefined : identityProvider;
    batch(() => {
      this.telephone.value = telephone;
      this.provider.value = provider;
      this.doMembersLogIn.value = doMembersLogIn;
      const isSomebody = given !== undefined || this.voucher !== undefined;
      this.canLogIn.value = !isSomebody && (provider !== undefined || doMembersLogIn);
    });
    // What is in the link was given for this meeting; else who has logged in gets a token of our own.
    const token = given ?? (identityProvider && (await this.renewal.begin()));
    const meeting = this.createMeeting({
      xmppDomain: server.xmppDomain,
      webSocketUrl: server.webSocketUrl,
      usesPeerToPeer: server.usesPeerToPeer && this.params.peerToPeer !== false,
      room: tenant === undefined ? { node, displayName } : { node, displayName, tenant },
      displayName: this.givenName.peek() ?? settings.peek().displayName,
      machineUid: machineUid(),
      hostLogin: hostLoginStore,
      ...loginOf(account.peek()),
      ...(token === undefined ? {} : { token }),
    });
    const { value, dispose } = storeSignal(meeting.state);
    const stopFollowing = value.subscribe((state) => this.onState(state));
    this.disposePhase = () => {
      dispose();
      stopFollowing();
    };
    meeting.connect();
    return meeting;
  }

  private onState(state: MeetingState): void {
    const { phase } = state;
    if (this.hasOverslept(phase)) {
      this.onAgain();
      return;
    }
    if (phase.name === 'ended' && this.phase.peek().name !== 'ended') {
      // The password is not that account's any more.
      if (phase.reason.code === 'login-required') account.value = undefined;
      if (phase.reason.code === 'token-refused') this.voucher?.tokenRefused();
      this.remember();
      this.session.peek()?.close();
      this.media.close();
    }
    batch(() => {
      this.state.value = state;
      this.onPhase(phase);
    });
  }

  private onPhase(phase: MeetingPhase): void {
    // Between the click and the client's own "joining" the button stays busy.
    if (phase.name === 'idle' && this.phase.peek().name === 'joining') return;
    this.phase.value = phase;
    if (phase.name !== 'joining') {
      this.door.value = phase.name === 'lobby' || phase.name === 'waiting-for-host' ? phase : undefined;
    }
    if (phase.name === 'lobby' && !phase.isWaiting && !this.hasKnocked) this.knockAtOnce();
    if (phase.name === 'joined' && this.joinedAtMs === undefined) {
      this.joinedAtMs = Date.now();
      this.remember();
    }
  }

  /** Once: who gives up waiting is asked like everybody else. */
  private knockAtOnce(): void {
    const name = this.givenName.peek() ?? settings.peek().displayName;
    if (this.config.knocksAtOnce !== true || name === '') return;
    this.hasKnocked = true;
    void this.meeting?.then((meeting) => meeting.lobby.knock(name));
  }

  /** The device slept for longer than the token lasts: the login may still be good for another one. */
  private hasOverslept(phase: MeetingPhase): boolean {
    if (phase.name !== 'ended' || phase.reason.code !== 'token-refused') return false;
    return phase.reason.problem === 'expired' && this.renewal.hasRunOut;
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

  /** Takes the devices that the link names, as soon as they have names: once they may be used. */
  private useLabelledDevices(): void {
    const { microphoneLabel: microphone, cameraLabel: camera, speakerLabel: speaker } = this.params;
    const wanted = Object.entries({ microphone, camera, speaker });
    let isDone = false;
    this.stopFollowingDevices = this.media.devices.subscribe((devices) => {
      const haveNames = [...devices.microphones, ...devices.cameras].some(({ label }) => label !== '');
      if (isDone || !haveNames) return;
      isDone = true;
      for (const [kind, label] of wanted) {
        if (label) void this.media.chooseLabelled(kind as 'microphone' | 'camera' | 'speaker', label);
      }
    });
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
