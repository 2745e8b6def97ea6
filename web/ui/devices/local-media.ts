import { batch, computed, effect, signal } from '@preact/signals';
import { changeSettings, overrideSettings, settings } from '../storage/settings.ts';
import { type DeviceList, listDevices, noDevices } from './device-list.ts';
import { type MediaProblem, mediaProblem } from './media-problem.ts';

export type CaptureKind = 'microphone' | 'camera';
export type PermissionAnswer = 'unknown' | 'granted' | 'denied';

/** A device that went away while in use, and what replaced it. */
export interface DeviceGone {
  readonly kind: CaptureKind;
  readonly label: string;
  readonly replacement: string | undefined;
}

const FULL_HD_NEVER: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

/**
 * Camera and microphone of this page: one track each, what the person wants of them, and why one is missing.
 *
 * Switching the camera off stops it, so its light goes out. A muted microphone keeps capturing (but is not sent), since
 * unmuting must be instant and "you are muted" needs to hear.
 */
export class LocalMedia {
  readonly wantsMicrophone = signal(true);
  readonly wantsCamera = signal(true);
  readonly microphone = signal<MediaStreamTrack | undefined>(undefined);
  readonly camera = signal<MediaStreamTrack | undefined>(undefined);
  readonly microphoneProblem = signal<MediaProblem | undefined>(undefined);
  readonly cameraProblem = signal<MediaProblem | undefined>(undefined);
  readonly permission = signal<Readonly<Record<CaptureKind, PermissionAnswer>>>({
    microphone: 'unknown',
    camera: 'unknown',
  });
  /** Since when the browser's prompt is open. */
  readonly askingSinceMs = signal<number | undefined>(undefined);
  readonly devices = signal<DeviceList>(noDevices);
  /** The system or a hardware key silences the microphone. */
  readonly isSilencedBySystem = signal(false);
  readonly isMicrophoneLive = computed(() => this.wantsMicrophone.value && this.microphone.value !== undefined);
  readonly isCameraOn = computed(() => this.wantsCamera.value && this.camera.value !== undefined);

  onDeviceGone: (gone: DeviceGone) => void = () => undefined;

  private readonly stop = new AbortController();
  /** Counts captures per kind, so that a late answer to an older request is dropped. */
  private readonly generation: Record<CaptureKind, number> = { microphone: 0, camera: 0 };
  private openPrompts = 0;
  private readonly disposers: (() => void)[] = [];

  /** Reads devices and permissions without asking for anything, and keeps doing so. */
  async start(): Promise<void> {
    const { signal: aborted } = this.stop;
    navigator.mediaDevices?.addEventListener('devicechange', () => void this.refreshDevices(), { signal: aborted });
    this.disposers.push(effect(() => this.applyProcessing()));
    await Promise.all([this.refreshDevices(), this.watchPermission('microphone'), this.watchPermission('camera')]);
  }

  close(): void {
    this.stop.abort();
    for (const dispose of this.disposers) dispose();
    this.microphone.peek()?.stop();
    this.camera.peek()?.stop();
  }

  /** Opens what is wanted, in one prompt. Says afterwards, by the problems, what did not work. */
  async open(): Promise<void> {
    const kinds: CaptureKind[] = [];
    if (this.wantsMicrophone.peek() && !this.microphone.peek()) kinds.push('microphone');
    if (this.wantsCamera.peek() && !this.camera.peek()) kinds.push('camera');
    await this.capture(kinds);
  }

  async setMicrophone(isWanted: boolean): Promise<void> {
    this.wantsMicrophone.value = isWanted;
    if (isWanted && !this.microphone.peek()) await this.capture(['microphone']);
  }

  async setCamera(isWanted: boolean): Promise<void> {
    this.wantsCamera.value = isWanted;
    if (!isWanted) {
      this.release('camera');
    } else if (!this.camera.peek()) {
      await this.capture(['camera']);
    }
  }

  /** Uses another device from now on and remembers it. */
  async choose(kind: CaptureKind, deviceId: string): Promise<void> {
    changeSettings(kind === 'microphone' ? { microphoneId: deviceId } : { cameraId: deviceId });
    if (kind === 'camera' && !this.wantsCamera.peek()) return;
    await this.capture([kind]);
  }

