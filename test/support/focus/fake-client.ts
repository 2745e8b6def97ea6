import type { IceCredentials, RtpAddress } from '#protocol/media/rtp.ts';
import type { ReceivedSource, Source } from '#protocol/media/source.ts';
import { encodeDiscoInfo, NS_DISCO_INFO } from '#protocol/xmpp/disco.ts';
import { child, xml, type XmlContent, type XmlElement } from '#protocol/xmpp/element.ts';
import {
  decodeJingle,
  encodeJingle,
  jingleOf,
  type BridgeSession,
  type Jingle,
  type JingleContent,
  type SessionInitiate,
} from '#protocol/xmpp/jingle.ts';
import { sourceDescription } from '#protocol/xmpp/jingle-rtp.ts';
import { decodeReceivedSources, describeSentSources } from '#protocol/xmpp/jingle-sources.ts';
import { FEATURE_JSON_SOURCES } from '#protocol/xmpp/json-sources.ts';
import { encodeMuteRequest, readMuteRequest, type MuteRequest } from '#protocol/xmpp/mute.ts';
import { errorReply, iqResult, stanzaError } from '#protocol/xmpp/stanza.ts';
import type { FakeRooms } from './fake-rooms.ts';

export interface FakeClientOptions {
  /** Where it lives; the default is an anonymous guest. */
  readonly jid?: string;
  readonly features?: readonly string[];
  /** Children of its presence. */
  readonly presence?: readonly XmlContent[];
  /** What it sends from the start. */
  readonly sources?: readonly Source[];
  /** A telephone at the gateway: it answers with plain RTP, and says what it sends. */
  readonly phone?: { readonly codecs: readonly string[]; readonly rtpAddress: RtpAddress };
}

/** Jitsi's client without media: it acknowledges, accepts and keeps book of what it was told. */
export class FakeClient {
  readonly nick: string;
  readonly room: string;
  readonly jid: string;
  sources: readonly Source[];
  /** All Jingle messages of the focus, in order. */
  readonly jingle: Jingle[] = [];
  /** The same as they came. */
  readonly elements: XmlElement[] = [];
  readonly mutes: MuteRequest[] = [];
  discoQueries = 0;
  /** How it takes Jingle. */
  behaviour: 'accepts' | 'acknowledges' | 'refuses' | 'silent' = 'accepts';
  /** What waits for it while its connection is gone. */
  #backlog: XmlElement[] | undefined;
  /** The answers to its session-accepts. */
  readonly acceptAnswers: XmlElement[] = [];
  #offer: SessionInitiate | undefined;
  readonly #received = new Map<string, ReceivedSource>();
  readonly #rooms: FakeRooms;
  readonly #options: FakeClientOptions;

  constructor(rooms: FakeRooms, room: string, nick: string, options: FakeClientOptions = {}) {
    this.#rooms = rooms;
    this.room = room;
    this.nick = nick;
    this.#options = options;
    this.jid = options.jid ?? `${nick}-44c1-4b0e-9d0a-6f2f5f1d7a10@meet.example/x7Qp2`;
    this.sources = options.sources ?? [];
  }

  get address(): string {
    return `${this.room}/${this.nick}`;
  }

  enter(): void {
    const children = this.#options.presence ?? [];
    this.#rooms.enter(this.room, { nick: this.nick, jid: this.jid, children, receive: (iq) => this.#receive(iq) });
  }

  leave(): void {
    this.#offer = undefined;
    this.#rooms.leave(this.room, this.nick);
  }

  /** Its connection is gone; signalling keeps what is sent to it. */
  goAway(): void {
    this.#backlog = [];
  }

  /** Its stream is resumed and it works off what waits, in order. @returns that. */
  comeBack(): readonly XmlElement[] {
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    for (const iq of backlog) this.#receive(iq);
    return backlog;
  }

  /** The session it is in now. */
  get offer(): SessionInitiate | undefined {
    return this.#offer;
  }

