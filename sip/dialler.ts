import type { Logger } from '#runtime/logger.ts';
import { tenantOf, xmppHosts } from '#protocol/xmpp/hosts.ts';
import { parseJid } from '#protocol/xmpp/jid.ts';
import type { CallSurroundings } from './call/call-surroundings.ts';
import { DialOutCall, type DialOutWay } from './call/dial-out-call.ts';
import type { SipConfig, TrunkConfig } from './config.ts';
import { routesOf } from './dial-route.ts';
import { sipUri } from './message/uri.ts';
import { DialOutBudget } from './protection/dial-out-budget.ts';
import type { DialOutDays } from './protection/dial-out-days.ts';
import { type DialRules, judgeDialString, parseDialRules } from './protection/dial-string.ts';
import { maskNumber } from './protection/mask-number.ts';
import type { DialRequest } from './room/control-room.ts';
import { serverUri, targetsOfTrunk } from './trunk-table.ts';
import type { UserAgent } from './ua/user-agent.ts';

const MINUTE_MS = 60_000;
const NO_RULES: DialRules = { allow: [], deny: [] };

/** Who is told of each call, and knows of each trunk. */
interface CallWatcher {
  /** False for a trunk that is known not to work now. */
  isUsable(trunk: string): boolean;
  began(call: DialOutCall): void;
  ended(call: DialOutCall): void;
}

/** Calls whom meetings ask for: what may be dialled, how often, and over which trunk. */
export class Dialler {
  readonly #agent: UserAgent;
  readonly #surroundings: CallSurroundings;
  readonly #config: SipConfig;
  readonly #logger: Logger;
  readonly #rules: DialRules;
  readonly #budget: DialOutBudget;
  readonly #calls = new Set<DialOutCall>();
  readonly #watcher: CallWatcher;
  /** Whether new calls are made. */
  isOpen = true;

  constructor(agent: UserAgent, surroundings: CallSurroundings, days: DialOutDays, watcher: CallWatcher) {
    this.#watcher = watcher;
    this.#agent = agent;
    this.#surroundings = surroundings;
    this.#config = surroundings.config;
    this.#logger = surroundings.logger;
    this.#rules = parseDialRules(this.#config.dialOut.allow) ?? NO_RULES;
    this.#budget = new DialOutBudget(this.#config.dialOut, days);
  }

  /** Whether anybody can be called at all. */
  get canCall(): boolean {
    return (
      this.isOpen && this.#config.trunks.some(({ server }) => server !== undefined) && this.#rules.allow.length > 0
    );
  }

  /** Those that are ringing or going on. */
  get calls(): ReadonlySet<DialOutCall> {
    return this.#calls;
  }

  /** Answers the request, and calls. */
  dial(request: DialRequest): void {
    if (!this.canCall) {
      request.refuse('service-unavailable', 'No telephone can be called from here.');
      return;
    }
    const verdict = judgeDialString(request.to, this.#rules);
    if (!verdict.ok) {
      const isMistake = verdict.reason === 'not-a-number';
      request.refuse(isMistake ? 'bad-request' : 'not-allowed', REFUSALS[verdict.reason]);
      return;
    }
    const [first, ...others] = routesOf(verdict.number, this.#config.trunks, (trunk) => this.#watcher.isUsable(trunk));
    if (first === undefined) {
      request.refuse('not-allowed', REFUSALS['not-allowed']);
      return;
    }
    const tenant = tenantOf(parseJid(request.room).domain, xmppHosts(this.#surroundings.connection.domain)) ?? '';
    const refusal = this.#budget.begin(tenant, Date.now());
    if (refusal !== undefined) {
      request.refuse(
        'not-allowed',
        refusal === 'too-many-now'
          ? 'As many calls as are allowed at the same time are going on already.'
          : 'As many calls as are allowed in a day have been made already.',
      );
      return;
    }
    this.#call(request, [first, ...others], verdict.number, tenant).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'nobody could be called');
      request.refuse('service-unavailable', 'The call could not be made.');
    });
  }

  /** Hangs all up and takes no more. */
  async stop(): Promise<void> {
    this.isOpen = false;
    await Promise.all([...this.#calls].map((call) => call.hangUp()));
  }

  async #call(
    request: DialRequest,
    trunks: readonly [TrunkConfig, ...TrunkConfig[]],
    number: string,
    tenant: string,
  ): Promise<void> {
    const [first, ...others] = trunks;
    let call: DialOutCall;
    try {
      call = await DialOutCall.prepare(this.#surroundings, {
        agent: this.#agent,
        ways: [wayOver(first, number), ...others.map((trunk) => wayOver(trunk, number))],
        room: request.room,
        password: request.password,
        dialledBy: request.dialledBy,
        number,
        displayName: maskNumber(number),
        language: first.language ?? this.#config.language,
        maxCallMs: this.#config.dialOut.maxCallMinutes * MINUTE_MS,
        onEnd: (ended) => {
          this.#calls.delete(ended);
          this.#budget.end(tenant);
          this.#watcher.ended(ended);
        },
      });
    } catch (error) {
      this.#budget.end(tenant);
      throw error;
    }
    this.#calls.add(call);
    this.#watcher.began(call);
    request.accept(call.endpointId);
    try {
      await call.start();
    } catch (error) {
      // It was accepted: what becomes of it is seen in the meeting.
      this.#logger.error({ err: error, trunk: call.trunk }, 'a call out failed');
      await call.hangUp();
    }
  }
}

function wayOver(trunk: TrunkConfig, number: string): DialOutWay {
  const server = serverUri(trunk);
  const domain = trunk.domain ?? server.host;
  const { username, password, callerId } = trunk;
  const user = callerId ?? username ?? 'parley';
  return {
    trunk: trunk.name,
    uri: sipUri({ user: number, host: domain, ...(server.port === undefined ? {} : { port: server.port }) }),
    from: { uri: sipUri({ user, host: domain }), parameters: new Map() },
    user,
    targets: () => targetsOfTrunk(trunk),
    sound: trunk,
    ...(username === undefined ? {} : { credentials: { username, password: password ?? '' } }),
  };
}

const REFUSALS = {
  'not-a-number': 'That is no telephone number.',
  emergency: 'Emergency numbers cannot be called from a meeting.',
  'not-allowed': 'This number may not be called from here.',
} as const;
