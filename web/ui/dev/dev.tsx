import '../styles/index.css';
import { type ComponentChildren, render } from 'preact';

import { LocalMedia } from '../devices/local-media.ts';
import type { MediaProblem } from '../devices/media-problem.ts';
import { chooseLanguage } from '../i18n/languages.ts';
import { loadLanguage } from '../i18n/messages.ts';
import { NO_TELEPHONE, Telephone } from '../phone/telephone.ts';
import { MeetingPage } from '../meeting/meeting-page.tsx';
import { Session } from '../meeting/session.ts';
import { installAnnouncer } from '../parts/announcer.ts';
import { installTooltip } from '../parts/tooltip.ts';
import { Farewell, type FarewellReason } from '../screens/farewell.tsx';
import { Prejoin } from '../screens/prejoin.tsx';
import { StartPage } from '../screens/start.tsx';
import { rememberRoom } from '../storage/recent-rooms.ts';
import { changeSettings, followLook, type Look } from '../storage/settings.ts';
import { portraitOf } from './people.ts';
import { SCENES, type Scene, sceneState } from './scenes.ts';
import { scriptedMeeting } from './scripted-meeting.ts';
import { portraitTrack } from './tracks.ts';

const query = new URLSearchParams(location.search);
const screen = query.get('screen') ?? '';
const nothing = () => undefined;

async function start(): Promise<void> {
  changeSettings({ look: (query.get('look') ?? 'dark') as Look, view: 'grid', hidesSelf: false, quality: 'best' });
  followLook();
  await loadLanguage(chooseLanguage([query.get('lang') ?? 'en']));
  installAnnouncer(document.body);
  installTooltip(document.body);
  const root = document.getElementById('app');
  if (root) render(await page(), root);
  document.body.dataset['ready'] = '';
}

async function page(): Promise<ComponentChildren> {
  const scene = SCENES[screen];
  if (scene) return meetingPage(scene);
  if (screen === 'start') return startPage();
  if (screen.startsWith('prejoin')) return prejoinPage(screen.slice('prejoin-'.length));
  if (screen.startsWith('end-')) return endPage(screen.slice('end-'.length));
  const names = ['start', 'prejoin', 'prejoin-ask', 'prejoin-blocked', 'prejoin-busy', 'prejoin-password', 'end-left'];
  return (
    <ul>
      {[...names, ...Object.keys(SCENES)].map((name) => (
        <li key={name}>
          <a href={`?screen=${name}`}>{name}</a>
        </li>
      ))}
    </ul>
  );
}

function startPage() {
  const day = 86_400_000;
  rememberRoom({
    path: '/choir-rehearsal',
    title: 'Choir rehearsal',
    joinedAtMs: Date.now() - 3 * day,
    durationMs: 4_800_000,
  });
  rememberRoom({ path: '/board-meeting', title: 'Board meeting', joinedAtMs: Date.now() - day, durationMs: 2_880_000 });
  return <StartPage navigate={nothing} server={undefined} loginFailure={undefined} onTestDevices={nothing} />;
}

const device = (kind: MediaDeviceKind, deviceId: string, label: string): MediaDeviceInfo => ({
  kind,
  deviceId,
  label,
  groupId: '',
  toJSON: nothing,
});

async function scriptedMedia(): Promise<LocalMedia> {
  const media = new LocalMedia();
  media.devices.value = {
    microphones: [device('audioinput', 'a', 'Headset (USB)'), device('audioinput', 'b', 'Built-in microphone')],
    speakers: [device('audiooutput', 'a', 'Headset (USB)'), device('audiooutput', 'b', 'Built-in speakers')],
    cameras: [device('videoinput', 'a', 'Built-in camera'), device('videoinput', 'b', 'USB camera')],
  };
  const context = new AudioContext();
  const destination = context.createMediaStreamDestination();
  const gain = new GainNode(context, { gain: 0.05 });
  const oscillator = new OscillatorNode(context, { frequency: 220 });
  oscillator.connect(gain).connect(destination);
  oscillator.start();
  media.microphone.value = destination.stream.getAudioTracks()[0];
  media.camera.value = await portraitTrack({ ...portraitOf(3), prop: 'plant' });
  changeSettings({ microphoneId: 'a', speakerId: 'a', cameraId: 'a', displayName: 'Sanne de Vries' });
  return media;
}

