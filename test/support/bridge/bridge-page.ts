import type { Browser, Page } from 'puppeteer-core';
import type { EndpointCreated, SourceOffer } from '../../../protocol/bridge/bridge-bus.ts';
import type { ReceivedSource } from '../../../protocol/media/source.ts';
import { hearTone, type HeardTone } from '../heard-tone.ts';
import { accepted, type BridgeHarness } from './bridge-harness.ts';
import { offer, readAnswer, withSimulcast, type OfferOptions } from './session-description.ts';
import { TestChannel } from './test-channel.ts';

declare global {
  interface Window {
    bridgeConnection: RTCPeerConnection;
  }
}

export interface BridgePageOptions extends Partial<Omit<OfferOptions, 'version'>> {
  /** Three layers, as Jitsi clients send with Chromium. */
  readonly isSimulcast?: boolean;
  /**
   * What it sends; default nothing. `speech` sounds like somebody who talks without a pause for breath; the browser's fake
   * microphone beeps once a second, which a speaker detector may or may not take for speech.
   */
  readonly sends?: { readonly audio?: boolean | 'speech'; readonly video?: boolean };
}

export interface InboundVideo {
  readonly framesDecoded: number;
  readonly height: number;
}

/** A browser as an endpoint of the bridge, with the test as its focus. */
export class BridgePage {
  readonly id: string;
  readonly conference: string;
  readonly #harness: BridgeHarness;
  readonly #page: Page;
  #created: EndpointCreated;
  readonly #options: BridgePageOptions;
  readonly #received: ReceivedSource[];
  #version = 1;
  /** For the other endpoints, as the bridge answered to this one's join. */
  offers: readonly SourceOffer[] = [];

  static async join(
    harness: BridgeHarness,
    browser: Browser,
    conference: string,
    id: string,
    options: BridgePageOptions = {},
  ): Promise<BridgePage> {
    const page = await browser.newPage();
    await page.goto(harness.pageUrl);
    const joined = new BridgePage(harness, page, conference, id, await harness.create(conference, id), options);
    await joined.#open();
    return joined;
  }

  private constructor(
    harness: BridgeHarness,
    page: Page,
    conference: string,
    id: string,
    created: EndpointCreated,
    options: BridgePageOptions,
  ) {
    this.#harness = harness;
    this.#page = page;
    this.conference = conference;
    this.id = id;
    this.#created = created;
    this.#options = options;
    this.#received = [...created.sources];
  }

  get session(): string {
    return this.#created.session;
  }

  /** UDP port from which the bridge sends media; the role responder's candidates come after the worker's. */
  get bridgePort(): number {
    return this.#created.candidates.find(({ protocol }) => protocol === 'udp')?.port ?? 0;
  }

  connectionState(): Promise<string> {
    return this.#page.evaluate(() => window.bridgeConnection.connectionState);
  }

