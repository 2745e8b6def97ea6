import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import type { XmppHosts } from '#protocol/xmpp/hosts.ts';
import { bareOf, parseJid, type Jid } from '#protocol/xmpp/jid.ts';
import { errorReply, iqResult, stanzaError, type StanzaError } from '#protocol/xmpp/stanza.ts';
import type { SignallingMetrics } from '../metrics.ts';
import type { GateOutcome } from '../modules/conference-gate.ts';
import { AwaitedAnswers } from './awaited-answers.ts';
import { destinationOf, type Destination, type RoutingContext } from './destination.ts';
import { answerStanza, readIqRequest, type IqTable } from './iq-table.ts';
import { OutgoingStanza } from './outgoing-stanza.ts';
import type { Sender } from './sender.ts';

/** Someone a stanza can be handed to. */
export interface Receiver {
  send(stanza: OutgoingStanza): void;
}

/** A component that this server runs itself, reached by its own host name (wire note §7). */
export interface Component {
  readonly host: string;
  readonly iqs: IqTable;
  /** @returns an error for the sender, or undefined. */
  receiveMessage(sender: Sender, message: XmlElement): StanzaError | undefined;
}

/** The rooms as the router sees them; each takes whatever is addressed to it and answers by itself. */
export interface RoomRouter {
  toRoom(sender: Sender, room: string, stanza: XmlElement): void;
  toOccupant(sender: Sender, room: string, nick: string, stanza: XmlElement): void;
}

export interface RouterParts {
  readonly hosts: XmppHosts;
  readonly server: IqTable;
  readonly account: IqTable;
  readonly roomService: IqTable;
  readonly rooms: RoomRouter;
  readonly lobbies: RoomRouter;
  /** The control room of gateways. */
  readonly brewery: Pick<RoomRouter, 'toOccupant'>;
  readonly components: readonly Component[];
  readonly metrics: SignallingMetrics;
  /** How long the focus may take to answer. */
  readonly focusAnswerMs: number;
  /** A connected or resumable session. */
  sessionOf(jid: string): Receiver | undefined;
  /** Whether a request may go to the focus, and how. */
  judgeFocusRequest(sender: Sender, iq: XmlElement): GateOutcome | Promise<GateOutcome>;
  /** Hands a stanza to the focus; `to` is one of its addresses. */
  toFocus(stanza: XmlElement): void;
}

