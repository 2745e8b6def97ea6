import { decodeAvModerationNotice } from '#protocol/xmpp/av-moderation.ts';
import { stanzaForFocus, stanzaFromFocus } from '#protocol/xmpp/component-bus.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import {
  conferenceOf,
  decodeConferenceRequest,
  encodeConferenceAnswer,
  type ConferenceAnswer,
  type Requester,
} from '#protocol/xmpp/conference-request.ts';
import { encodeDiscoInfo, NS_DISCO_INFO, type DiscoInfo } from '#protocol/xmpp/disco.ts';
import { child, type XmlElement } from '#protocol/xmpp/element.ts';
import { focusAccount, isRoomHost, xmppHosts, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, parseJid } from '#protocol/xmpp/jid.ts';
import { NS_FOCUS, NS_JINGLE } from '#protocol/xmpp/jingle.ts';
import { muteParticipants } from '#protocol/xmpp/mute-bus.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import { readStartMutedPolicy } from '#protocol/xmpp/start-muted.ts';
import type { Bus, Subscription } from '#runtime/bus.ts';
import type { ServiceContext } from '#runtime/context.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Service } from '#runtime/service.ts';
import { Bridges } from './bridges.ts';
import { systemClock, type Clock } from './clock.ts';
import { ConferenceTable } from './conference-table.ts';
import type { FocusConfig } from './config.ts';
import { FeatureDiscovery } from './feature-discovery.ts';
import { Gateways } from './gateways.ts';
import { IncomingIq } from './incoming-iq.ts';
import { addHttpRequests, type HttpListener } from './http-requests.ts';
import { FocusMetrics, type RequestResult } from './metrics.ts';

/** The focus has no pages of its own and keeps no secrets: the bus is its authentication. */
export type FocusContext = Omit<ServiceContext, 'http' | 'secrets'> & {
  readonly http: HttpListener & Pick<ServiceContext['http'], 'addHealthCheck'>;
};

const NS_PING = 'urn:xmpp:ping';

/** Without signalling in front there is no way to log in. */
const NOBODY_KNOWN: Requester = { isAuthenticationEnabled: false };

const DISCO: DiscoInfo = {
  identities: [{ category: 'component', type: 'generic', name: 'focus' }],
  features: [NS_DISCO_INFO, NS_PING, NS_FOCUS, NS_JINGLE],
  forms: [],
};

/** The focus role: conference requests and stanzas of rooms come in over the bus, conferences answer over it. */
export class FocusServer implements Service {
  readonly name = 'focus';
  readonly #bus: Bus;
  readonly #logger: Logger;
  readonly #hosts: XmppHosts;
  readonly #metrics: FocusMetrics;
  readonly #bridges: Bridges;
  readonly #gateways: Gateways;
  readonly #conferences: ConferenceTable;
  #subscriptions: readonly Subscription[] = [];
  #isStopping = false;

