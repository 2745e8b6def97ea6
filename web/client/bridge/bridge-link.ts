import { BridgeChannel } from '#protocol/bridge/bridge-channel.ts';
import type { ChannelServerMessage } from '#protocol/bridge/channel-message.ts';
import { parseSourceName } from '#protocol/media/source.ts';
import { Debounce } from '../debounce.ts';
import { Emitter } from '#protocol/emitter.ts';
import type { VideoWishes } from '../meeting-types.ts';
import type { BridgeSession } from '../session/bridge-session.ts';
import type { LocalSources } from '../session/local-sources.ts';
import { SEND_SLOTS, sourceNameOf, type SendSlot } from '../session/send-slots.ts';
import type { MediaRates, MediaStatistics } from '../stats/media-statistics.ts';
import type { MeasuredMedia } from '../stats/look-at.ts';
import { StatsLoop } from '../stats/stats-loop.ts';
import { platform } from '../platform.ts';
import { constraintsOf, INITIAL_WISHES } from './video-wishes.ts';

const WISHES_INTERVAL_MS = 100;
/** Jitsi's clients tell their quality this often (wire note §6.2). */
const STATS_INTERVAL_MS = 10_000;

export interface BridgeLinkEvents {
  /** Dominant speaker, own id included; undefined in silence. The last one, who may be silent now, is the most recent. */
  speaker: [id: string | undefined, recent: readonly string[]];
  /** Names of the video sources that the bridge sends now. */
  forwarded: [ReadonlySet<string>];
  /** Another participant's connection quality, 0 … 100. */
  quality: [id: string, percent: number];
  /** What another endpoint's application said; `from` is the bridge's word, `payload` is not. */
  message: [from: string, payload: Readonly<Record<string, unknown>>];
  /** Our own rates, every few seconds. */
  rates: [MediaRates, MediaStatistics];
  /** What is wanted on the screen changed. */
  wishes: [];
}

/** What passes between us and the bridge besides media; outlives single sessions. */
export class BridgeLink extends Emitter<BridgeLinkEvents> {
  readonly #local: LocalSources;
  readonly #wishesDebounce = new Debounce(WISHES_INTERVAL_MS, () => this.#sendWishes());
  #endpoint = '';
  #session: BridgeSession | undefined;
  #channel: BridgeChannel | undefined;
  #stats: StatsLoop | undefined;
  #wishes: VideoWishes = INITIAL_WISHES;
  #forwarded: ReadonlySet<string> | undefined;
  /** Another way than the bridge's that media takes now. */
  #otherWay: MeasuredMedia | undefined;
  #statsSentAtMs = Number.NEGATIVE_INFINITY;