  /**
   * Uses the device of that name on this page alone: nothing is remembered.
   * @returns whether there is such a device
   */
  async chooseLabelled(kind: CaptureKind | 'speaker', label: string): Promise<boolean> {
    const { microphones, cameras, speakers } = this.devices.peek();
    const devices = { microphone: microphones, camera: cameras, speaker: speakers }[kind];
    const device = devices.find((one) => one.label === label);
    if (device === undefined) return false;
    await this.chooseForNow(kind, device.deviceId);
    return true;
  }

  /** Uses that device on this page alone. */
  async chooseForNow(kind: CaptureKind | 'speaker', deviceId: string): Promise<void> {
    if (kind === 'speaker') {
      overrideSettings({ speakerId: deviceId });
      return;
    }
    overrideSettings(kind === 'microphone' ? { microphoneId: deviceId } : { cameraId: deviceId });
    const track = this.trackOf(kind).peek();
    if (track === undefined || track.getSettings().deviceId === deviceId) return;
    await this.capture([kind]);
  }

  /** The other camera of a phone: by facing mode, which works where labels say nothing. */
  async switchCamera(): Promise<void> {
    const facing = this.camera.peek()?.getSettings().facingMode;
    const { cameras } = this.devices.peek();
    const current = cameras.findIndex((device) => device.deviceId === settings.peek().cameraId);
    const next = cameras[(current + 1) % Math.max(1, cameras.length)];
    changeSettings({ cameraId: facing === undefined ? (next?.deviceId ?? '') : '' });
    await this.capture(['camera'], facing === 'user' ? 'environment' : 'user');
  }

  private async capture(kinds: readonly CaptureKind[], facingMode?: string): Promise<void> {
    if (kinds.length === 0) return;
    for (const kind of kinds) this.generation[kind]++;
    const generation = { ...this.generation };
    if (this.openPrompts++ === 0) this.askingSinceMs.value = Date.now();
    try {
      await this.captureTogether(kinds, generation, facingMode);
    } finally {
      if (--this.openPrompts === 0) this.askingSinceMs.value = undefined;
    }
    await this.refreshDevices();
  }

  private async captureTogether(
    kinds: readonly CaptureKind[],
    generation: Readonly<Record<CaptureKind, number>>,
    facingMode: string | undefined,
  ): Promise<void> {
    const result = await getMedia(kinds, facingMode);
    if (result.kind === 'ok') {
      this.adopt(result.stream, generation);
      return;
    }
    const [only] = kinds;
    if (kinds.length === 1 && only) {
      this.fail(only, result.problem);
      return;
    }
    if (result.problem === 'dismissed' || result.problem === 'insecure') {
      for (const kind of kinds) this.fail(kind, result.problem);
      return;
    }
    // Together it failed; one of them may still work.
    for (const kind of kinds) await this.captureTogether([kind], generation, facingMode);
  }

  private adopt(stream: MediaStream, generation: Readonly<Record<CaptureKind, number>>): void {
    batch(() => {
      for (const track of stream.getTracks()) {
        const kind: CaptureKind = track.kind === 'audio' ? 'microphone' : 'camera';
        const isLate = this.stop.signal.aborted || generation[kind] < this.generation[kind];
        if (isLate || (kind === 'camera' && !this.wantsCamera.peek())) {
          track.stop();
          continue;
        }
        this.trackOf(kind).peek()?.stop();
        this.trackOf(kind).value = track;
        this.problemOf(kind).value = undefined;
        this.permission.value = { ...this.permission.peek(), [kind]: 'granted' };
        this.watchTrack(kind, track);
      }
    });
  }

  private watchTrack(kind: CaptureKind, track: MediaStreamTrack): void {
    const options = { signal: this.stop.signal };
    track.addEventListener('ended', () => void this.replaceGone(kind, track), options);
    if (kind !== 'microphone') {
      track.contentHint = 'motion';
      return;
    }
    const follow = () => {
      if (this.microphone.peek() === track) this.isSilencedBySystem.value = track.muted;
    };
    track.addEventListener('mute', follow, options);
    track.addEventListener('unmute', follow, options);
    follow();
  }

