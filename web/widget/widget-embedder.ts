import { effect, signal, untracked } from '@preact/signals';
import type { MeetingState } from '../client/meeting-types.ts';
import type { EmbeddedAttempt } from '../ui/embed/attempt.ts';
import type { Embedder } from '../ui/embed/embedder.ts';
import { endError } from '../ui/embed/end-error.ts';
import { chooseLanguage } from '../ui/i18n/languages.ts';
import { loadLanguage } from '../ui/i18n/messages.ts';
import { overrideSettings } from '../ui/storage/settings.ts';
import type { MatrixClient } from './matrix-client.ts';
import { lookOf } from './theme.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the Matrix client asks of us, and what it is told of the meeting (matrix note §3.2, the table of actions). */
export class WidgetEmbedder implements Embedder {
  readonly #client: MatrixClient;
  readonly #isVisible = signal(true);
  #attempt: EmbeddedAttempt | undefined;
  /** Those who wait until one has left. */
  #afterLeaving: (() => void)[] = [];

  constructor(client: MatrixClient) {
    this.#client = client;
    client.on('theme_change', ({ name }) => {
      const look = lookOf(name);
      if (look !== undefined) overrideSettings({ look });
      return {};
    });
    client.on('language_change', async ({ lang }) => {
      if (typeof lang === 'string') await loadLanguage(chooseLanguage([lang]));
      return {};
    });
    client.on('visibility', ({ visible }) => {
      if (typeof visible === 'boolean') this.#isVisible.value = visible;
      return {};
    });
    client.on('im.vector.hangup', () => this.#leave());
    client.on('io.element.join', (fields) => this.#join(fields));
    client.on('io.element.device_mute', (fields) => this.#mute(fields));
    client.on('io.element.tile_layout', () => layOut('grid'));
    client.on('io.element.spotlight_layout', () => layOut('speaker'));
  }

  attach(attempt: EmbeddedAttempt): () => void {
    this.#attempt = attempt;
    let before: MeetingState | undefined;
    const stops = [
      effect(() => {
        const state = attempt.state.value;
        untracked(() => this.#changed(before, state));
        before = state;
      }),
      effect(() => {
        const session = attempt.session.value;
        if (session !== undefined) session.isOutOfSight.value = !this.#isVisible.value;
      }),
      effect(() => {
        const devices = devicesOf(attempt);
        if (untracked(() => attempt.state.value?.phase.name) === 'joined') this.#tellDevices(devices);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      if (this.#attempt === attempt) this.#attempt = undefined;
    };
  }

  /** No Matrix client wants to know. */
  toolPressed(): void {}

  #changed(before: MeetingState | undefined, now: MeetingState | undefined): void {
    const was = before?.phase.name;
    const is = now?.phase.name;
    if (is === 'joined' && was !== 'joined') {
      this.#client.tell('io.element.join');
      this.#client.stayOnScreen(true);
    }
    if (now?.phase.name === 'joined' && (was !== 'joined' || before?.participants !== now.participants)) {
      this.#client.tell('io.element.participants', { participants: participantsOf(now) });
    }
    if (now?.phase.name === 'ended' && was !== 'ended') {
      for (const acknowledge of this.#afterLeaving.splice(0)) acknowledge();
      const error = endError(now.phase.reason);
      this.#client.tell('im.vector.hangup', error === undefined ? {} : { errorMessage: error.message });
      // The last word: who was on the screen for the call alone is taken away.
      this.#client.stayOnScreen(false);
    }
  }

  #leave(): object | Promise<object> {
    const phase = this.#attempt?.state.peek()?.phase.name;
    this.#attempt?.leave();
    if (phase === undefined || phase === 'ended') return {};
    return new Promise((resolve) => {
      this.#afterLeaving.push(() => resolve({}));
    });
  }

  /** Devices by their labels; null: off. Whether one came in is told later. */
  #join({ audioInput, videoInput }: Fields): object {
    const attempt = this.#present();
    const { media } = attempt;
    if (audioInput === null) void media.setMicrophone(false);
    if (videoInput === null) void media.setCamera(false);
    if (typeof audioInput === 'string') void media.chooseLabelled('microphone', audioInput);
    if (typeof videoInput === 'string') void media.chooseLabelled('camera', videoInput);
    const phase = attempt.state.peek()?.phase.name;
    if (phase === undefined || phase === 'idle') void attempt.join();
    return {};
  }

  /** Says how it is afterwards, whether anything was to change or not. */
  async #mute({ audio_enabled: audio, video_enabled: video }: Fields): Promise<object> {
    const attempt = this.#present();
    const switches = attempt.session.peek() ?? attempt.media;
    if (typeof audio === 'boolean') await switches.setMicrophone(audio);
    if (typeof video === 'boolean') await switches.setCamera(video);
    return untracked(() => devicesOf(attempt));
  }

  #tellDevices(devices: object): void {
    this.#client.tell('io.element.device_mute', { ...devices });
  }

  #present(): EmbeddedAttempt {
    if (this.#attempt === undefined) throw new Error('There is no meeting yet.');
    return this.#attempt;
  }
}

function layOut(view: 'grid' | 'speaker'): object {
  overrideSettings({ view });
  return {};
}

/** Reads signals. */
function devicesOf({ media }: EmbeddedAttempt) {
  return { audio_enabled: media.isMicrophoneLive.value, video_enabled: media.isCameraOn.value };
}

function participantsOf({ self, participants }: MeetingState) {
  return [self, ...participants].map(({ id, displayName }) => ({ participantId: id, displayName }));
}