  /** Names of others' sources that it knows of, without placeholders. */
  get received(): string[] {
    return [...this.#received.keys()].toSorted();
  }

  actions(): string[] {
    return this.jingle.map(({ action }) => action);
  }

  /** Sends Jingle to the focus about the present session. */
  send(message: Jingle): Promise<XmlElement> {
    return this.#ask(encodeJingle(message));
  }

  /** Sends an element that need not be valid. */
  sendElement(element: XmlElement): Promise<XmlElement> {
    return this.#ask(element);
  }

  addSources(...sources: readonly Source[]): Promise<XmlElement> {
    return this.send({ action: 'source-add', sid: this.#sid(), contents: contentsOf(sources) });
  }

  removeSources(...sources: readonly Source[]): Promise<XmlElement> {
    return this.send({ action: 'source-remove', sid: this.#sid(), contents: contentsOf(sources) });
  }

  terminate(bridgeSession?: Partial<BridgeSession>): Promise<XmlElement> {
    const id = this.#offer?.bridgeSession?.id ?? 'none';
    return this.send({
      action: 'session-terminate',
      sid: this.#sid(),
      reason: { condition: 'connectivity-error', text: 'ICE FAILED' },
      ...(bridgeSession === undefined
        ? {}
        : { bridgeSession: { id, restart: false, iceRestart: false, ...bridgeSession } }),
    });
  }

  restartIce(id = this.#offer?.bridgeSession?.id ?? 'none'): Promise<XmlElement> {
    return this.send({
      action: 'session-info',
      sid: this.#sid(),
      bridgeSession: { id, restart: false, iceRestart: true },
    });
  }

  /** Its own new credentials. */
  tellIce(credentials: IceCredentials, iceGeneration?: number): Promise<XmlElement> {
    const transport = {
      credentials,
      candidates: [],
      webSocketUrls: [],
      rtcpMux: true,
      iceLite: false,
      ...(iceGeneration === undefined ? {} : { iceGeneration }),
    };
    const contents = [{ creator: 'responder' as const, name: 'audio', transport }];
    return this.send({ action: 'transport-info', sid: this.#sid(), contents });
  }

  mute(request: MuteRequest): Promise<XmlElement> {
    return this.#ask(encodeMuteRequest(request));
  }

  /** Accepts the offer that it was told not to accept by itself. */
  accept(
    sources: readonly Source[] = this.sources,
    contents: readonly JingleContent[] = this.#answerContents(sources),
  ): Promise<XmlElement> {
    return this.send({ action: 'session-accept', sid: this.#sid(), contents });
  }

  #answerContents(sources: readonly Source[]): readonly JingleContent[] {
    const { phone } = this.#options;
    if (phone === undefined) return contentsOf(sources, true);
    return phoneContents(sources, phone.codecs).map((content) => ({
      ...content,
      creator: 'responder',
      rawUdp: { ...phone.rtpAddress, webSocketUrls: [] },
    }));
  }

  #sid(): string {
    return this.#offer?.sid ?? 'none';
  }

  #ask(content: XmlElement): Promise<XmlElement> {
    return this.#rooms.ask(this.address, 'focus@auth.meet.example/focus', 'set', content);
  }

  #receive(iq: XmlElement): void {
    const { type } = iq.attrs;
    if (type !== 'get' && type !== 'set') return;
    if (this.#backlog !== undefined) {
      this.#backlog.push(iq);
      return;
    }
    const answer = (stanza: XmlElement): void =>
      this.#rooms.toFocus({
        ...stanza,
        attrs: { ...stanza.attrs, from: this.address, to: 'focus@auth.meet.example/focus' },
      });
    if (child(iq, 'query', NS_DISCO_INFO) !== undefined) {
      this.discoQueries += 1;
      const features = this.#options.features ?? [FEATURE_JSON_SOURCES];
      answer(iqResult(iq, encodeDiscoInfo({ identities: [], features, forms: [] })));
      return;
    }
    const mute = readMuteRequest(iq);
    if (mute !== undefined) {
      this.mutes.push(mute);
      return;
    }
    const element = jingleOf(iq);
    if (element === undefined || this.behaviour === 'silent') return;
    const jingle = decodeJingle(element);
    this.elements.push(element);
    this.jingle.push(jingle);
    if (this.behaviour === 'refuses') {
      answer(errorReply(iq, stanzaError('cancel', 'item-not-found')));
      return;
    }
    this.#apply(jingle);
    answer(iqResult(iq));
    if (jingle.action === 'session-initiate' && this.behaviour === 'accepts') {
      void this.accept().then((result) => this.acceptAnswers.push(result));
    }
  }

  #apply(jingle: Jingle): void {
    switch (jingle.action) {
      case 'session-initiate':
        this.#offer = jingle;
        this.#received.clear();
        this.#add(decodeReceivedSources(jingle));
        return;
      case 'source-add':
        this.#add(decodeReceivedSources(jingle));
        return;
      case 'source-remove':
        for (const { name } of decodeReceivedSources(jingle)) {
          if (!this.#received.delete(name))
            throw new Error(`${this.nick} was told to remove ${name}, which it never had`);
        }
        return;
      case 'session-terminate':
        this.#offer = undefined;
        this.#received.clear();
        return;
      default:
    }
  }

  #add(sources: readonly ReceivedSource[]): void {
    for (const source of sources) {
      if (source.owner === 'jvb') continue;
      if (source.owner === this.nick) throw new Error(`${this.nick} was sent its own ${source.name}`);
      // The same msid in two m-lines makes setRemoteDescription fail (wire note, rule 9).
      if (this.#received.has(source.name)) throw new Error(`${this.nick} was told of ${source.name} twice`);
      this.#received.set(source.name, source);
    }
  }
}

function contentsOf(sources: readonly Source[], withTransport = false): JingleContent[] {
  return (['audio', 'video'] as const).flatMap((kind): JingleContent[] => {
    const described = describeSentSources(sources, kind);
    if (described.ssrcs.length === 0 && !withTransport) return [];
    return [
      {
        creator: withTransport ? 'responder' : 'initiator',
        name: kind,
        description: sourceDescription(kind, described),
        ...(withTransport
          ? {
              transport: {
                credentials: { usernameFragment: 'yXJf', password: 'F'.repeat(24) },
                fingerprint: {
                  hash: 'sha-256',
                  value: Array.from({ length: 32 }, () => '3B').join(':'),
                  setup: 'active',
                },
                candidates: [],
                webSocketUrls: [],
                rtcpMux: false,
                iceLite: false,
              },
            }
          : {}),
      },
    ];
  });
}

/** A telephone's sources with the codecs that its description names. */
export function phoneContents(sources: readonly Source[], codecs: readonly string[]): JingleContent[] {
  const payloadTypes = codecs.map((name, id) => ({
    kind: 'audio' as const,
    id,
    name,
    clockRate: 8_000,
    parameters: {},
    feedback: [],
  }));
  const description = { ...sourceDescription('audio', describeSentSources(sources, 'audio')), payloadTypes };
  return [{ creator: 'initiator', name: 'audio', description }];
}

let nextSsrc = 2_000_000_000;

/** SSRCs that no other source of the tests has. */
function freshSsrcs(count: number): number[] {
  nextSsrc += count;
  return Array.from({ length: count }, (_, index) => nextSsrc - count + index);
}

/** A microphone of an endpoint. */
export function microphone(endpoint: string, index = 0): Source {
  const [ssrc = 0] = freshSsrcs(1);
  const msid = `${endpoint}-audio-${index}-1 track${ssrc}`;
  return { name: `${endpoint}-a${index}`, owner: endpoint, kind: 'audio', msid, ssrcs: [ssrc], groups: [] };
}

/** A camera of an endpoint with three layers and their RTX, as Chromium signals it. */
export function camera(endpoint: string, index = 0, videoType: 'camera' | 'desktop' = 'camera'): Source {
  const ssrcs = freshSsrcs(6);
  const layers = ssrcs.slice(0, 3);
  return {
    name: `${endpoint}-v${index}`,
    owner: endpoint,
    kind: 'video',
    videoType,
    msid: `${endpoint}-video-${index}-1 track${ssrcs[0]}`,
    ssrcs,
    groups: [
      { semantics: 'SIM', ssrcs: layers },
      ...layers.map((ssrc, layer) => ({ semantics: 'FID' as const, ssrcs: [ssrc, ssrcs[layer + 3] ?? 0] })),
    ],
  };
}

/** An element of a client's presence: the hash of its features. */
export function capsElement(ver: string): XmlElement {
  return xml('c', {
    xmlns: 'http://jabber.org/protocol/caps',
    hash: 'sha-1',
    node: 'https://jitsi.org/jitsi-meet',
    ver,
  });
}
