import type { XmlElement } from '#protocol/xmpp/element.ts';
import { bareOf } from '#protocol/xmpp/jid.ts';
import { serializeXml } from '#protocol/xmpp/xml.ts';
import type { Identity } from '../identity/identity.ts';
import { addressAttribute, type OutgoingStanza } from '../routing/outgoing-stanza.ts';
import type { Frame } from './framing.ts';
import { streamError, type StreamError } from './stream-error.ts';
import {
  ack,
  ackRequest,
  enabled,
  handledCountTooHigh,
  readCounter,
  resumed,
  smFailed,
  StreamManagement,
  type BacklogLimits,
} from './stream-management.ts';

/** The connection as its session sees it. */
export interface SessionTransport {
  write(text: string): void;
  /** Sends a stream error and closes; the session learns nothing more from this transport. */
  fail(error: StreamError): void;
  /** Answers the client's `<close/>`. */
  finish(): void;
}

/** What a session needs of the rest of the server. */
export interface SessionEnvironment {
  readonly limits: BacklogLimits;
  readonly resumeSeconds: number;
  /** A fresh secret for resuming. */
  makeResumeId(): string;
  route(session: ClientSession, stanza: XmlElement): void;
  /** The session can be resumed by this id from now on. */
  resumable(session: ClientSession, id: string): void;
  /** Called once. `undelivered` is what the client never acknowledged. */
  ended(session: ClientSession, undelivered: readonly OutgoingStanza[]): void;
}

export interface SessionDetails {
  /** Full JID. */
  readonly jid: string;
  readonly host: string;
  readonly identity: Identity;
  /** Names this session in logs and TURN credentials; the endpoint id of its client. */
  readonly id: string;
  /** Key of its client's address, for limits. */
  readonly addressGroup: string;
  /** The room named in the connection's URL; a hint only. */
  readonly room: string | undefined;
  /** The tenant named there; a hint as well. */
  readonly tenant: string | undefined;
  /** `ws(s)://host:port` under which the connection that bound it came. */
  readonly webSocketOrigin: string;
}

/**
 * A bound resource (RFC 6120 §7). It outlives its connection for a while when stream management allows that
 * (XEP-0198 §5), and then keeps what is sent to it.
 */
export class ClientSession {
  readonly jid: string;
  readonly bareJid: string;
  readonly host: string;
  readonly id: string;
  readonly addressGroup: string;
  readonly room: string | undefined;
  readonly tenant: string | undefined;
  readonly webSocketOrigin: string;
  readonly #environment: SessionEnvironment;
  readonly #toAttribute: string;
  /** Random id of its browser, as its conference requests say. */
  machineUid: string | undefined;
  /** As whom its client has logged in. */
  #login: Identity;
  /** Who a guest has turned out to be since (wire note §3.3). */
  #proven: Identity | undefined;
  #transport: SessionTransport | undefined;
  #streamManagement: StreamManagement | undefined;
  #hibernation: NodeJS.Timeout | undefined;
  #hasEnded = false;
  #isEnding = false;

  constructor(details: SessionDetails, transport: SessionTransport, environment: SessionEnvironment) {
    this.jid = details.jid;
    this.bareJid = bareOf(details.jid);
    this.host = details.host;
    this.#login = details.identity;
    this.id = details.id;
    this.addressGroup = details.addressGroup;
    this.room = details.room;
    this.tenant = details.tenant;
    this.webSocketOrigin = details.webSocketOrigin;
    this.#transport = transport;
    this.#environment = environment;
    this.#toAttribute = addressAttribute(details.jid);
  }

  get identity(): Identity {
    return this.#proven ?? this.#login;
  }

  /** As whom its client has logged in; the one who may resume it. */
  get loginIdentity(): Identity {
    return this.#login;
  }

  /** A guest has shown who it is. */
  identify(identity: Identity): void {
    this.#proven = identity;
  }

  /** Its client has shown a newer token of the same person. */
  renew(identity: Identity): void {
    this.#login = identity;
  }

