import { randomBytes, randomUUID } from 'node:crypto';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import type { XmlElement } from '#protocol/xmpp/element.ts';
import { GATEWAY_ACCOUNT } from '#protocol/xmpp/hosts.ts';
import { formatJid, parseJid } from '#protocol/xmpp/jid.ts';
import type { Identity } from '../identity/identity.ts';
import type { OutgoingStanza } from '../routing/outgoing-stanza.ts';
import { ClientSession, type SessionEnvironment, type SessionTransport } from './session.ts';
import type { StreamError } from './stream-error.ts';

/** 144 bits: nobody guesses the id that hands a session over. */
const RESUME_ID_BYTES = 18;
const RESOURCE_BYTES = 6;
/** Clients put their software's name there; more is of no use to anybody. */
const MAX_RESOURCE_LENGTH = 128;
/** Jitsi clients take their endpoint id from the local part (wire note, rule 4). */
const ENDPOINT_ID_LENGTH = 8;

export interface SessionRegistryOptions {
  readonly sessionsPerAddress: number;
  readonly resumeSeconds: number;
  readonly maxUnacknowledgedStanzas: number;
  readonly maxUnacknowledgedLength: number;
  route(session: ClientSession, stanza: XmlElement): void;
  ended(session: ClientSession, undelivered: readonly OutgoingStanza[]): void;
}

export interface BindRequest {
  readonly host: string;
  readonly identity: Identity;
  /** What the client would like to be called; taken if it is a resource at all. */
  readonly resource: string | undefined;
  readonly addressGroup: string;
  readonly room: string | undefined;
  readonly tenant: string | undefined;
  readonly webSocketOrigin: string;
}

/** All sessions of this node, connected or waiting to be resumed. */
export class SessionRegistry {
  readonly #options: SessionRegistryOptions;
  readonly #environment: SessionEnvironment;
  readonly #byJid = new Map<string, ClientSession>();
  readonly #byResumeId = new Map<string, ClientSession>();
  readonly #endpointIds = new Set<string>();
  readonly #perAddress = new Map<string, number>();

  constructor(options: SessionRegistryOptions) {
    this.#options = options;
    this.#environment = {
      limits: options,
      resumeSeconds: options.resumeSeconds,
      makeResumeId: () => randomBytes(RESUME_ID_BYTES).toString('base64url'),
      route: (session, stanza) => options.route(session, stanza),
      resumable: (session, id) => void this.#byResumeId.set(id, session),
      ended: (session, undelivered) => this.#ended(session, undelivered),
    };
  }

  get size(): number {
    return this.#byJid.size;
  }

  /** Makes a session with an address that no other has, or answers undefined when its client's address has too many. */
  bind(request: BindRequest, transport: SessionTransport): ClientSession | undefined {
    const count = this.#perAddress.get(request.addressGroup) ?? 0;
    if (count >= this.#options.sessionsPerAddress) return undefined;
    const unique = this.#freshLocalPart();
    const id = unique.slice(0, ENDPOINT_ID_LENGTH);
    const local = accountOf(request.identity) ?? unique;
    const jid = this.#freshJid(local, request.host, usableResource(request.resource));
    const { host, identity, addressGroup, room, tenant, webSocketOrigin } = request;
    const details = { jid, host, identity, id, addressGroup, room, tenant, webSocketOrigin };
    const session = new ClientSession(details, transport, this.#environment);
    this.#byJid.set(jid, session);
    this.#endpointIds.add(id);
    this.#perAddress.set(addressGroup, count + 1);
    return session;
  }

  get(jid: string): ClientSession | undefined {
    return this.#byJid.get(jid);
  }

  /** Whether a session has this endpoint id. */
  hasId(id: string): boolean {
    return this.#endpointIds.has(id);
  }

  /**
   * @param resumeId the secret from `<enabled/>`.
   * @param host where the client has logged in now; a session does not move to another host.
   */
  resumable(resumeId: string, host: string): ClientSession | undefined {
    const session = this.#byResumeId.get(resumeId);
    return session?.host === host ? session : undefined;
  }

  failAll(error: StreamError): void {
    for (const session of [...this.#byJid.values()]) session.fail(error);
  }

  /** A UUID whose first digits no other session has: they become its nick in rooms. */
  #freshLocalPart(): string {
    for (;;) {
      const local = randomUUID();
      if (!this.#endpointIds.has(local.slice(0, ENDPOINT_ID_LENGTH))) return local;
    }
  }

  /** RFC 6120 §7.7.2.2: who asks for a resource that is in use gets another; nobody is thrown out. */
  #freshJid(local: string, domain: string, wish: string): string {
    const jid = formatJid({ local, domain, resource: wish });
    return this.#byJid.has(jid) ? this.#freshJid(local, domain, randomResource()) : jid;
  }

  #ended(session: ClientSession, undelivered: readonly OutgoingStanza[]): void {
    this.#byJid.delete(session.jid);
    this.#endpointIds.delete(session.id);
    if (session.resumeId !== undefined) this.#byResumeId.delete(session.resumeId);
    const left = (this.#perAddress.get(session.addressGroup) ?? 1) - 1;
    if (left === 0) this.#perAddress.delete(session.addressGroup);
    else this.#perAddress.set(session.addressGroup, left);
    this.#options.ended(session, undelivered);
  }
}

/** The local part of an account's addresses; guests and people with tokens have none. */
function accountOf(identity: Identity): string | undefined {
  if (identity.kind === 'gateway') return GATEWAY_ACCOUNT;
  return identity.kind === 'account' ? identity.username : undefined;
}

function usableResource(wish: string | undefined): string {
  if (wish !== undefined && wish.length <= MAX_RESOURCE_LENGTH) {
    try {
      return parseJid(`a@b/${wish}`).resource ?? randomResource();
    } catch (error) {
      // RFC 6120 §7.7.2.1 lets the server choose another instead of refusing.
      if (!(error instanceof DecodeError)) throw error;
    }
  }
  return randomResource();
}

function randomResource(): string {
  return randomBytes(RESOURCE_BYTES).toString('base64url');
}
