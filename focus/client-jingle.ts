import type { ConnectPlainEndpoint } from '#protocol/bridge/bridge-bus.ts';
import type { DtlsFingerprint, IceCredentials } from '#protocol/media/rtp.ts';
import type { Source } from '#protocol/media/source.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import { xml, type XmlElement } from '#protocol/xmpp/element.ts';
import {
  decodeJingle,
  decodeJingleHeader,
  encodeJingle,
  isJingleAction,
  NS_JINGLE_ERRORS,
  type Jingle,
  type SessionAccept,
  type SessionInfo,
  type SessionTerminate,
  type SourceChange,
  type TransportInfo,
} from '#protocol/xmpp/jingle.ts';
import { decodeSentSources, describedSources } from '#protocol/xmpp/jingle-sources.ts';
import { stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { BridgeClient } from './bridge-client.ts';
import type { IncomingIq } from './incoming-iq.ts';
import type { RefusedKind } from './metrics.ts';
import type { ClientSession } from './participant.ts';
import type { BridgeFailure, ParticipantSession } from './participant-session.ts';
import { iceRestart } from './offer.ts';
import { decodePlainSources, plainAddress } from './plain-offer.ts';
import { RestartLimit } from './restart-limit.ts';
import { SerialTasks } from './serial-tasks.ts';

/** Requests of one client that may wait for the one before; an honest client has one or two under way. */
const MAX_WAITING_REQUESTS = 64;

type Connecting = Pick<ConnectPlainEndpoint, 'endpoint' | 'session' | 'sources'>;

/** A refusal and what it counts as. */
interface Refusal {
  readonly error: StanzaError;
  readonly kind: RefusedKind;
}

/** XEP-0166 §10 */
const UNKNOWN_SESSION: Refusal = {
  error: stanzaError(
    'cancel',
    'item-not-found',
    'there is no such session',
    xml('unknown-session', { xmlns: NS_JINGLE_ERRORS }),
  ),
  kind: 'unknown-session',
};
const UNKNOWN_BRIDGE_SESSION: Refusal = {
  error: stanzaError('cancel', 'item-not-found', 'no such bridge session'),
  kind: 'unknown-session',
};
const TOO_MANY_RESTARTS: Refusal = {
  error: stanzaError('wait', 'resource-constraint', 'restarts are limited to one in 5 s and five in a minute'),
  kind: 'too-many',
};
const OUT_OF_ORDER: Refusal = {
  error: stanzaError(
    'wait',
    'unexpected-request',
    'this cannot be done in the present state of the session',
    xml('out-of-order', { xmlns: NS_JINGLE_ERRORS }),
  ),
  kind: 'unsupported',
};

/**
 * What one client asks about its session (wire note §5.4, §5.5, §5.10). Requests are worked off one at a time and in
 * order, and each gets one answer; a refused one leaves session and sources as they were.
 */
export class ClientJingle {
  readonly #participant: ParticipantSession;
  readonly #tasks: SerialTasks;
  readonly #restarts = new RestartLimit();
  /** Of their own, so that a new session can follow at once on a restart in place that did not help. */
  readonly #iceRestarts = new RestartLimit();
  #iceGeneration: { readonly sid: string; readonly number: number } | undefined;

  constructor(participant: ParticipantSession) {
    this.#participant = participant;
    this.#tasks = new SerialTasks(MAX_WAITING_REQUESTS, (error) => participant.conference.fail(error));
  }

  handle(iq: IncomingIq, element: XmlElement): void {
    const isTaken = this.#tasks.add(async () => {
      try {
        const refusal = await this.#process(iq, element);
        if (refusal === undefined) return;
        this.#participant.conference.metrics.refuse(refusal.kind);
        iq.refuse(refusal.error);
      } catch (error) {
        if (!iq.isAnswered) iq.refuse(stanzaError('wait', 'internal-server-error'));
        throw error;
      }
    });
    if (isTaken) return;
    this.#participant.conference.metrics.refuse('too-many');
    iq.refuse(stanzaError('wait', 'resource-constraint', 'too many requests at once'));
  }

  /** @returns a refusal; undefined when the IQ was answered. */
  async #process(iq: IncomingIq, element: XmlElement): Promise<Refusal | undefined> {
    try {
      const { action, sid } = decodeJingleHeader(element);
      if (!isJingleAction(action) || action === 'session-initiate') {
        return unsupported(`the action ${action} is not supported here`);
      }
      const session = this.#participant.session;
      if (session === undefined || session.sid !== sid) {
        if (action !== 'session-accept' || !this.#participant.hasTerminated(sid)) return UNKNOWN_SESSION;
        // The two crossed, or the client works off what waited for it: it learns the end from our session-terminate. An
        // error would make it give the whole meeting up (wire note §5.4).
        iq.answer();
        return undefined;
      }
      return await this.#act(iq, decodeJingle(element), session);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { error: stanzaError('modify', 'bad-request', error.message), kind: 'malformed' };
    }
  }

  async #act(iq: IncomingIq, jingle: Jingle, session: ClientSession): Promise<Refusal | undefined> {
    switch (jingle.action) {
      case 'session-accept':
        return this.#accept(iq, jingle, session);
      case 'source-add':
        return this.#addSources(iq, jingle, session);
      case 'source-remove':
        return this.#removeSources(iq, jingle, session);
      case 'session-terminate':
        return this.#terminate(iq, jingle, session);
      case 'session-info':
        return this.#inform(iq, jingle, session);
      case 'transport-info':
        return this.#updateIce(iq, jingle, session);
      case 'session-initiate':
        return unsupported('only the focus invites');
    }
  }

  async #accept(iq: IncomingIq, jingle: SessionAccept, session: ClientSession): Promise<Refusal | undefined> {
    const participant = this.#participant;
    const { conference } = participant;
    const { nick } = participant.occupant;
    if (participant.phase !== 'inviting') return OUT_OF_ORDER;
    const bridge = participant.bridge;
    if (bridge === undefined) return UNKNOWN_SESSION;
    const connect = this.#connecting(bridge, jingle);
    const sources = this.#sourcesIn(jingle);
    const problem = conference.sources.add(nick, sources);
    if (problem !== undefined) return { error: problem, kind: 'sources' };
    participant.input({ kind: 'accepted' });
    const answer = await connect({ endpoint: nick, session: session.bridgeSession, sources });
    conference.bridgeAnswered(bridge, answer);
    if (!this.#isCurrent(session)) {
      iq.answer();
      return undefined;
    }
    if (!answer.ok) {
      // An error answer makes a client give the whole meeting up (wire note §5.4), so it is for its own mistakes only.
      const refusal = answer.reason === 'bad-request' ? bridgeRefusal(answer) : undefined;
      if (refusal === undefined) iq.answer();
      else iq.refuse(refusal.error);
      participant.lose(answer.reason === 'bad-request' ? 'bridge-refused' : 'bridge-lost', session.sid);
      return undefined;
    }
    iq.answer();
    participant.sessionConnected(session.sid);
    conference.distribute(nick, answer.offers);
    return undefined;
  }

  /** How to hand the client's side to the bridge. @throws DecodeError */
  #connecting(
    bridge: BridgeClient,
    jingle: SessionAccept,
  ): (request: Connecting) => ReturnType<BridgeClient['connectEndpoint']> {
    if (this.#isGateway) {
      const rtpAddress = plainAddress(jingle);
      return (request) => bridge.connectPlainEndpoint({ ...request, rtpAddress });
    }
    const transport = clientTransport(jingle);
    const initialLastN = jingle.contents.find((content) => content.initialLastN !== undefined)?.initialLastN;
    return (request) =>
      bridge.connectEndpoint({ ...request, ...transport, ...(initialLastN === undefined ? {} : { initialLastN }) });
  }

  /** @throws DecodeError */
  #sourcesIn(jingle: SessionAccept | SourceChange): readonly Source[] {
    const { nick } = this.#participant.occupant;
    return this.#isGateway ? decodePlainSources(jingle, nick) : decodeSentSources(jingle, nick);
  }

  async #addSources(iq: IncomingIq, jingle: SourceChange, session: ClientSession): Promise<Refusal | undefined> {
    const { conference, occupant } = this.#participant;
    const bridge = this.#participant.bridge;
    if (this.#participant.phase !== 'active' || bridge === undefined) return OUT_OF_ORDER;
    const sources = this.#sourcesIn(jingle);
    const problem = conference.sources.add(occupant.nick, sources);
    if (problem !== undefined) return { error: problem, kind: 'sources' };
    const answer = await bridge.addSources({ endpoint: occupant.nick, session: session.bridgeSession, sources });
    conference.bridgeAnswered(bridge, answer);
    if (!this.#isCurrent(session)) return UNKNOWN_SESSION;
    if (!answer.ok) {
      conference.sources.remove(occupant.nick, namesOf(sources));
      if (answer.reason === 'no-such-endpoint') this.#participant.lose('bridge-lost', session.sid);
      return bridgeRefusal(answer);
    }
    iq.answer();
    conference.distribute(occupant.nick, answer.offers);
    return undefined;
  }

  async #removeSources(iq: IncomingIq, jingle: SourceChange, session: ClientSession): Promise<Refusal | undefined> {
    const { conference, occupant } = this.#participant;
    const bridge = this.#participant.bridge;
    if (this.#participant.phase !== 'active' || bridge === undefined) return OUT_OF_ORDER;
    const ssrcs = (['audio', 'video'] as const).flatMap((kind) =>
      describedSources(jingle, kind).ssrcs.map(({ ssrc }) => ssrc),
    );
    const names = conference.sources.namesOf(occupant.nick, ssrcs);
    if (!isNames(names)) return { error: names, kind: 'sources' };
    if (names.length > 0) {
      conference.sources.remove(occupant.nick, names);
      conference.withdraw(occupant.nick, names);
      const answer = await bridge.removeSources({ endpoint: occupant.nick, session: session.bridgeSession, names });
      conference.bridgeAnswered(bridge, answer);
      if (!answer.ok) this.#participant.lose('bridge-lost', session.sid);
    }
    // They are gone for everybody else whatever the bridge says.
    iq.answer();
    return undefined;
  }

  async #terminate(iq: IncomingIq, jingle: SessionTerminate, session: ClientSession): Promise<Refusal | undefined> {
    const { bridgeSession, reason } = jingle;
    if (bridgeSession !== undefined && bridgeSession.id !== session.bridgeSessionId) return UNKNOWN_BRIDGE_SESSION;
    const isRestart = bridgeSession?.restart === true;
    if (isRestart) {
      if (!this.#restarts.admit(this.#now)) return TOO_MANY_RESTARTS;
      this.#participant.conference.metrics.lost('restart-requested');
    }
    this.#participant.logger.info({ code: reason?.condition }, 'the client ended its media session');
    iq.answer();
    this.#participant.input({ kind: 'terminated', isRestart });
    return undefined;
  }

  async #inform(
    iq: IncomingIq,
    { bridgeSession, iceState }: SessionInfo,
    session: ClientSession,
  ): Promise<Refusal | undefined> {
    const isRestart = bridgeSession?.iceRestart === true;
    const hasFailed = iceState === 'failed';
    if ((isRestart || hasFailed) && bridgeSession !== undefined && bridgeSession.id !== session.bridgeSessionId) {
      return UNKNOWN_BRIDGE_SESSION;
    }
    this.#participant.logger.debug({ code: iceState }, 'the client reports on its ICE');
    if (isRestart) return this.#restartIce(iq, session);
    if (hasFailed && !this.#restarts.admit(this.#now)) return TOO_MANY_RESTARTS;
    iq.answer();
    // Clients of a time before restarts in place, told that there are ICE restarts, wait for the focus to act.
    if (hasFailed) this.#participant.lose('restart-requested', session.sid);
    return undefined;
  }

  async #restartIce(iq: IncomingIq, session: ClientSession): Promise<Refusal | undefined> {
    const { conference, occupant, bridge, phase, address } = this.#participant;
    if (phase !== 'active' || bridge === undefined) return OUT_OF_ORDER;
    if (!this.#iceRestarts.admit(this.#now)) return TOO_MANY_RESTARTS;
    const answer = await bridge.restartIce({ endpoint: occupant.nick, session: session.bridgeSession });
    conference.bridgeAnswered(bridge, answer);
    if (!this.#isCurrent(session)) return UNKNOWN_SESSION;
    if (!answer.ok) {
      if (answer.reason === 'no-such-endpoint') this.#participant.lose('bridge-lost', session.sid);
      return bridgeRefusal(answer);
    }
    iq.answer();
    conference.metrics.iceRestarts.inc();
    this.#participant.logger.info('ICE of a media session is restarted in place');
    const number = this.#iceGenerationOf(session) + 1;
    this.#iceGeneration = { sid: session.sid, number };
    // A client that cannot use it sees that ICE does not come up, and asks for a new session.
    conference.exchange.tell(address, encodeJingle(iceRestart(session.sid, conference.focusJid, answer, number)));
    return undefined;
  }

  /** The bridge learns the client's addresses from its checks (wire note §5.4); new credentials are for its role responder. */
  async #updateIce(iq: IncomingIq, jingle: TransportInfo, session: ClientSession): Promise<Refusal | undefined> {
    const { conference, occupant, bridge } = this.#participant;
    iq.answer();
    const transport = jingle.contents.find((content) => content.transport?.credentials !== undefined)?.transport;
    const isOfRestart =
      (transport?.iceGeneration ?? 0) > 0 && transport?.iceGeneration === this.#iceGenerationOf(session);
    if (bridge === undefined || transport?.credentials === undefined || !isOfRestart) return undefined;
    const { nick } = occupant;
    const answer = await bridge.updateIce({
      endpoint: nick,
      session: session.bridgeSession,
      ice: transport.credentials,
    });
    conference.bridgeAnswered(bridge, answer);
    if (!answer.ok) this.#participant.logger.debug({ code: answer.reason }, answer.text);
    return undefined;
  }

  get #isGateway(): boolean {
    return this.#participant.occupant.kind === 'gateway';
  }

  get #now(): number {
    return this.#participant.conference.clock.now();
  }

  /** How often ICE of this session was restarted in place. */
  #iceGenerationOf({ sid }: ClientSession): number {
    return this.#iceGeneration?.sid === sid ? this.#iceGeneration.number : 0;
  }

  /** While the bridge was asked, the session may have been lost or its owner gone. */
  #isCurrent(session: ClientSession): boolean {
    return !this.#participant.isClosed && this.#participant.session?.sid === session.sid;
  }
}