  get resumeId(): string | undefined {
    return this.#streamManagement?.id;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Sends to the client, or keeps it for a client that may come back. */
  send(stanza: OutgoingStanza): void {
    if (this.#hasEnded) return;
    const isWithinLimits = this.#streamManagement?.keep(stanza) ?? true;
    this.#transport?.write(stanza.textFor(this.#toAttribute));
    if (!isWithinLimits) {
      this.#endSoon(streamError('policy-violation', 'Too many stanzas wait for your acknowledgement.'));
    } else if (this.#transport !== undefined && this.#streamManagement?.takeAckRequest() === true) {
      this.#write(ackRequest);
    }
  }

  /** Takes a frame of the bound stream. */
  receive(frame: Frame): void {
    switch (frame.kind) {
      case 'stanza':
        this.#receiveStanza(frame.element);
        return;
      case 'stream-management':
        this.#receiveStreamManagement(frame.element);
        return;
      case 'close':
        this.#transport?.finish();
        this.#end();
        return;
      case 'open':
      case 'sasl':
        this.fail(streamError('policy-violation', 'The stream is open already.'));
    }
  }

  /** Ends session and stream with an error. */
  fail(error: StreamError): void {
    const transport = this.#transport;
    this.#transport = undefined;
    transport?.fail(error);
    this.#end();
  }

  /** The connection is gone without a `<close/>`. */
  connectionLost(transport: SessionTransport): void {
    if (this.#transport !== transport || this.#hasEnded) return;
    this.#transport = undefined;
    if (this.resumeId === undefined) {
      this.#end();
      return;
    }
    this.#hibernation = setTimeout(() => this.#end(), this.#environment.resumeSeconds * 1000);
    // A session that waits for its client must not keep the process alive.
    this.#hibernation.unref();
  }

  /**
   * Moves the session to another connection (XEP-0198 §5), away from the old one if that is still open.
   * @param identity as whom the client has logged in now; it may carry a newer token.
   * @returns an error for the new stream; the session then stays as it was.
   */
  resume(transport: SessionTransport, identity: Identity, h: number): StreamError | undefined {
    const streamManagement = this.#streamManagement;
    if (streamManagement?.id === undefined) throw new Error('resumed a session that cannot be resumed');
    if (!streamManagement.acknowledge(h)) return handledCountTooHigh(h, streamManagement.sent);
    const old = this.#transport;
    this.#transport = transport;
    this.#login = identity;
    clearTimeout(this.#hibernation);
    old?.fail(streamError('conflict', 'The session was resumed on another connection.'));
    streamManagement.resumed();
    this.#write(resumed(streamManagement.id, streamManagement.handled));
    for (const stanza of streamManagement.unacknowledged) transport.write(stanza.textFor(this.#toAttribute));
    if (streamManagement.unacknowledged.length > 0) this.#write(ackRequest);
    return undefined;
  }

  #receiveStanza(stanza: XmlElement): void {
    const { from } = stanza.attrs;
    // RFC 6120 §8.1.2.1: a client may name itself, and nobody else.
    if (from !== undefined && from !== this.jid && from !== this.bareJid) {
      this.fail(streamError('invalid-from'));
      return;
    }
    this.#streamManagement?.countHandled();
    this.#environment.route(this, { ...stanza, attrs: { ...stanza.attrs, from: this.jid } });
  }

  #receiveStreamManagement(element: XmlElement): void {
    const streamManagement = this.#streamManagement;
    if (element.name === 'enable') {
      this.#enable(element);
    } else if (element.name === 'resume' || streamManagement === undefined) {
      this.#write(smFailed('unexpected-request'));
    } else if (element.name === 'r') {
      this.#write(ack(streamManagement.handled));
    } else if (element.name === 'a') {
      const h = readCounter(element.attrs['h']);
      if (h === undefined) this.fail(streamError('bad-format', 'h is no counter.'));
      else if (!streamManagement.acknowledge(h)) this.fail(handledCountTooHigh(h, streamManagement.sent));
    } else {
      this.fail(streamError('unsupported-stanza-type'));
    }
  }

  #enable(element: XmlElement): void {
    if (this.#streamManagement !== undefined) {
      this.#write(smFailed('unexpected-request'));
      return;
    }
    const { resume } = element.attrs;
    const { resumeSeconds } = this.#environment;
    const wantsResume = (resume === 'true' || resume === '1') && resumeSeconds > 0;
    const id = wantsResume ? this.#environment.makeResumeId() : undefined;
    this.#streamManagement = new StreamManagement(id, this.#environment.limits);
    if (id !== undefined) this.#environment.resumable(this, id);
    this.#write(enabled(id, resumeSeconds));
  }

  #write(element: XmlElement): void {
    this.#transport?.write(serializeXml(element));
  }

  /** After the broadcast that found the limit exceeded: ending at once would change the room under it. */
  #endSoon(error: StreamError): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setImmediate(() => this.fail(error));
  }

  #end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#transport = undefined;
    clearTimeout(this.#hibernation);
    this.#environment.ended(this, this.#streamManagement?.unacknowledged ?? []);
  }
}
