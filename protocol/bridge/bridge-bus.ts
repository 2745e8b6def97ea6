import { eventSubject, requestSubject, type EventSubject, type RequestSubject } from '../bus-subject.ts';
import type { DtlsFingerprint, IceCandidate, IceCredentials, RtpAddress, RtpCapabilities } from '../media/rtp.ts';
import type { ReceivedSource, Source } from '../media/source.ts';

/**
 * focus ↔ sfu over the bus (Colibri's role). focus drives: every change is a request, and the answer says what must be
 * signalled to whom. sfu reports facts as events. Refusals are values; a time-out is the bus's error.
 *
 * One endpoint's life: create → (offer to the client) → connect with the client's answer → add/remove sources →
 * remove. After any failure: remove and create again; that is cheap.
 */

/** The lease `sfu/<id>` holds this; focus chooses bridges from it, turn permits exactly these ports as peers. */
export interface SfuLease {
  readonly id: string;
  /** 0 (idle) … 1 (full). */
  readonly load: number;
  readonly region?: string;
  /** Announced media addresses. */
  readonly addresses: readonly string[];
  /** Media ports, UDP and TCP, one per worker. */
  readonly ports: readonly number[];
  /** Port of the ICE role responder, UDP and TCP. */
  readonly rolePort: number;
  /** True while draining: no new conferences. */
  readonly draining: boolean;
}

export function sfuLeaseKey(id: string): string {
  return `sfu/${id}`;
}
export const SFU_LEASE_PREFIX = 'sfu/';

/** Names one endpoint of one conference; `conference` is the focus's random id of the meeting. */
export interface EndpointRef {
  readonly conference: string;
  readonly endpoint: string;
}

export type BridgeRefusal =
  /** The conference or endpoint is not (or no longer) here. */
  | 'no-such-endpoint'
  /** The sfu drains or is full. */
  | 'unavailable'
  /** The endpoint's parameters or sources cannot be used (text says which). */
  | 'bad-request';

export interface Refused {
  readonly ok: false;
  readonly reason: BridgeRefusal;
  /** English, for logs and for the client's error text. */
  readonly text: string;
}

export type CreateEndpoint = EndpointRef;

interface SessionCreated {
  readonly ok: true;
  /** Random id of this session; echoed in events so that a late one about an earlier session is recognised. */
  readonly session: string;
  /** `/colibri-ws/<sfu>/<conference>/<endpoint>?pwd=<secret>`; focus puts scheme and host before it. */
  readonly channelPath: string;
  /** The public base URL of another machine's sfu (`wss://…`), where it has one of its own. */
  readonly channelBaseUrl?: string;
  readonly rtp: RtpCapabilities;
  /** What already flows in the conference, with this receiver's SSRCs; consumers exist and are paused. */
  readonly sources: readonly ReceivedSource[];
}

export interface EndpointCreated extends SessionCreated {
  readonly ice: IceCredentials;
  readonly candidates: readonly IceCandidate[];
  readonly fingerprint: DtlsFingerprint;
}

/**
 * An endpoint over plain RTP without ICE, DTLS and video, for the telephone gateway alone. It is sent nothing before it
 * has said on its channel what it wants to hear.
 */
export interface PlainEndpointCreated extends SessionCreated {
  /** Where the bridge takes its RTP and RTCP, from the address alone that it is connected with. */
  readonly rtpAddress: RtpAddress;
}

/** What the gateway answered. */
export interface ConnectPlainEndpoint extends EndpointRef {
  readonly session: string;
  /** Where it sends from and receives, RTCP included. */
  readonly rtpAddress: RtpAddress;
  readonly sources: readonly Source[];
}

/** What the client answered. Its sources become producers; offered sources count as accepted and start to flow. */
export interface ConnectEndpoint extends EndpointRef {
  readonly session: string;
  /** For the ICE role responder's own check. */
  readonly ice: IceCredentials;
  /** The client is DTLS client (`setup=active`). */
  readonly fingerprint: DtlsFingerprint;
  readonly sources: readonly Source[];
  /** Jitsi's `initial-last-n`; absent means unlimited. */
  readonly initialLastN?: number;
}

/** New sources per receiver: consumers exist and are paused until `accept-sources`. */
export interface SourceOffer {
  readonly receiver: string;
  readonly sources: readonly ReceivedSource[];
}

export interface SourcesAdded {
  readonly ok: true;
  readonly offers: readonly SourceOffer[];
}

export interface AddSources extends EndpointRef {
  readonly session: string;
  readonly sources: readonly Source[];
}

