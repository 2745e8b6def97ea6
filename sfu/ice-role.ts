import { randomBytes } from 'node:crypto';
import type { IceCredentials } from '#protocol/media/rtp.ts';
import { DecodeError } from '#protocol/xmpp/decode-error.ts';
import {
  decodeBinding,
  encodeControlledCheck,
  encodeRoleConflict,
  hasIntegrity,
  type BindingMessage,
} from './stun-binding.ts';

/**
 * Ends the ICE role conflict (decisions.md, "ICE role"). A Jitsi client answers our offer as controlled agent, the worker
 * is ICE-lite and controlled too, and its own 487 is unusable for browsers. So one candidate of the offer is this
 * responder. To a check that claims the controlled role it answers a protected 487 (Chromium switches) and sends a check
 * of its own with tie-breaker 0 (RFC 8445 §7.3.1.1: Firefox and Chromium switch). It never answers with success and so
 * is never selected; media goes to the worker.
 *
 * The rules only; sockets are in ice-role-sockets.ts.
 */

/** Where a check came from: a UDP address and port, or one TCP connection. */
export interface CheckSource {
  /** Equal for two checks of the same source. */
  readonly key: string;
  send(datagram: Buffer): void;
}

interface Session {
  readonly local: IceCredentials;
  remote?: IceCredentials;
  /** Sources of valid checks that wait for the client's credentials. */
  readonly waiting: Map<string, CheckSource>;
  remainingDatagrams: number;
}

/** Sources remembered per session: local addresses × families × UDP and TCP of one client. */
const MAX_WAITING_SOURCES = 16;
/**
 * Datagrams sent in one session's life. A check brings at most two, a client makes some dozens before it has switched;
 * whoever has stolen credentials gets no more than this out of us, and never to an address that did not ask.
 */
export const MAX_DATAGRAMS_PER_SESSION = 200;

/** Why a check was not answered, for the counter. */
export type CheckVerdict = 'answered' | 'ignored' | 'malformed' | 'unknown' | 'unauthenticated' | 'exhausted';

export class IceRoleResponder {
  /** By our user name fragment. */
  readonly #sessions = new Map<string, Session>();
  readonly #priority: number;

  /** @param priority of the check we send; any value a candidate of ours could have. */
  constructor(priority: number) {
    this.#priority = priority;
  }

  add(local: IceCredentials): void {
    this.#sessions.set(local.usernameFragment, {
      local,
      waiting: new Map(),
      remainingDatagrams: MAX_DATAGRAMS_PER_SESSION,
    });
  }

  /** The client's credentials are known now: checks of ours can go out. */
  connect(localUsernameFragment: string, remote: IceCredentials): void {
    const session = this.#sessions.get(localUsernameFragment);
    if (session === undefined) return;
    session.remote = remote;
    for (const source of session.waiting.values()) this.#check(session, remote, source);
    session.waiting.clear();
  }

  remove(localUsernameFragment: string): void {
    this.#sessions.delete(localUsernameFragment);
  }

  receive(datagram: Buffer, source: CheckSource): CheckVerdict {
    let message: BindingMessage;
    try {
      message = decodeBinding(datagram);
    } catch (error) {
      if (error instanceof DecodeError) return 'malformed';
      throw error;
    }
    // The answer to our own check: the client has switched, or has told us to.
    if (message.type !== 'request') return 'ignored';
    const [usernameFragment = ''] = message.username?.split(':', 1) ?? [];
    const session = this.#sessions.get(usernameFragment);
    if (session === undefined) return 'unknown';
    if (!hasIntegrity(datagram, message, session.local.password)) return 'unauthenticated';
    // Already controlling: a success would offer this candidate for nomination.
    if (message.role !== 'controlled') return 'ignored';
    if (session.remainingDatagrams <= 0) return 'exhausted';
    this.#send(session, source, encodeRoleConflict(message.transactionId, session.local.password));
    if (session.remote !== undefined) this.#check(session, session.remote, source);
    else if (session.waiting.size < MAX_WAITING_SOURCES) session.waiting.set(source.key, source);
    return 'answered';
  }

  #check(session: Session, remote: IceCredentials, source: CheckSource): void {
    const check = encodeControlledCheck({
      transactionId: randomBytes(12),
      username: `${remote.usernameFragment}:${session.local.usernameFragment}`,
      password: remote.password,
      priority: this.#priority,
    });
    this.#send(session, source, check);
  }

  #send(session: Session, source: CheckSource, datagram: Buffer): void {
    if (session.remainingDatagrams <= 0) return;
    session.remainingDatagrams -= 1;
    source.send(datagram);
  }
}