  constructor(context: FocusContext, config: FocusConfig, clock: Clock = systemClock) {
    this.#bus = context.bus;
    this.#logger = context.logger.child({ service: 'focus' });
    this.#hosts = xmppHosts(context.xmppDomain);
    this.#metrics = new FocusMetrics(context.metrics);
    this.#bridges = new Bridges(context.bus, this.#logger, config.bridgeSelection, {
      bridgeAppeared: () => this.#conferences.all().forEach((conference) => conference.bridgeAppeared()),
      bridgeGone: (id) => this.#conferences.all().forEach((conference) => conference.bridgeGone(id)),
      endpointClosed: (event) => this.#conferences.withId(event.conference)?.endpointClosed(event),
      endpointConnected: (event) => this.#conferences.withId(event.conference)?.endpointConnected(event),
    });
    this.#gateways = new Gateways(this.#hosts, (stanza) => this.#send(stanza), clock);
    this.#conferences = new ConferenceTable({
      bus: context.bus,
      clock,
      logger: this.#logger,
      metrics: this.#metrics,
      config,
      hosts: this.#hosts,
      bridges: this.#bridges,
      discovery: new FeatureDiscovery(),
      gateways: this.#gateways,
      publicUrl: () => context.publicUrl,
      send: (stanza) => this.#send(stanza),
    });
    addHttpRequests(context.http, context.bus, (request, requester, openedBy) =>
      this.#openFor(request.room, requester, openedBy),
    );
    context.http.addHealthCheck('focus', () => (this.#bridges.count > 0 ? undefined : 'no media bridge is known'));
  }

  start(): Promise<void> {
    this.#bridges.start();
    this.#subscriptions = [
      this.#bus.subscribe(stanzaForFocus, ({ stanza }) => this.#handle(stanza)),
      this.#bus.serve(muteParticipants, ({ room, kind, nick }) => ({
        muted: this.#conferences.ofRoom(room)?.muteByServer(kind, nick) ?? [],
      })),
    ];
    this.#gateways.start();
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#isStopping = true;
    for (const subscription of this.#subscriptions) subscription.close();
    this.#conferences.end('stopping');
    this.#gateways.stop();
    this.#bridges.stop();
    return Promise.resolve();
  }

  #send(stanza: XmlElement): void {
    this.#bus.publish(stanzaFromFocus, { stanza });
  }

  #handle(stanza: XmlElement): void {
    switch (stanza.name) {
      case 'iq':
        this.#handleIq(stanza);
        return;
      case 'presence':
        if (this.#gateways.isFrom(stanza.attrs['from'] ?? '')) this.#gateways.handlePresence(stanza);
        else this.#conferences.ofRoom(bareOf(stanza.attrs['from'] ?? ''))?.handlePresence(stanza);
        return;
      case 'message':
        this.#handleMessage(stanza);
        return;
    }
  }

  /** Messages of a room are for people; what moderators decide about media comes from its components. */
  #handleMessage(stanza: XmlElement): void {
    const { from } = stanza.attrs;
    if (from === this.#hosts.metadata) {
      const read = readStartMutedPolicy(stanza);
      const conference = read === undefined ? undefined : this.#conferences.ofRoom(read.room);
      if (read !== undefined && conference !== undefined) conference.startMuted = read.policy;
    }
    if (from !== this.#hosts.avModeration) return;
    try {
      const notice = decodeAvModerationNotice(stanza);
      if (notice !== undefined && 'room' in notice) this.#conferences.ofRoom(notice.room)?.moderated(notice);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#logger.error({ err: error }, 'signalling and focus do not understand each other');
    }
  }

  #handleIq(stanza: XmlElement): void {
    const { type, from = '' } = stanza.attrs;
    if (type !== 'get' && type !== 'set') {
      if (this.#gateways.isFrom(from)) this.#gateways.handleAnswer(stanza);
      else this.#conferences.ofRoom(bareOf(from))?.handleAnswer(stanza);
      return;
    }
    const iq = new IncomingIq(stanza, (answer) => this.#send(answer));
    if (type === 'get' && child(stanza, 'ping', NS_PING) !== undefined) iq.answer();
    else if (type === 'get' && child(stanza, 'query', NS_DISCO_INFO) !== undefined) this.#describe(iq);
    else if (stanza.attrs['to'] === this.#hosts.focus) this.#handleRequest(iq);
    else if (isRoomHost(bareOf(from).slice(from.indexOf('@') + 1), this.#hosts)) this.#handleOccupantIq(iq);
    else {
      this.#metrics.refuse('not-allowed');
      iq.refuse(stanzaError('auth', 'forbidden', 'the focus talks to people in its rooms only'));
    }
  }

  #describe(iq: IncomingIq): void {
    iq.answer(encodeDiscoInfo(DISCO, child(iq.stanza, 'query')?.attrs['node']));
  }

  #handleOccupantIq(iq: IncomingIq): void {
    const conference = this.#conferences.ofRoom(bareOf(iq.from));
    if (conference === undefined) {
      this.#metrics.refuse('not-allowed');
      iq.refuse(stanzaError('auth', 'forbidden', 'there is no conference in this room'));
    } else conference.handleIq(iq);
  }

  #handleRequest(iq: IncomingIq): void {
    const element = conferenceOf(iq.stanza);
    if (iq.type !== 'set' || element === undefined) {
      iq.refuse(stanzaError('cancel', 'service-unavailable'));
      return;
    }
    this.#open(iq, element).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'a conference request failed');
      if (!iq.isAnswered) iq.refuse(stanzaError('wait', 'internal-server-error'));
    });
  }

  async #open(iq: IncomingIq, element: XmlElement): Promise<void> {
    let room: string;
    let requester: Requester | undefined;
    try {
      ({ room, requester } = decodeConferenceRequest(element));
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#metrics.refuse('malformed');
      this.#count('refused');
      iq.refuse(stanzaError('modify', 'bad-request', error.message));
      return;
    }
    const answer = await this.#openFor(room, requester ?? NOBODY_KNOWN, bareOf(iq.from));
    if ('condition' in answer) iq.refuse(answer);
    else iq.answer(encodeConferenceAnswer(answer));
  }

  async #openFor(room: string, requester: Requester, openedBy: string): Promise<ConferenceAnswer | StanzaError> {
    const { local = '', domain } = parseJid(room);
    // Names that begin so are those of tenants' lobbies.
    if (!isRoomHost(domain, this.#hosts) || local.startsWith('[')) {
      this.#count('refused');
      return stanzaError('cancel', 'item-not-found', `rooms are at ${this.#hosts.muc}`);
    }
    if (this.#isStopping) return stanzaError('wait', 'service-unavailable', 'the server is stopping');
    const result = await this.#conferences.open(room, openedBy);
    this.#count(result.kind);
    if (result.kind === 'refused') return result.error;
    const { identity, sessionId, isAuthenticationEnabled } = requester;
    return {
      room,
      isReady: result.kind === 'ready',
      focusJid: focusAccount(this.#hosts),
      ...(identity === undefined ? {} : { identity }),
      ...(sessionId === undefined ? {} : { sessionId }),
      properties: { authentication: String(isAuthenticationEnabled), 'visitors-supported': 'false', ...this.#dialOut },
    };
  }

  /** Clients offer to call somebody where this is said (wire note §7.11). */
  get #dialOut(): Readonly<Record<string, string>> {
    return this.#gateways.areAvailable ? { sipGatewayEnabled: 'true' } : {};
  }

  #count(result: RequestResult): void {
    this.#metrics.requests.inc({ result });
  }
}
