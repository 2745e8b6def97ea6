import { signal } from '@preact/signals';

/** Plays the sound of others: one hidden `<audio>` per track, on the chosen speaker. */
export class AudioOutput {
  /** The browser wants a click before it plays anything (autoplay rules). */
  readonly isBlocked = signal(false);
  private readonly elements = new Map<MediaStreamTrack, HTMLAudioElement>();
  private readonly host = document.createElement('div');
  private speakerId = '';

  constructor() {
    this.host.hidden = true;
    document.body.append(this.host);
  }

  setTracks(tracks: ReadonlySet<MediaStreamTrack>): void {
    for (const [track, element] of this.elements) {
      if (tracks.has(track)) continue;
      element.srcObject = null;
      element.remove();
      this.elements.delete(track);
    }
    for (const track of tracks) if (!this.elements.has(track)) this.add(track);
  }

  setSpeaker(deviceId: string): void {
    if (deviceId === this.speakerId) return;
    this.speakerId = deviceId;
    for (const element of this.elements.values()) void this.route(element);
  }

  /** For the button "Turn sound on": plays within the click. */
  unblock(): void {
    this.isBlocked.value = false;
    for (const element of this.elements.values()) void this.play(element);
  }

  close(): void {
    this.setTracks(new Set());
    this.host.remove();
  }

  private add(track: MediaStreamTrack): void {
    const element = document.createElement('audio');
    element.autoplay = true;
    element.srcObject = new MediaStream([track]);
    this.elements.set(track, element);
    this.host.append(element);
    void this.route(element);
    void this.play(element);
  }

  private async play(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (error) {
      // AbortError: the track was replaced meanwhile. NotAllowedError: autoplay is blocked.
      if (error instanceof DOMException && error.name === 'NotAllowedError') this.isBlocked.value = true;
    }
  }

  private async route(element: HTMLAudioElement): Promise<void> {
    if (!('setSinkId' in element)) return;
    try {
      await element.setSinkId(this.speakerId);
    } catch {
      // The speaker is gone or not permitted: sound goes on where it is.
      this.speakerId = '';
    }
  }
}