function unsupported(text: string): Refusal {
  return { error: stanzaError('cancel', 'feature-not-implemented', text), kind: 'unsupported' };
}

function bridgeRefusal({ reason, text }: BridgeFailure): Refusal {
  switch (reason) {
    case 'bad-request':
      return { error: stanzaError('modify', 'bad-request', text), kind: 'sources' };
    case 'unavailable':
      return { error: stanzaError('wait', 'resource-constraint', text), kind: 'too-many' };
    default:
      return { error: stanzaError('wait', 'service-unavailable', text), kind: 'unknown-session' };
  }
}

/**
 * The client's side of ICE and DTLS. All contents share one transport, so they must say the same.
 * @throws DecodeError
 */
function clientTransport({ contents }: SessionAccept): { ice: IceCredentials; fingerprint: DtlsFingerprint } {
  let found: { ice: IceCredentials; fingerprint: DtlsFingerprint } | undefined;
  for (const { transport } of contents) {
    if (transport?.credentials === undefined || transport.fingerprint === undefined) continue;
    const { hash, value, setup } = transport.fingerprint;
    if (setup !== 'active') throw new DecodeError('bad-format', 'the client must be DTLS client (setup="active")');
    const ice = transport.credentials;
    if (
      found !== undefined &&
      (found.fingerprint.value !== value ||
        found.ice.usernameFragment !== ice.usernameFragment ||
        found.ice.password !== ice.password)
    ) {
      throw new DecodeError('bad-format', 'the contents have different transports');
    }
    found ??= { ice, fingerprint: { hash, value } };
  }
  if (found === undefined) throw new DecodeError('bad-format', 'no transport with credentials and fingerprint');
  return found;
}

function namesOf(sources: readonly Source[]): readonly string[] {
  return sources.map(({ name }) => name);
}

function isNames(value: readonly string[] | StanzaError): value is readonly string[] {
  return Array.isArray(value);
}
