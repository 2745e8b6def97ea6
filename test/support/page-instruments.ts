import type { Page } from 'puppeteer-core';

export interface Instruments {
  /** What the camera gives whatever the page asks for; small pictures keep several browsers cheap. */
  readonly camera?: { readonly width: number; readonly height: number };
  /** What the microphone gives: a tone of this loudness, 1 being full scale. */
  readonly microphone?: { readonly frequencyHz: number; readonly amplitude: number };
  /** Takes `a=ice-lite` out of every offer the page applies: then ICE runs as in a Jitsi client (decisions.md, "ICE role"). */
  readonly withoutIceLite?: boolean;
  /** Nobody can be reached at what a peer trickles: only the bridge, whose candidates are in its offer, can. */
  readonly hasNoDirectWay?: boolean;
}

declare global {
  interface Window {
    /** Every connection this page made, open or closed. */
    peerConnections: RTCPeerConnection[];
    /** The last messages on its WebSockets, XMPP and bridge channel, with the time in ms since the page began. */
    socketMessages: string[];
  }
}

/** Must run before the page loads: keeps the connections it makes within reach of the functions of media-statistics.ts. */
export async function addInstruments(page: Page, instruments: Instruments): Promise<void> {
  await page.evaluateOnNewDocument(instrument, instruments);
}

/** Runs in the page, so it may use nothing from outside. */
function instrument({ camera, microphone, withoutIceLite, hasNoDirectWay }: Instruments): void {
  const connections: RTCPeerConnection[] = [];
  window.peerConnections = connections;

  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }

    override setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
      const sdp = withoutIceLite ? description.sdp?.replaceAll('a=ice-lite\r\n', '') : description.sdp;
      return super.setRemoteDescription({ type: description.type, ...(sdp !== undefined && { sdp }) });
    }

    override addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      return hasNoDirectWay ? Promise.resolve() : super.addIceCandidate(candidate);
    }
  };

  const messages: string[] = [];
  window.socketMessages = messages;
  const note = (direction: string, data: unknown) => {
    messages.push(`${Math.round(performance.now())} ${direction} ${String(data)}`);
    if (messages.length > 2000) messages.splice(0, 500);
  };
  window.WebSocket = class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      note('opens', new URL(url).pathname);
      this.addEventListener('message', ({ data }) => note('<-', data));
      this.addEventListener('close', ({ code }) => note('closed with', code));
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      note('->', data);
      super.send(data);
    }
  };

  // Absent where the page is not a secure context.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) return;
  if (microphone) {
    const getUserMedia = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (constraints = {}) => {
      const stream = await getUserMedia(constraints);
      if (!constraints.audio) return stream;
      const context = new AudioContext();
      const destination = context.createMediaStreamDestination();
      destination.channelCount = 1;
      const oscillator = new OscillatorNode(context, { frequency: microphone.frequencyHz });
      oscillator.connect(new GainNode(context, { gain: microphone.amplitude })).connect(destination);
      oscillator.start();
      for (const track of stream.getAudioTracks()) {
        track.stop();
        stream.removeTrack(track);
      }
      for (const track of destination.stream.getAudioTracks()) stream.addTrack(track);
      return stream;
    };
  }
  if (!camera) return;
  const getUserMedia = devices.getUserMedia.bind(devices);
  devices.getUserMedia = (constraints = {}) => {
    const { video } = constraints;
    if (!video) return getUserMedia(constraints);
    const size = { width: { exact: camera.width }, height: { exact: camera.height } };
    return getUserMedia({ ...constraints, video: { ...(video === true ? {} : video), ...size } });
  };
}