/** Where every stanza passes once. It answers each request exactly once unless it hands it on to who will. */
export class Router {
  readonly #parts: RouterParts;
  readonly #components: ReadonlyMap<string, Component>;
  readonly #componentHosts: ReadonlySet<string>;
  readonly #awaited: AwaitedAnswers;

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#components = new Map(parts.components.map((component) => [component.host, component]));
    this.#componentHosts = new Set(this.#components.keys());
    this.#awaited = new AwaitedAnswers(parts.focusAnswerMs);
  }

  /** @param stanza with a verified `from`. */
  route(sender: Sender, stanza: XmlElement): void {
    let to: Jid | undefined;
    try {
      to = stanza.attrs['to'] === undefined ? undefined : parseJid(stanza.attrs['to']);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.refuse(sender, stanza, stanzaError('modify', 'jid-malformed'));
      return;
    }
    this.#dispatch(sender, stanza, destinationOf(to, this.#context(sender)));
  }

  /** Hands a stanza to a client or to the focus. @returns whether there was somebody. */
  deliver(to: string, stanza: OutgoingStanza): boolean {
    const session = this.#parts.sessionOf(to);
    if (session !== undefined) {
      this.#parts.metrics.stanzas.inc({ direction: 'out', kind: stanza.element.name });
      session.send(stanza);
      return true;
    }
    const address = parseJid(to);
    if (destinationOf(address, this.#noSender).kind !== 'focus') return false;
    this.#parts.toFocus(stanza.elementFor(to));
    return true;
  }

  /** Answers with an error, unless the stanza is itself an answer (RFC 6120 §8.3.1) or a presence without meaning. */
  refuse(sender: Sender, stanza: XmlElement, error: StanzaError): void {
    const { type } = stanza.attrs;
    if (type === 'error' || (stanza.name === 'iq' && type === 'result')) return;
    if (stanza.name === 'presence' && type !== undefined) return;
    this.#parts.metrics.stanzaErrors.inc({ condition: error.condition });
    this.deliver(sender.jid, new OutgoingStanza(errorReply(stanza, error)));
  }

  /** A client is gone and waits for no answer. */
  sessionEnded(jid: string): void {
    this.#awaited.forget(jid);
  }

  get #noSender(): RoutingContext {
    return { hosts: this.#parts.hosts, components: this.#componentHosts, senderBareJid: '' };
  }

  #context(sender: Sender): RoutingContext {
    return { hosts: this.#parts.hosts, components: this.#componentHosts, senderBareJid: bareOf(sender.jid) };
  }

  #dispatch(sender: Sender, stanza: XmlElement, destination: Destination): void {
    switch (destination.kind) {
      case 'server':
        this.#ask(this.#parts.server, sender, stanza);
        return;
      case 'account':
        this.#ask(this.#parts.account, sender, stanza);
        return;
      case 'room-service':
        this.#ask(this.#parts.roomService, sender, stanza);
        return;
      case 'room':
        this.#parts.rooms.toRoom(sender, destination.room, stanza);
        return;
      case 'occupant':
        this.#parts.rooms.toOccupant(sender, destination.room, destination.nick, stanza);
        return;
      case 'lobby':
        this.#parts.lobbies.toRoom(sender, destination.lobby, stanza);
        return;
      case 'lobby-occupant':
        this.#parts.lobbies.toOccupant(sender, destination.lobby, destination.nick, stanza);
        return;
      case 'brewery-occupant':
        this.#parts.brewery.toOccupant(sender, destination.room, destination.nick, stanza);
        return;
      case 'focus':
        this.#toFocus(sender, stanza);
        return;
      case 'component':
        this.#toComponent(sender, destination.host, stanza);
        return;
      case 'session':
        this.#toSession(sender, destination.jid, stanza);
        return;
      case 'nobody':
        this.refuse(sender, stanza, stanzaError('cancel', 'service-unavailable'));
        return;
      case 'foreign':
        this.refuse(sender, stanza, stanzaError('cancel', 'remote-server-not-found'));
    }
  }

  /** Requests are answered; messages and presences to server or account have nobody who would read them. */
  #ask(table: IqTable, sender: Sender, stanza: XmlElement): void {
    if (stanza.name === 'message') this.refuse(sender, stanza, stanzaError('cancel', 'service-unavailable'));
    if (stanza.name !== 'iq') return;
    const request = readIqRequest(sender, stanza);
    if (request === 'response') return;
    if ('condition' in request) {
      this.refuse(sender, stanza, request);
      return;
    }
    const answer = table.answer(request);
    if ('error' in answer) this.refuse(sender, stanza, answer.error);
    else this.deliver(sender.jid, new OutgoingStanza(answerStanza(stanza, answer)));
  }

  /** The focus answers by itself, unless it is not there; what is no request at all it need not read. */
  #toFocus(sender: Sender, stanza: XmlElement): void {
    const request = stanza.name === 'iq' ? readIqRequest(sender, stanza) : 'response';
    if (request === 'response') {
      this.#parts.toFocus(stanza);
    } else if ('condition' in request) {
      this.refuse(sender, stanza, request);
    } else {
      this.#askFocus(sender, stanza);
    }
  }

  #askFocus(sender: Sender, stanza: XmlElement): void {
    const outcome = this.#parts.judgeFocusRequest(sender, stanza);
    if (outcome instanceof Promise) void outcome.then((late) => this.#passGate(sender, stanza, late));
    else this.#passGate(sender, stanza, outcome);
  }

  #passGate(sender: Sender, stanza: XmlElement, outcome: GateOutcome): void {
    if (outcome.kind === 'refuse') {
      this.refuse(sender, stanza, outcome.error);
    } else if (outcome.kind === 'answer') {
      this.deliver(sender.jid, new OutgoingStanza(iqResult(stanza, outcome.content)));
    } else {
      const missed = (): void => this.refuse(sender, stanza, stanzaError('wait', 'remote-server-timeout'));
      const isExpected = this.#awaited.expect(sender.jid, stanza.attrs['id'] ?? '', missed);
      if (isExpected) this.#parts.toFocus(outcome.stanza);
      else this.refuse(sender, stanza, stanzaError('wait', 'resource-constraint', 'You have asked already.'));
    }
  }

  #toComponent(sender: Sender, host: string, stanza: XmlElement): void {
    const component = this.#components.get(host);
    if (component === undefined || stanza.name === 'presence') return;
    if (stanza.name === 'iq') {
      this.#ask(component.iqs, sender, stanza);
    } else if (stanza.attrs['type'] !== 'error') {
      const error = component.receiveMessage(sender, stanza);
      if (error !== undefined) this.refuse(sender, stanza, error);
    }
  }

  /**
   * Only components write to people directly. People meet in rooms: a guest whom a moderator removed must not be able
   * to go on (XEP-0175 §3 limits guests likewise).
   */
  #toSession(sender: Sender, jid: string, stanza: XmlElement): void {
    const isComponent = sender.identity === undefined;
    const isAnswer = stanza.name === 'iq' && (stanza.attrs['type'] === 'result' || stanza.attrs['type'] === 'error');
    // Whoever asked has been told meanwhile that no answer came.
    if (isComponent && isAnswer && !this.#awaited.settle(jid, stanza.attrs['id'] ?? '')) return;
    if (isComponent && this.deliver(jid, new OutgoingStanza(stanza))) return;
    this.refuse(sender, stanza, stanzaError('cancel', isComponent ? 'recipient-unavailable' : 'service-unavailable'));
  }
}