async function prejoinPage(variant: string) {
  const media = variant === 'ask' ? new LocalMedia() : await scriptedMedia();
  const fail = (microphone: MediaProblem | undefined, camera: MediaProblem | undefined) => {
    media.microphoneProblem.value = microphone;
    media.cameraProblem.value = camera;
    if (microphone) media.microphone.value = undefined;
    if (camera) media.camera.value = undefined;
  };
  if (variant === 'blocked') fail('blocked', 'blocked');
  if (variant === 'busy') fail(undefined, 'busy');
  if (variant === 'none') fail('not-found', 'not-found');
  if (variant === 'camera-blocked') fail(undefined, 'blocked');
  return (
    <Prejoin
      fixedName={undefined}
      telephone={scriptedTelephone({ others: 0, hasPhone: variant === 'none' })}
      notice={undefined}
      media={media}
      roomName="board-meeting"
      phase={variant === 'password' ? { name: 'password-required', wasWrong: true } : { name: 'idle' }}
      initialName={variant === 'ask' ? '' : 'Sanne de Vries'}
      loggedInAs={variant === 'host' ? 'ann' : undefined}
      login={undefined}
      doMembersLogIn={false}
      loginFailure={undefined}
      onLogOut={nothing}
      onJoin={nothing}
      onSettings={nothing}
    />
  );
}

const ENDS: Readonly<Record<string, FarewellReason>> = {
  left: { code: 'left' },
  kicked: { code: 'kicked', by: 'Eleni Markou', text: undefined },
  full: { code: 'room-full', max: 75 },
  unreachable: { code: 'unreachable', host: 'meet.choir.example' },
};

function endPage(variant: string) {
  return <Farewell reason={ENDS[variant] ?? { code: 'left' }} onUndo={nothing} onRejoin={nothing} onStart={nothing} />;
}

function scriptedTelephone({ hasPhone = false }: Scene): Telephone {
  const telephone = new Telephone(
    { ...NO_TELEPHONE, dialOutUrl: hasPhone ? `${location.origin}/may` : undefined },
    'board-meeting@muc.meet.choir.example',
    'board-meeting',
  );
  const athens = { countryCode: 'GR', formattedNumber: '+30 21 0000 0100', tollFree: false };
  if (hasPhone) telephone.dialIn.value = { numbers: [athens], pin: '4829130576', pageUrl: `${location.origin}/dialin` };
  return telephone;
}

async function meetingPage(scene: Scene) {
  const meeting = scriptedMeeting(await sceneState(scene));
  const media = await scriptedMedia();
  media.wantsMicrophone.value = !scene.isSelfMuted;
  if (scene.view) changeSettings({ view: scene.view });
  const session = new Session(meeting, media, location.origin, scriptedTelephone(scene));
  session.unread.value = scene.unread ?? 0;
  session.panel.value = scene.panel;
  const someone = meeting.state.get().participants[scene.pinned ?? 0];
  if (scene.pinned !== undefined) session.pinned.value = someone?.id;
  if (scene.toast) session.toasts.show(scene.toast, { label: 'Unmute', run: nothing });
  if (scene.dialog === 'remove' && someone) session.dialog.value = { name: 'remove', id: someone.id };
  else if (scene.dialog === 'invite') session.dialog.value = { name: 'invite' };
  else if (scene.dialog === 'call-phone') session.dialog.value = { name: 'call-phone' };
  else if (scene.dialog === 'speaker-stats') session.dialog.value = { name: 'speaker-stats' };
  else if (scene.dialog === 'settings') session.dialog.value = { name: 'settings' };
  else if (scene.dialog) session.dialog.value = { name: 'settings', tab: scene.dialog };
  Object.assign(globalThis, { session, meeting });
  return <MeetingPage session={session} onLeave={nothing} />;
}

void start();
