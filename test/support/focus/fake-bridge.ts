import {
  bridgeEvents,
  bridgeRequests,
  sfuLeaseKey,
  type ConnectPlainEndpoint,
  type EndpointClosedReason,
  type EndpointCreated,
  type ForceMute,
  type PlainEndpointCreated,
  type Refused,
  type SfuLease,
  type SourceOffer,
  type SourcesAdded,
  type UpdateIce,
} from '#protocol/bridge/bridge-bus.ts';
import type { IceCandidate, IceCredentials, RtpAddress, RtpCapabilities } from '#protocol/media/rtp.ts';
import type { ReceivedSource, Source } from '#protocol/media/source.ts';
import type { Bus, Lease, Subscription } from '#runtime/bus.ts';

export const FAKE_RTP: RtpCapabilities = {
  payloadTypes: [
    { kind: 'audio', id: 111, name: 'opus', clockRate: 48_000, channels: 2, parameters: {}, feedback: [] },
    { kind: 'audio', id: 9, name: 'G722', clockRate: 8_000, parameters: {}, feedback: [] },
    { kind: 'audio', id: 0, name: 'PCMU', clockRate: 8_000, parameters: {}, feedback: [] },
    { kind: 'audio', id: 8, name: 'PCMA', clockRate: 8_000, parameters: {}, feedback: [] },
    {
      kind: 'video',
      id: 100,
      name: 'VP8',
      clockRate: 90_000,
      parameters: { 'x-google-start-bitrate': '2000' },
      feedback: [{ type: 'nack' }],
    },
    { kind: 'video', id: 96, name: 'rtx', clockRate: 90_000, parameters: { apt: '100' }, feedback: [] },
    { kind: 'video', id: 101, name: 'VP9', clockRate: 90_000, parameters: {}, feedback: [] },
    { kind: 'video', id: 97, name: 'rtx', clockRate: 90_000, parameters: { apt: '101' }, feedback: [] },
  ],
  headerExtensions: [
    { kind: 'audio', id: 1, uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level' },
    { kind: 'video', id: 10, uri: 'urn:ietf:params:rtp-hdrext:sdes:mid' },
    { kind: 'video', id: 11, uri: 'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id' },
    { kind: 'video', id: 5, uri: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01' },
  ],
};

const CANDIDATES: readonly IceCandidate[] = [
  {
    foundation: '1',
    component: 1,
    protocol: 'udp',
    priority: 2_130_706_431,
    address: '192.0.2.1',
    port: 10_000,
    type: 'host',
  },
];

interface FakeEndpoint {
  readonly id: string;
  readonly session: string;
  readonly sources: Map<string, Source>;
  readonly received: Map<string, ReceivedSource>;
  readonly accepted: Set<string>;
  readonly receives: (source: Source) => boolean;
  isConnected: boolean;
  /** Of one over plain RTP. */
  rtpAddress?: RtpAddress;
}

/** A bridge without media: it keeps the books that the focus's requests describe, and refuses what a test wants. */
export class FakeBridge {
  readonly id: string;
  /** Every request, as `verb endpoint`. */
  readonly calls: string[] = [];
  readonly mutes: ForceMute[] = [];
  readonly updatedIce: UpdateIce[] = [];
  readonly ended: string[] = [];
  /** Refuses the next requests of a verb. */
  readonly refusals = new Map<string, Refused>();
  /** Requests of these verbs are never answered. */
  readonly silent = new Set<string>();
  readonly #bus: Bus;
  readonly #conferences = new Map<string, Map<string, FakeEndpoint>>();
  readonly #lease: SfuLease;
  #claim: Lease<SfuLease> | undefined;
  #subscriptions: Subscription[] = [];
  #count = 0;
  #ssrc = 100_000_000;

  constructor(bus: Bus, id: string, lease: Partial<SfuLease> = {}) {
    this.#bus = bus;
    this.id = id;
    this.#lease = {
      id,
      load: 0,
      addresses: ['192.0.2.1'],
      ports: [10_000],
      rolePort: 10_001,
      draining: false,
      ...lease,
    };
  }

  async start(): Promise<void> {
    const requests = bridgeRequests(this.id);
    this.#subscriptions = [
      this.#serve(requests.createEndpoint, 'create', ({ conference, endpoint }) => this.#create(conference, endpoint)),
      this.#serve(requests.createPlainEndpoint, 'create-plain', ({ conference, endpoint }) =>
        this.#createPlain(conference, endpoint),
      ),
      this.#serve(requests.connectEndpoint, 'connect', (request) => this.#connect(request)),
      this.#serve(requests.connectPlainEndpoint, 'connect-plain', (request) => {
        this.#endpoint(request.conference, request.endpoint).rtpAddress = request.rtpAddress;
        return this.#connect(request);
      }),
      this.#serve(requests.addSources, 'add', (request) => ({
        ok: true as const,
        offers: this.#add(request.conference, this.#endpoint(request.conference, request.endpoint), request.sources),
      })),
      this.#serve(requests.removeSources, 'remove', ({ conference, endpoint, names }) => {
        this.#forget(conference, this.#endpoint(conference, endpoint), names);
        return { ok: true as const };
      }),
      this.#serve(requests.acceptSources, 'accept', ({ conference, endpoint, names }) => {
        for (const name of names) this.#endpoint(conference, endpoint).accepted.add(name);
        return { ok: true as const };
      }),
      this.#serve(requests.restartIce, 'restart-ice', () => {
        this.#count += 1;
        return { ok: true as const, ice: this.#ice(), candidates: CANDIDATES };
      }),
      this.#serve(requests.updateIce, 'update-ice', (request) => {
        this.updatedIce.push(request);
        return { ok: true as const };
      }),
      this.#serve(requests.forceMute, 'mute', (request) => {
        this.mutes.push(request);
        return { ok: true as const };
      }),
      this.#serve(requests.removeEndpoint, 'remove-endpoint', ({ conference, endpoint: id, session }) => {
        const endpoint = this.#conferences.get(conference)?.get(id);
        if (endpoint !== undefined && (session === undefined || session === endpoint.session)) {
          this.#forget(conference, endpoint, [...endpoint.sources.keys()]);
          this.#conferences.get(conference)?.delete(id);
        }
        return { ok: true as const };
      }),
      this.#serve(requests.endConference, 'end', ({ conference }) => {
        this.ended.push(conference);
        this.#conferences.delete(conference);
        return { ok: true as const };
      }),
    ];
    this.#claim = await this.#bus.claim(sfuLeaseKey(this.id), this.#lease);
  }

  /** The process is gone: no lease, no answers. */
  stop(): void {
    for (const subscription of this.#subscriptions) subscription.close();
    this.#conferences.clear();
    this.#claim?.release();
  }

  endpoint(id: string): FakeEndpoint | undefined {
    for (const endpoints of this.#conferences.values()) {
      const endpoint = endpoints.get(id);
      if (endpoint !== undefined) return endpoint;
    }
    return undefined;
  }

  get endpointCount(): number {
    return [...this.#conferences.values()].reduce((sum, endpoints) => sum + endpoints.size, 0);
  }

  /** Names that the endpoint receives now, those only that it has accepted. */
  flowingTo(id: string): string[] {
    const endpoint = this.endpoint(id);
    return [...(endpoint?.accepted ?? [])].filter((name) => endpoint?.received.has(name) === true).toSorted();
  }

  /** The endpoint's session dies on the bridge. */
  close(id: string, reason: EndpointClosedReason): void {
    for (const [conference, endpoints] of this.#conferences) {
      const endpoint = endpoints.get(id);
      if (endpoint === undefined) continue;
      this.#forget(conference, endpoint, [...endpoint.sources.keys()]);
      endpoints.delete(id);
      const event = { conference, endpoint: id, session: endpoint.session, reason };
      this.#bus.publish(bridgeEvents(this.id).endpointClosed, event);
    }
  }

  connected(id: string): void {
    for (const [conference, endpoints] of this.#conferences) {
      const endpoint = endpoints.get(id);
      if (endpoint === undefined) continue;
      this.#bus.publish(bridgeEvents(this.id).endpointConnected, {
        conference,
        endpoint: id,
        session: endpoint.session,
      });
    }
  }

  #serve<Request extends { readonly conference: string; readonly endpoint?: string }, Answer>(
    subject: { readonly subject: string; readonly exchange?: (request: Request) => Answer | Refused },
    verb: string,
    handler: (request: Request) => Answer,
  ): Subscription {
    return this.#bus.serve(subject, (request: Request): (Answer | Refused) | Promise<Answer | Refused> => {
      this.calls.push(`${verb} ${request.endpoint ?? ''}`.trim());
      if (this.silent.has(verb)) return new Promise(() => {});
      const refusal = this.refusals.get(verb);
      return refusal ?? handler(request);
    });
  }

  #create(conference: string, id: string): EndpointCreated {
    return {
      ...this.#createSession(conference, id, () => true),
      ice: this.#ice(),
      candidates: CANDIDATES,
      fingerprint: { hash: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') },
    };
  }

  #createPlain(conference: string, id: string): PlainEndpointCreated {
    const session = this.#createSession(conference, id, ({ kind }) => kind === 'audio');
    return { ...session, rtpAddress: { address: '127.0.0.1', port: 40_000 + this.#count } };
  }

  #connect(request: Pick<ConnectPlainEndpoint, 'conference' | 'endpoint' | 'sources'>): SourcesAdded {
    const endpoint = this.#endpoint(request.conference, request.endpoint);
    endpoint.isConnected = true;
    for (const name of endpoint.received.keys()) endpoint.accepted.add(name);
    return { ok: true, offers: this.#add(request.conference, endpoint, request.sources) };
  }

  #createSession(
    conference: string,
    id: string,
    receives: (source: Source) => boolean,
  ): Omit<PlainEndpointCreated, 'rtpAddress'> {
    const endpoints = this.#conferences.get(conference) ?? new Map<string, FakeEndpoint>();
    this.#conferences.set(conference, endpoints);
    this.#count += 1;
    const endpoint: FakeEndpoint = {
      id,
      session: `${this.id}-${this.#count}`,
      sources: new Map(),
      received: new Map(),
      accepted: new Set(),
      receives,
      isConnected: false,
    };
    for (const other of endpoints.values()) {
      if (other.id !== id) this.#consumeAll(endpoint, [...other.sources.values()]);
    }
    endpoints.set(id, endpoint);
    return {
      ok: true,
      session: endpoint.session,
      channelPath: `/colibri-ws/${this.id}/${conference}/${id}?pwd=secret`,
      rtp: FAKE_RTP,
      sources: [...endpoint.received.values()],
    };
  }

  #ice(): IceCredentials {
    return { usernameFragment: `ufrag${this.#count}`, password: 'p'.repeat(24) };
  }

  #add(conference: string, sender: FakeEndpoint, sources: readonly Source[]): SourceOffer[] {
    for (const source of sources) sender.sources.set(source.name, source);
    const receivers = [...(this.#conferences.get(conference)?.values() ?? [])].filter((other) => other !== sender);
    return receivers.map((receiver) => ({
      receiver: receiver.id,
      sources: this.#consumeAll(receiver, sources),
    }));
  }

  #consumeAll(receiver: FakeEndpoint, sources: readonly Source[]): ReceivedSource[] {
    return sources.filter(receiver.receives).map((source) => this.#consume(receiver, source));
  }

  #consume(receiver: FakeEndpoint, { name, owner, kind, videoType, msid }: Source): ReceivedSource {
    this.#ssrc += 2;
    const received: ReceivedSource = {
      name,
      owner,
      kind,
      ...(videoType === undefined ? {} : { videoType }),
      msid,
      ssrc: this.#ssrc,
      ...(kind === 'video' ? { rtxSsrc: this.#ssrc + 1 } : {}),
    };
    receiver.received.set(name, received);
    return received;
  }

  #forget(conference: string, sender: FakeEndpoint, names: readonly string[]): void {
    for (const name of names) {
      sender.sources.delete(name);
      for (const other of this.#conferences.get(conference)?.values() ?? []) {
        if (other === sender) continue;
        other.received.delete(name);
        other.accepted.delete(name);
      }
    }
  }

  #endpoint(conference: string, id: string): FakeEndpoint {
    const endpoint = this.#conferences.get(conference)?.get(id);
    if (endpoint === undefined) throw new Error(`the focus speaks about ${id}, which is not on ${this.id}`);
    return endpoint;
  }
}
