import {
  bridgeRequests,
  type AcceptSources,
  type AddSources,
  type ConnectEndpoint,
  type ConnectPlainEndpoint,
  type EndpointCreated,
  type EndpointRef,
  type ForceMute,
  type IceRestarted,
  type PlainEndpointCreated,
  type Refused,
  type RemoveSources,
  type RestartIce,
  type SfuLease,
  type SourcesAdded,
  type UpdateIce,
  type Done,
} from '#protocol/bridge/bridge-bus.ts';
import type { RequestSubject } from '#protocol/bus-subject.ts';
import { BusError, type Bus } from '#runtime/bus.ts';

/** The bridge did not answer (the bus's time-out), or there is none under this id any more. */
export interface Unreachable {
  readonly ok: false;
  readonly reason: 'unreachable';
  readonly text: string;
}

/** A request's fields without the conference, which the client adds. */
type Ask<Request extends EndpointRef> = Omit<Request, 'conference'>;

/** One conference's requests to the bridge it is on. Failures are values: every caller has to go on. */
export class BridgeClient {
  readonly id: string;
  readonly region: string | undefined;
  readonly #bus: Bus;
  readonly #conference: string;
  readonly #requests: ReturnType<typeof bridgeRequests>;

  constructor(bus: Bus, { id, region }: SfuLease, conference: string) {
    this.id = id;
    this.region = region;
    this.#bus = bus;
    this.#conference = conference;
    this.#requests = bridgeRequests(id);
  }

  createEndpoint(endpoint: string): Promise<EndpointCreated | Refused | Unreachable> {
    return this.#ask(this.#requests.createEndpoint, { conference: this.#conference, endpoint });
  }

  connectEndpoint(request: Ask<ConnectEndpoint>): Promise<SourcesAdded | Refused | Unreachable> {
    return this.#ask(this.#requests.connectEndpoint, { conference: this.#conference, ...request });
  }

  /** For a telephone at the gateway. */
  createPlainEndpoint(endpoint: string): Promise<PlainEndpointCreated | Refused | Unreachable> {
    return this.#ask(this.#requests.createPlainEndpoint, { conference: this.#conference, endpoint });
  }

  connectPlainEndpoint(request: Ask<ConnectPlainEndpoint>): Promise<SourcesAdded | Refused | Unreachable> {
    return this.#ask(this.#requests.connectPlainEndpoint, { conference: this.#conference, ...request });
  }

  addSources(request: Ask<AddSources>): Promise<SourcesAdded | Refused | Unreachable> {
    return this.#ask(this.#requests.addSources, { conference: this.#conference, ...request });
  }

  removeSources(request: Ask<RemoveSources>): Promise<Done | Refused | Unreachable> {
    return this.#ask(this.#requests.removeSources, { conference: this.#conference, ...request });
  }

  acceptSources(request: Ask<AcceptSources>): Promise<Done | Refused | Unreachable> {
    return this.#ask(this.#requests.acceptSources, { conference: this.#conference, ...request });
  }

  restartIce(request: Ask<RestartIce>): Promise<IceRestarted | Refused | Unreachable> {
    return this.#ask(this.#requests.restartIce, { conference: this.#conference, ...request });
  }

  updateIce(request: Ask<UpdateIce>): Promise<Done | Refused | Unreachable> {
    return this.#ask(this.#requests.updateIce, { conference: this.#conference, ...request });
  }

  forceMute(request: Ask<ForceMute>): Promise<Done | Refused | Unreachable> {
    return this.#ask(this.#requests.forceMute, { conference: this.#conference, ...request });
  }

  removeEndpoint(endpoint: string, session: string): Promise<Done | Unreachable> {
    return this.#ask(this.#requests.removeEndpoint, { conference: this.#conference, endpoint, session });
  }

  endConference(): Promise<Done | Unreachable> {
    return this.#ask(this.#requests.endConference, { conference: this.#conference });
  }

  async #ask<Request, Answer>(
    subject: RequestSubject<Request, Answer>,
    request: Request,
  ): Promise<Answer | Unreachable> {
    try {
      return await this.#bus.request(subject, request);
    } catch (error) {
      if (!(error instanceof BusError)) throw error;
      return { ok: false, reason: 'unreachable', text: `the bridge does not answer (${error.code})` };
    }
  }
}