  /** Plays focus and client: new m-lines, an answer, acceptance. */
  async addReceived(sources: readonly ReceivedSource[]): Promise<void> {
    this.#received.push(...sources);
    await this.#negotiate();
    accepted(
      await this.#harness.bus.request(this.#harness.requests.acceptSources, {
        conference: this.conference,
        endpoint: this.id,
        session: this.session,
        names: sources.map(({ name }) => name),
      }),
    );
  }

  /** Plays focus and client: new ICE credentials of both sides in the session that there is. */
  async restartIce(): Promise<void> {
    const { bus, requests } = this.#harness;
    const session = { conference: this.conference, endpoint: this.id, session: this.session };
    const { ice, candidates } = accepted(await bus.request(requests.restartIce, session));
    this.#created = { ...this.#created, ice, candidates };
    const answer = readAnswer(await this.#negotiate(), this.id);
    accepted(await bus.request(requests.updateIce, { ...session, ice: answer.ice }));
  }

  /** Names the candidate pair in use. */
  selectedPair(): Promise<string | undefined> {
    return this.#page.evaluate(async () => {
      let selected: string | undefined;
      (await window.bridgeConnection.getStats()).forEach(
        (report: RTCTransportStats & RTCIceCandidatePairStats & { readonly selected?: boolean }) => {
          if (report.type === 'transport') selected ??= report.selectedCandidatePairId;
          if (report.type === 'candidate-pair' && report.selected === true) selected = report.id;
        },
      );
      return selected;
    });
  }

  openChannel(): Promise<TestChannel> {
    return TestChannel.open(this.#harness.channelUrl(this.#created.channelPath));
  }

  /** The received video with this source name. */
  async inboundVideo(name: string): Promise<InboundVideo> {
    const ssrc = this.#received.find((source) => source.name === name)?.ssrc;
    return this.#page.evaluate(async (wanted) => {
      let found = { framesDecoded: 0, height: 0 };
      (await window.bridgeConnection.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type !== 'inbound-rtp' || report.ssrc !== wanted) return;
        found = { framesDecoded: report.framesDecoded ?? 0, height: report.frameHeight ?? 0 };
      });
      return found;
    }, ssrc);
  }

  /** How loud the received sound with this source name is: its peak, 0 … 1. Also where nothing plays it (see {@link tone}). */
  async audioLevel(name: string): Promise<number> {
    const ssrc = this.#received.find((source) => source.name === name)?.ssrc;
    return this.#page.evaluate(async (wanted) => {
      let level = 0;
      (await window.bridgeConnection.getStats()).forEach((report: RTCInboundRtpStreamStats) => {
        if (report.type === 'inbound-rtp' && report.ssrc === wanted) level = report.audioLevel ?? 0;
      });
      return level;
    }, ssrc);
  }

  /** What a tone in the received sound with this source name is like. */
  tone(name: string, frequencyHz: number): Promise<HeardTone> {
    const ssrc = this.#received.find((source) => source.name === name)?.ssrc;
    return hearTone(this.#page, ssrc ?? 0, frequencyHz);
  }

  /** Heights of the layers that leave the page, with packets counted. */
  sentPackets(): Promise<readonly number[]> {
    return this.#page.evaluate(async () => {
      const packets: number[] = [];
      (await window.bridgeConnection.getStats()).forEach((report: RTCOutboundRtpStreamStats) => {
        if (report.type === 'outbound-rtp' && report.kind === 'video') packets.push(report.packetsSent ?? 0);
      });
      return packets;
    });
  }

  /** `udp` or `tcp` of the pair in use. */
  selectedProtocol(): Promise<string | undefined> {
    return this.#page.evaluate(async () => {
      const stats = await window.bridgeConnection.getStats();
      let protocol: string | undefined;
      stats.forEach((report: RTCIceCandidatePairStats & { selected?: boolean }) => {
        if (report.type !== 'candidate-pair' || report.state !== 'succeeded') return;
        if (report.nominated !== true && report.selected !== true) return;
        const remote = stats.get(report.remoteCandidateId) as { protocol?: string } | undefined;
        protocol = remote?.protocol;
      });
      return protocol;
    });
  }

  async close(): Promise<void> {
    await this.#page.close();
  }

  async #open(): Promise<void> {
    const { sends = {}, isSimulcast = false } = this.#options;
    await this.#page.evaluate(async ({ audio = false, video = false }) => {
      const connection = new RTCPeerConnection();
      window.bridgeConnection = connection;
      window.peerConnections = [connection];
      if (!audio && !video) return;
      if (audio === 'speech') {
        const context = new AudioContext();
        const [voice, syllables, destination] = [
          context.createOscillator(),
          context.createGain(),
          context.createMediaStreamDestination(),
        ];
        for (let atSeconds = 0; atSeconds < 120; atSeconds += 0.25) {
          syllables.gain.setValueAtTime(0.5, context.currentTime + atSeconds);
          syllables.gain.setValueAtTime(0, context.currentTime + atSeconds + 0.2);
        }
        voice.connect(syllables).connect(destination);
        voice.start();
        for (const track of destination.stream.getTracks()) connection.addTrack(track, destination.stream);
        return;
      }
      const size = { width: { exact: 1280 }, height: { exact: 720 }, frameRate: { ideal: 15 } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio, video: video ? size : false });
      for (const track of stream.getTracks()) connection.addTrack(track, stream);
    }, sends);
    const answer = await this.#negotiate();
    const { offers } = accepted(
      await this.#harness.bus.request(this.#harness.requests.connectEndpoint, {
        conference: this.conference,
        endpoint: this.id,
        session: this.session,
        ...readAnswer(answer, this.id),
      }),
    );
    this.offers = offers;
    if (!isSimulcast) return;
    await this.#page.evaluate(async () => {
      for (const sender of window.bridgeConnection.getSenders()) {
        const parameters = sender.getParameters();
        if (parameters.encodings.length !== 3) continue;
        const bitrates = [200_000, 500_000, 1_500_000];
        parameters.encodings.forEach((encoding, index) => {
          encoding.scaleResolutionDownBy = 4 / 2 ** index;
          encoding.maxBitrate = bitrates[index] ?? 0;
          encoding.active = true;
        });
        await sender.setParameters(parameters);
      }
    });
  }

  /** @returns the local description that the page uses. */
  async #negotiate(): Promise<string> {
    const { isIceLite = false, transport = 'any', isSimulcast = false } = this.#options;
    const remote = offer(this.#created, this.#received, { isIceLite, transport, version: (this.#version += 1) });
    const answer = await this.#page.evaluate(async (sdp) => {
      await window.bridgeConnection.setRemoteDescription({ type: 'offer', sdp });
      return (await window.bridgeConnection.createAnswer()).sdp ?? '';
    }, remote);
    const local = isSimulcast && this.#version === 2 ? withSimulcast(answer) : answer;
    await this.#page.evaluate(async (sdp) => {
      await window.bridgeConnection.setLocalDescription({ type: 'answer', sdp });
    }, local);
    return local;
  }
}
