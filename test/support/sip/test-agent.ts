import { createLogger } from '#runtime/logger.ts';
import type { IncomingInvite } from '../../../sip/ua/incoming-invite.ts';
import type { Session } from '../../../sip/ua/session.ts';
import { UserAgent, type UserAgentGate } from '../../../sip/ua/user-agent.ts';
import { FixedNegotiation } from './fixed-negotiation.ts';

export interface TestAgentOptions {
  readonly t1Ms?: number;
  /** What is done with a call; accepted by default. */
  readonly onInvite?: (invite: IncomingInvite) => void;
  readonly admits?: boolean;
  readonly refusesAloud?: boolean;
  readonly challengeOf?: UserAgentGate['challengeOf'];
  readonly retryAfterSeconds?: number;
}

/** A user agent on a free port of the loopback address that accepts every call. */
export class TestAgent implements AsyncDisposable {
  readonly agent: UserAgent;
  readonly negotiation: FixedNegotiation;
  readonly sessions: Session[];

  static async open(options: TestAgentOptions = {}): Promise<TestAgent> {
    const negotiation = new FixedNegotiation();
    const sessions: Session[] = [];
    const accept = (invite: IncomingInvite): void => {
      const session = invite.accept(negotiation);
      if (session !== undefined) sessions.push(session);
    };
    const t1Ms = options.t1Ms ?? 500;
    const agent = await UserAgent.open(
      {
        address: '127.0.0.1',
        port: 0,
        isTlsVerified: true,
        timers: { t1Ms, t2Ms: 8 * t1Ms, t4Ms: 10 * t1Ms },
      },
      {
        isAllowed: () => true,
        admitsBytes: () => true,
        admitsRequest: () => options.admits ?? true,
        refusesAloud: options.refusesAloud ?? false,
        challengeOf: options.challengeOf ?? (() => undefined),
        retryAfterSeconds: () => options.retryAfterSeconds,
        onInvite: options.onInvite ?? accept,
      },
      createLogger({ level: 'silent', addresses: 'cut' }),
    );
    return new TestAgent(agent, negotiation, sessions);
  }

  private constructor(agent: UserAgent, negotiation: FixedNegotiation, sessions: Session[]) {
    this.agent = agent;
    this.negotiation = negotiation;
    this.sessions = sessions;
  }

  get port(): number {
    return this.agent.port;
  }

  /** The first call that was accepted. */
  get session(): Session {
    const [session] = this.sessions;
    if (session === undefined) throw new Error('no call was accepted');
    return session;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.agent.close();
  }
}