  constructor(local: LocalSources) {
    super();
    this.#local = local;
    local.on('changed', () => this.#sendVideoTypes());
  }

  /** Own endpoint id, known after binding. */
  setEndpoint(endpoint: string): void {
    this.#endpoint = endpoint;
  }

  begin(session: BridgeSession): void {
    this.end();
    this.#session = session;
    this.#forwarded = undefined;
    this.#watch();
    const url = session.channelUrls[0];
    if (url === undefined) return;
    const channel = new BridgeChannel(url, platform);
    this.#channel = channel;
    channel.on('open', () => {
      this.#sendWishes();
      this.#sendVideoTypes();
    });
    channel.on('message', (message) => this.#receive(message));
    channel.open();
  }

  end(): void {
    this.#stats?.stop();
    this.#stats = undefined;
    this.#channel?.close();
    this.#channel = undefined;
    this.#session = undefined;
  }

  setWishes(wishes: VideoWishes): void {
    this.#wishes = wishes;
    this.#wishesDebounce.trigger();
    this.emit('wishes');
  }

  /** Somebody's picture is wanted at all. */
  get wantsPictures(): boolean {
    return this.#wishes.lastN !== 0;
  }

  /** Lines wanted of a picture: 0 none. */
  wantedHeight(name: string): number {
    return this.wantsPictures ? Math.round(this.#wishes.heights[name] ?? this.#wishes.defaultHeight) : 0;
  }

  /** The bridge says that it sends that source, or has not yet said what it does. */
  isForwarded(name: string): boolean {
    return parseSourceName(name)?.kind === 'audio' || (this.#forwarded?.has(name) ?? true);
  }

  /**
   * While media takes another way than the bridge's, that way's rates are ours, and who speaks is heard there: see
   * `tellSpeaker`.
   */
  measure(otherWay: MeasuredMedia | undefined): void {
    if (this.#otherWay === otherWay) return;
    this.#otherWay = otherWay;
    this.#watch();
  }

  /** Somebody speaks on the other way, or nobody (undefined). */
  tellSpeaker(id: string | undefined, recent: readonly string[]): void {
    if (this.#otherWay !== undefined) this.emit('speaker', id, recent);
  }

  /** @param to endpoint id, or '' for all others. @returns false while there is no channel */
  say(payload: Readonly<Record<string, unknown>>, to = ''): boolean {
    return this.#channel?.send({ colibriClass: 'EndpointMessage', to, msgPayload: payload }) ?? false;
  }

  get statistics(): MediaStatistics | undefined {
    return this.#stats?.last;
  }

  #watch(): void {
    this.#stats?.stop();
    this.#stats = undefined;
    const media = this.#otherWay ?? this.#session?.media;
    if (media === undefined || this.#session === undefined) return;
    this.#stats = new StatsLoop(media);
    this.#stats.on('rates', (rates, statistics) => {
      this.emit('rates', rates, statistics);
      this.#sendStats(rates, statistics);
    });
  }

  #receive(message: ChannelServerMessage): void {
    switch (message.colibriClass) {
      case 'DominantSpeakerEndpointChangeEvent': {
        // What it hears of those who talk past it is silence.
        if (this.#otherWay !== undefined) return;
        const { dominantSpeakerEndpoint, previousSpeakers, silence } = message;
        const speaker = silence || dominantSpeakerEndpoint === '' ? undefined : dominantSpeakerEndpoint;
        this.emit('speaker', speaker, [dominantSpeakerEndpoint, ...previousSpeakers].filter(Boolean));
        return;
      }
      case 'ForwardedSources':
        this.#forwarded = new Set(message.forwardedSources);
        this.emit('forwarded', this.#forwarded);
        return;
      case 'SenderSourceConstraints': {
        const slot = SEND_SLOTS.find((one) => sourceNameOf(one, this.#endpoint) === message.sourceName);
        if (slot?.kind === 'video') this.#session?.media.limitHeight(slot.slot, message.maxHeight);
        return;
      }
      case 'EndpointStats': {
        const percent = message['connectionQuality'];
        if (typeof percent === 'number') this.emit('quality', message.from, percent);
        return;
      }
      case 'EndpointMessage':
        this.emit('message', message.from, message.msgPayload);
        return;
      case 'ServerHello':
      case 'ConnectionStats':
        return;
    }
  }

  #sendWishes(): void {
    this.#channel?.send(constraintsOf(this.#wishes));
  }

  #sendVideoTypes(): void {
    for (const slot of SEND_SLOTS) {
      if (slot.kind !== 'video' || !this.#local.isKnown(slot.slot)) continue;
      this.#channel?.send({
        colibriClass: 'SourceVideoTypeMessage',
        sourceName: sourceNameOf(slot, this.#endpoint),
        videoType: this.#videoTypeOf(slot),
      });
    }
  }

  #videoTypeOf({ slot, videoType }: SendSlot): 'camera' | 'desktop' | 'none' {
    return this.#local.isMuted(slot) ? 'none' : (videoType ?? 'camera');
  }

  #sendStats(rates: MediaRates, statistics: MediaStatistics): void {
    if (statistics.atMs - this.#statsSentAtMs < STATS_INTERVAL_MS) return;
    const isSent = this.#channel?.send({
      colibriClass: 'EndpointStats',
      bitrate: { upload: Math.round(rates.sendBps / 1_000), download: Math.round(rates.receiveBps / 1_000) },
      packetLoss: {
        total: percent(Math.max(rates.sendLoss, rates.receiveLoss)),
        upload: percent(rates.sendLoss),
        download: percent(rates.receiveLoss),
      },
      connectionQuality: rates.connectionQuality,
      jvbRTT: Math.round(rates.roundTripMs ?? 0),
      maxEnabledResolution: statistics.sentHeight,
    });
    if (isSent === true) this.#statsSentAtMs = statistics.atMs;
  }
}

function percent(share: number): number {
  return Math.round(share * 100);
}
