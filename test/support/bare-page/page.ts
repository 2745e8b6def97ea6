import { createMeeting } from '../../../web/client/meeting.ts';
import type { Meeting, MeetingOptions } from '../../../web/client/meeting-types.ts';
import { loadServerConfig } from '../../../web/ui/server-config.ts';
import { parseRoomPath } from '#protocol/xmpp/room-name.ts';

/** The client without a page: tests script it through `window.bare`. */
export interface BarePage {
  readonly meeting: Meeting;
  /** Every RTCPeerConnection that the client made, newest last. */
  readonly connections: readonly RTCPeerConnection[];
  /** Every WebSocket, newest last. */
  readonly sockets: readonly WebSocket[];
  useDevices(constraints: MediaStreamConstraints): Promise<void>;
  receivedStats(): Promise<ReceivedStats[]>;
}

export interface ReceivedStats {
  /** Source name. */
  readonly source: string;
  readonly framesDecoded: number;
  readonly frameHeight: number;
  readonly totalAudioEnergy: number;
}

declare global {
  interface Window {
    bare: BarePage;
  }
}

const connections: RTCPeerConnection[] = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    connections.push(this);
  }
};
const sockets: WebSocket[] = [];
window.WebSocket = class extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(url, protocols);
    sockets.push(this);
  }
};

const room = parseRoomPath(location.pathname);
if (room === undefined) throw new Error('the bare page needs a room in its path');
const query = new URLSearchParams(location.search);
const options: MeetingOptions = {
  ...(await loadServerConfig(room.tenant)),
  room,
  displayName: query.get('name') ?? 'Nobody',
  machineUid: crypto.randomUUID(),
  useIceLite: query.get('iceLite') !== 'false',
};
const meeting = createMeeting(options);

window.bare = {
  meeting,
  connections,
  sockets,
  async useDevices(constraints) {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    await meeting.setMicrophoneTrack(stream.getAudioTracks()[0]);
    await meeting.setCameraTrack(stream.getVideoTracks()[0]);
  },
  async receivedStats() {
    const sources = meeting.state.get().participants.flatMap(({ sources: of }) => of);
    const report = await connections.at(-1)?.getStats();
    const inbound: RTCInboundRtpStreamStats[] = [];
    report?.forEach((entry: RTCStats) => {
      if (entry.type === 'inbound-rtp') inbound.push(entry as RTCInboundRtpStreamStats);
    });
    return sources.map(({ name, track }) => {
      const stats = inbound.find(({ trackIdentifier }) => trackIdentifier === track.id);
      return {
        source: name,
        framesDecoded: stats?.framesDecoded ?? 0,
        frameHeight: stats?.frameHeight ?? 0,
        totalAudioEnergy: stats?.totalAudioEnergy ?? 0,
      };
    });
  },
};
// Sound is decoded only where it is played.
meeting.state.subscribe(({ participants }) => {
  for (const { sources } of participants) for (const { track, name } of sources) play(track, name);
});

function play(track: MediaStreamTrack, name: string): void {
  const id = `source-${name}`;
  const known = document.getElementById(id);
  if (known instanceof HTMLVideoElement) {
    const current = known.srcObject instanceof MediaStream ? known.srcObject.getTracks()[0] : undefined;
    if (current === track) return;
    known.remove();
  }
  const element = document.createElement('video');
  element.id = id;
  element.autoplay = true;
  element.playsInline = true;
  element.srcObject = new MediaStream([track]);
  document.body.append(element);
}