  /** The device was unplugged: go on with the default one and say so (design §8, 7). */
  private async replaceGone(kind: CaptureKind, track: MediaStreamTrack): Promise<void> {
    if (this.trackOf(kind).peek() !== track) return;
    this.release(kind);
    changeSettings(kind === 'microphone' ? { microphoneId: '' } : { cameraId: '' });
    await this.capture([kind]);
    this.onDeviceGone({ kind, label: track.label, replacement: this.trackOf(kind).peek()?.label });
  }

  private release(kind: CaptureKind): void {
    this.trackOf(kind).peek()?.stop();
    this.trackOf(kind).value = undefined;
  }

  private fail(kind: CaptureKind, problem: MediaProblem): void {
    batch(() => {
      this.problemOf(kind).value = problem;
      if (problem === 'blocked') this.permission.value = { ...this.permission.peek(), [kind]: 'denied' };
      this.release(kind);
    });
  }

  private async refreshDevices(): Promise<void> {
    this.devices.value = await listDevices();
  }

  /** Follows the browser's own setting, so that "Check again" presses itself. */
  private async watchPermission(kind: CaptureKind): Promise<void> {
    try {
      const status = await navigator.permissions.query({ name: kind });
      const follow = () => {
        const answer: PermissionAnswer = status.state === 'prompt' ? 'unknown' : status.state;
        this.permission.value = { ...this.permission.peek(), [kind]: answer };
        const problem = this.problemOf(kind);
        if (answer === 'granted' && problem.peek() === 'blocked') {
          problem.value = undefined;
          void this.open();
        }
      };
      status.addEventListener('change', follow, { signal: this.stop.signal });
      follow();
    } catch {
      // This browser tells only by asking; "unknown" is right.
      this.permission.value = { ...this.permission.peek(), [kind]: 'unknown' };
    }
  }

  private applyProcessing(): void {
    const constraints = audioProcessing();
    const track = this.microphone.value;
    // Browsers that cannot change a running track take the values with the next capture.
    void track?.applyConstraints(constraints).catch(() => undefined);
  }

  private trackOf(kind: CaptureKind) {
    return kind === 'microphone' ? this.microphone : this.camera;
  }

  private problemOf(kind: CaptureKind) {
    return kind === 'microphone' ? this.microphoneProblem : this.cameraProblem;
  }
}

function audioProcessing(): MediaTrackConstraints {
  const { suppressesNoise, isMusicMode } = settings.value;
  return {
    echoCancellation: !isMusicMode,
    autoGainControl: !isMusicMode,
    noiseSuppression: suppressesNoise && !isMusicMode,
    ...(isMusicMode ? { channelCount: 2 } : {}),
  };
}

type Captured =
  { readonly kind: 'ok'; readonly stream: MediaStream } | { readonly kind: 'failed'; readonly problem: MediaProblem };

async function getMedia(kinds: readonly CaptureKind[], facingMode: string | undefined): Promise<Captured> {
  const { microphoneId, cameraId } = settings.peek();
  const facing = facingMode === undefined ? {} : { facingMode: { ideal: facingMode } };
  const device = (id: string) => (id === '' ? {} : { deviceId: { ideal: id } });
  if (!navigator.mediaDevices?.getUserMedia) return { kind: 'failed', problem: 'insecure' };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      ...(kinds.includes('microphone') ? { audio: { ...audioProcessing(), ...device(microphoneId) } } : {}),
      ...(kinds.includes('camera') ? { video: { ...FULL_HD_NEVER, ...device(cameraId), ...facing } } : {}),
    });
    return { kind: 'ok', stream };
  } catch (error) {
    return { kind: 'failed', problem: mediaProblem(error, kinds.every(isPermittedHere)) };
  }
}

/** Whether the embedding page lets this iframe use the device. Browsers without the API: assume yes. */
function isPermittedHere(kind: CaptureKind): boolean {
  const policy: unknown = Reflect.get(document, 'featurePolicy') ?? Reflect.get(document, 'permissionsPolicy');
  if (typeof policy !== 'object' || policy === null || !('allowsFeature' in policy)) return true;
  const allows = policy.allowsFeature;
  return typeof allows !== 'function' || allows.call(policy, kind) !== false;
}