/** Names of sources that ended. Receivers lose their consumers; focus signals the removal. */
export interface RemoveSources extends EndpointRef {
  readonly session: string;
  readonly names: readonly string[];
}

/** The receiver has acknowledged these sources (IQ result): resume their consumers and ask for key frames. */
export interface AcceptSources extends EndpointRef {
  readonly session: string;
  readonly names: readonly string[];
}

/** New ICE credentials in place (RFC 8445 §2.4): DTLS, sources and the message channel stay as they are. */
export interface RestartIce extends EndpointRef {
  readonly session: string;
}

/** The old credentials work until the client first uses the new ones. */
export interface IceRestarted {
  readonly ok: true;
  readonly ice: IceCredentials;
  readonly candidates: readonly IceCandidate[];
}

/** The client's own new credentials after that, for the ICE role responder's check. */
export interface UpdateIce extends EndpointRef {
  readonly session: string;
  readonly ice: IceCredentials;
}

/** A moderator muted this kind: the endpoint's producers pause until it is lifted, whatever the client does. */
export interface ForceMute extends EndpointRef {
  readonly kind: 'audio' | 'video' | 'desktop';
  readonly muted: boolean;
}

export interface RemoveEndpoint extends EndpointRef {
  /** Only this session; absent means whichever there is. */
  readonly session?: string;
}

export interface EndConference {
  readonly conference: string;
}

export interface Done {
  readonly ok: true;
}

/** The requests that the sfu with this id serves. */
export function bridgeRequests(sfuId: string): {
  readonly createEndpoint: RequestSubject<CreateEndpoint, EndpointCreated | Refused>;
  readonly createPlainEndpoint: RequestSubject<CreateEndpoint, PlainEndpointCreated | Refused>;
  readonly connectPlainEndpoint: RequestSubject<ConnectPlainEndpoint, SourcesAdded | Refused>;
  readonly connectEndpoint: RequestSubject<ConnectEndpoint, SourcesAdded | Refused>;
  readonly addSources: RequestSubject<AddSources, SourcesAdded | Refused>;
  readonly removeSources: RequestSubject<RemoveSources, Done | Refused>;
  readonly acceptSources: RequestSubject<AcceptSources, Done | Refused>;
  readonly restartIce: RequestSubject<RestartIce, IceRestarted | Refused>;
  readonly updateIce: RequestSubject<UpdateIce, Done | Refused>;
  readonly forceMute: RequestSubject<ForceMute, Done | Refused>;
  readonly removeEndpoint: RequestSubject<RemoveEndpoint, Done>;
  readonly endConference: RequestSubject<EndConference, Done>;
} {
  return {
    createEndpoint: requestSubject(`sfu.${sfuId}.create-endpoint`),
    createPlainEndpoint: requestSubject(`sfu.${sfuId}.create-plain-endpoint`),
    connectPlainEndpoint: requestSubject(`sfu.${sfuId}.connect-plain-endpoint`),
    connectEndpoint: requestSubject(`sfu.${sfuId}.connect-endpoint`),
    addSources: requestSubject(`sfu.${sfuId}.add-sources`),
    removeSources: requestSubject(`sfu.${sfuId}.remove-sources`),
    acceptSources: requestSubject(`sfu.${sfuId}.accept-sources`),
    restartIce: requestSubject(`sfu.${sfuId}.restart-ice`),
    updateIce: requestSubject(`sfu.${sfuId}.update-ice`),
    forceMute: requestSubject(`sfu.${sfuId}.force-mute`),
    removeEndpoint: requestSubject(`sfu.${sfuId}.remove-endpoint`),
    endConference: requestSubject(`sfu.${sfuId}.end-conference`),
  };
}

/** Why an endpoint's session on the bridge is over although nobody asked for it. */
export type EndpointClosedReason = 'worker-died' | 'ice-failed' | 'dtls-failed' | 'sfu-stopping';

/** sfu → focus: this session is gone; focus terminates it towards the client and invites anew. */
export interface EndpointClosed extends EndpointRef {
  readonly session: string;
  readonly reason: EndpointClosedReason;
}

/** sfu → focus: ICE and DTLS are up for the first time; for join metrics. */
export interface EndpointConnected extends EndpointRef {
  readonly session: string;
}

export function bridgeEvents(sfuId: string): {
  readonly endpointClosed: EventSubject<EndpointClosed>;
  readonly endpointConnected: EventSubject<EndpointConnected>;
} {
  return {
    endpointClosed: eventSubject(`sfu.${sfuId}.endpoint-closed`),
    endpointConnected: eventSubject(`sfu.${sfuId}.endpoint-connected`),
  };
}
