import type { GatewayStats } from '#protocol/xmpp/gateway-stats.ts';
import { xmppHosts } from '#protocol/xmpp/hosts.ts';
import type { AdminServer } from '#runtime/admin.ts';
import type { ServiceContext } from '#runtime/context.ts';
import type { Database } from '#runtime/database.ts';
import { type Draining, untilFewAreLeft } from '#runtime/drain.ts';
import type { Logger } from '#runtime/logger.ts';
import { rolePassword } from '#runtime/role-password.ts';
import type { Service } from '#runtime/service.ts';
import { StartError } from '#runtime/start-error.ts';
import {
  type Administered,
  addSipRoutes,
  type CallState,
  type GatewayStatus,
  type SelfTestResult,
  type TrunkState,
} from './admin-routes.ts';
import { CallRecords, type CallRecord } from './call-records.ts';
import type { CallSurroundings } from './call/call-surroundings.ts';
import { targetOfCall } from './call/call-target.ts';
import { callerNameOf } from './call/caller-name.ts';
import { DialInCall } from './call/dial-in-call.ts';
import type { DialOutCall } from './call/dial-out-call.ts';
import { RoomTable } from './call/room-table.ts';
import { parsePortRange, type SipConfig, type TrunkConfig } from './config.ts';
import { Dialler } from './dialler.ts';
import { gatewayProblems, isUsable, unusableBecause } from './gateway-health.ts';
import { DialInService } from './dialin/dialin-service.ts';
import { PromptSet } from './ivr/prompt-set.ts';
import { MediaThread } from './media/media-thread.ts';
import { sipUri } from './message/uri.ts';
import { Admission } from './protection/admission.ts';
import { DialOutDays } from './protection/dial-out-days.ts';
import { GUARD_LIMITS, SourceGuard } from './protection/source-guard.ts';
import { ControlRoom } from './room/control-room.ts';
import { type SipFigures, SipMetrics } from './sip-metrics.ts';
import { DEFAULT_TIMERS } from './transaction/timer-settings.ts';
import { SelfTest } from './self-test.ts';
import { TrunkProof } from './trunk-proof.ts';
import { SipTrace, type Trace, type TraceSummary } from './trace/sip-trace.ts';
import { serverUri, targetsOfTrunk, TrunkTable } from './trunk-table.ts';
import { withPasswords } from './trunk-passwords.ts';
import type { IncomingInvite } from './ua/incoming-invite.ts';
import { Registration } from './ua/registration.ts';
import { TrunkPing } from './ua/trunk-ping.ts';
import { UserAgent } from './ua/user-agent.ts';

/** How long calls that are hung up at the end may take to leave their meetings and to answer. */
const GOODBYE_MS = 2_000;
/** After so long a caller that comes while we drain may try again. */
const RETRY_AFTER_SECONDS = 60;
/** Where nothing else waits for the process to end. */
const DRAIN_ALONE_SECONDS = 3_600;

export interface SipSurroundings {
  readonly admin: AdminServer;
  /** Ends the process as SIGTERM does; only where no other role runs in it. */
  readonly endProcess?: () => void;
}

interface Running {
  readonly agent: UserAgent;
  readonly dialIn: DialInService;
  readonly dialler: Dialler;
  readonly control: ControlRoom;
  readonly trunks: TrunkTable;
  /** By the trunk's name. */
  readonly registrations: ReadonlyMap<string, Registration>;
  readonly pings: ReadonlyMap<string, TrunkPing>;
  readonly surroundings: CallSurroundings;
  readonly records: CallRecords;
}

/** The telephone gateway: SIP on one side, an ordinary participant of meetings on the other. */
export class SipServer implements Service, Administered {
  readonly name = 'sip';
  readonly #context: ServiceContext;
  #config: SipConfig;
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #metrics: SipMetrics;
  readonly #trace: SipTrace;
  readonly #calls = new Set<DialInCall>();
  readonly #endProcess: (() => void) | undefined;
  /** Calls in that are neither refused nor among the calls yet. */
  #entering = 0;
  readonly #selfTest = new SelfTest();
  #media: Promise<MediaThread> | undefined;
  #running: Running | undefined;
  #forgetTls: (() => void) | undefined;
  #isDraining = false;
  /** While we drain in order to end the process; aborted when that is taken back. */
  #ending: AbortController | undefined;
  #hasDrained = false;
  #stopping: Promise<void> | undefined;

  constructor(context: ServiceContext, config: SipConfig, database: Database, surroundings: SipSurroundings) {
    this.#context = context;
    this.#config = config;
    this.#database = database;
    this.#logger = context.logger.child({ service: 'sip' });
    this.#metrics = new SipMetrics(context.metrics, () => this.#figures());
    this.#trace = new SipTrace(config.tracedCalls, Date.now);
    this.#endProcess = surroundings.endProcess;
    addSipRoutes(surroundings.admin, this);
    // Elsewhere meetings can be held without telephones.
    if (this.#endProcess !== undefined) {
      context.http.addHealthCheck('sip', () => unusableBecause(this.#isDraining, this.trunkStates));
    }
  }

  /** Of UDP and TCP, once started. */
  get port(): number | undefined {
    return this.#running?.agent.port;
  }

  get trunkStates(): readonly TrunkState[] {
    const running = this.#running;
    return this.#config.trunks.map(({ name }) => {
      const registration = running?.registrations.get(name);
      const ping = running?.pings.get(name);
      return {
        name,
        ...(registration === undefined ? {} : { isRegistered: registration.isRegistered }),
        ...(ping === undefined ? {} : { isReachable: ping.isReachable }),
        ...(registration?.problem === undefined ? {} : { problem: registration.problem }),
      };
    });
  }

  get callStates(): readonly CallState[] {
    const nowMs = performance.now();
    const stateOf =
      (direction: CallState['direction']) =>
      ({ id, trunk, name, room, startedAtMs, callId }: DialInCall | DialOutCall): CallState => ({
        id,
        direction,
        trunk,
        name,
        ...(room === undefined ? {} : { room }),
        seconds: Math.round((nowMs - startedAtMs) / 1000),
        ...(callId === undefined ? {} : { callId }),
      });
    const out = this.#running?.dialler.calls ?? [];
    return [...[...this.#calls].map(stateOf('in')), ...[...out].map(stateOf('out'))];
  }

  get status(): GatewayStatus {
    return {
      calls: this.#callCount,
      isDraining: this.#isDraining,
      endsWhenDrained: this.#ending?.signal.aborted === false,
      problems: gatewayProblems(this.#isDraining, this.trunkStates),
    };
  }

  get traces(): readonly TraceSummary[] {
    return this.#trace.summaries;
  }

  trace(callId: string): Trace | undefined {
    return this.#trace.trace(callId);
  }

  callRecords(limit: number): readonly CallRecord[] {
    return this.#running?.records.list(limit) ?? [];
  }

  async hangUp(id: string): Promise<boolean> {
    const call = [...this.#calls, ...(this.#running?.dialler.calls ?? [])].find((each) => each.id === id);
    await call?.hangUp();
    return call !== undefined;
  }

  async selfTest(host: string): Promise<SelfTestResult | undefined> {
    const agent = this.#running?.agent;
    if (agent === undefined) return undefined;
    const { port, tlsPort } = agent;
    const ports = await this.#selfTest.reach(host, { udp: port, tcp: port, tls: tlsPort }, this.#config.address);
    try {
      await this.#loadPrompts();
      return { ports };
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      return { ports, promptProblem: error.message };
    }
  }

  #loadPrompts(): Promise<PromptSet> {
    const { language, numbers, trunks, dialIn } = this.#config;
    const languages = [language, ...[...numbers, ...trunks].map((one) => one.language)];
    return PromptSet.load(
      languages.filter((one) => one !== undefined),
      dialIn.promptsDir,
    );
  }

  /** @throws StartError */
  async start(): Promise<void> {
    const config = { ...this.#config, trunks: await withPasswords(this.#config.trunks) };
    this.#config = config;
    const prompts = await this.#loadPrompts();
    await this.#openMedia();
    const trunks = new TrunkTable(config.trunks, (trunk, error) =>
      this.#logger.warn({ trunk, err: error }, 'the name of a trunk’s server leads nowhere'),
    );
    await trunks.start();
    const agent = await this.#openAgent(trunks);
    const dialIn = new DialInService(this.#context, config, this.#database);
    const surroundings = this.#surroundings(agent, dialIn, prompts);
    const dialler = new Dialler(agent, surroundings, new DialOutDays(this.#database), {
      isUsable: (trunk) => isUsable(this.trunkStates.find(({ name }) => name === trunk)),
      began: (call) => this.#began(call, 'out'),
      ended: (call) => this.#ended(call, call.outcome),
    });
    const control = new ControlRoom(
      surroundings.connection,
      () => this.#stats(),
      (room) => dialIn.hostPinOf(room),
    );
    control.on('dial', (request) => dialler.dial(request));
    const registrations = this.#registrations(agent);
    const records = new CallRecords(this.#database, config.callRecordDays);
    const pings = this.#pings(agent);
    this.#running = { agent, dialIn, dialler, control, trunks, surroundings, records, registrations, pings };
    control.start();
    for (const registration of registrations.values()) registration.start();
    for (const ping of pings.values()) ping.start();
    this.#forgetTls = this.#context.http.tls?.onReplaced((material) => agent.replaceCertificate(material));
    this.#logger.info({ port: agent.port, tlsPort: agent.tlsPort }, 'telephones can call');
  }

  /**
   * New calls are refused from now on, and running ones go on. Where the gateway is the only role, the process ends with
   * them, unless they are not to be waited for at all.
   */
  drain(): void {
    this.#setDraining(true);
    const endProcess = this.#endProcess;
    if (endProcess === undefined || this.#drainSeconds === 0 || this.status.endsWhenDrained) return;
    const ending = new AbortController();
    this.#ending = ending;
    untilFewAreLeft(this.#draining, ending.signal).then(
      () => {
        this.#hasDrained = true;
        endProcess();
      },
      // Taken back.
      () => undefined,
    );
  }

  undrain(): boolean {
    if (this.#stopping !== undefined) return false;
    this.#ending?.abort();
    this.#setDraining(false);
    return true;
  }

  /** Takes the registrations back and waits for the calls as long as it may; what goes on then is hung up. Callers share one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#ending?.abort();
    this.#setDraining(true);
    const running = this.#running;
    if (running !== undefined) {
      if (this.#drainSeconds > 0 && !this.#hasDrained) await untilFewAreLeft(this.#draining);
      this.#forgetTls?.();
      for (const ping of running.pings.values()) ping.stop();
      running.trunks.stop();
      running.control.stop();
      const left = Promise.all([...this.#calls].map((call) => call.hangUp()));
      const unregistered = Promise.all([...running.registrations.values()].map((registration) => registration.stop()));
      const parted = Promise.all([left, running.dialler.stop()]).then(() => running.agent.parted());
      await withinMs(GOODBYE_MS, Promise.all([parted, unregistered]));
      running.dialIn.stop();
      await running.agent.close();
      // What still ends after this is written down nowhere.
      this.#running = undefined;
    }
    await (await this.#media)?.stop();
    this.#database.close();
  }

  get #drainSeconds(): number {
    return this.#config.drainSeconds ?? (this.#endProcess === undefined ? 0 : DRAIN_ALONE_SECONDS);
  }

  get #draining(): Draining {
    return { remaining: () => this.#callCount, limits: () => ({ seconds: this.#drainSeconds, least: 0 }) };
  }

  get #callCount(): number {
    return this.#entering + this.#calls.size + (this.#running?.dialler.calls.size ?? 0);
  }

  #setDraining(isDraining: boolean): void {
    if (this.#isDraining === isDraining) return;
    this.#isDraining = isDraining;
    const running = this.#running;
    if (running === undefined) return;
    this.#logger.info({ calls: this.#callCount }, isDraining ? 'draining' : 'no longer draining');
    running.dialler.isOpen = !isDraining;
    running.control.publish();
    for (const registration of running.registrations.values()) {
      if (!isDraining) registration.start();
      else registration.stop().catch((error: unknown) => this.#logger.error({ err: error }, 'not unregistered'));
    }
  }

  #surroundings(agent: UserAgent, dialIn: DialInService, prompts: CallSurroundings['prompts']): CallSurroundings {
    const { secrets, xmppDomain } = this.#context;
    const context = this.#context;
    const { xmppUrl } = this.#config;
    return {
      config: this.#config,
      logger: this.#logger,
      now: () => performance.now(),
      media: () => this.#openMedia(),
      rooms: new RoomTable(() => this.#openMedia()),
      connection: {
        // The port may be known only once http listens.
        get url() {
          return xmppUrl ?? signallingOf(context.publicUrl);
        },
        domain: xmppDomain,
        password: rolePassword(secrets.internalKey, 'sip'),
        logger: this.#logger,
      },
      prompts,
      resolvePin: (pin, caller) => dialIn.resolvePin(pin, caller),
      addressTowards: (remote) => agent.addressTowards(remote),
    };
  }

  /** One thread for all calls; the next call makes another one should it die. */
  #openMedia(): Promise<MediaThread> {
    this.#media ??= this.#startMedia();
    return this.#media;
  }

  async #startMedia(): Promise<MediaThread> {
    const { address, rtpPorts, roomAddress } = this.#config;
    const media = await MediaThread.open({ address, ports: parsePortRange(rtpPorts), roomAddress });
    media.on('bug', (error) => this.#logger.error({ err: error }, 'a packet of sound could not be handled'));
    media.once('died', (error) => {
      this.#logger.error(
        { err: error },
        'the thread that carries sound died; its calls end, the next one starts another',
      );
      this.#media = undefined;
    });
    return media;
  }

  async #openAgent(trunks: TrunkTable): Promise<UserAgent> {
    const { address, announcedAddress, port, tlsPort, t1Ms, verifyTrunks, answerStrangers } = this.#config;
    const { tls } = this.#context.http;
    const now = (): number => performance.now();
    const admission = new Admission({
      guard: new SourceGuard(GUARD_LIMITS, now()),
      trunkAt: (source) => trunks.trunkAt(source),
      answersStrangers: answerStrangers,
      logger: this.#logger,
      now,
    });
    const proof = new TrunkProof(this.#config.trunks, this.#logger, Date.now);
    try {
      return await UserAgent.open(
        {
          address,
          port,
          isTlsVerified: verifyTrunks,
          timers: { ...DEFAULT_TIMERS, t1Ms },
          trace: this.#trace,
          ...(announcedAddress === undefined ? {} : { announcedAddress }),
          ...(tls === undefined ? {} : { tls: tls.material, tlsPort }),
        },
        {
          isAllowed: (source) => admission.isAllowed(source),
          admitsBytes: ({ address: source }, bytes) => !this.#selfTest.takes(bytes) && admission.admits(source, bytes),
          admitsRequest: (request, { address: source }) => trunks.trunkOf(request, source) !== undefined,
          refusesAloud: answerStrangers,
          challengeOf: (request, { address: source }) => {
            const trunk = trunks.trunkOf(request, source);
            return trunk === undefined ? undefined : proof.challengeOf(request, trunk.name);
          },
          retryAfterSeconds: () => (this.#isDraining ? RETRY_AFTER_SECONDS : undefined),
          onInvite: (invite) => this.#onInvite(invite, trunks),
        },
        this.#logger,
      );
    } catch (cause) {
      throw new StartError(
        `The telephone gateway cannot use ${address}, port ${port} or ${tlsPort} (${codeOf(cause)}). Another program may have it: set PARLEY_SIP_PORT and PARLEY_SIP_TLS_PORT, or PARLEY_SIP_ADDRESS to an address of this machine.`,
        { cause },
      );
    }
  }

  #registrations(agent: UserAgent): ReadonlyMap<string, Registration> {
    const registrations = new Map<string, Registration>();
    for (const trunk of this.#config.trunks) {
      if (!trunk.register) continue;
      const domain = trunk.domain ?? serverUri(trunk).host;
      const username = trunk.username ?? '';
      const registration = new Registration({
        ways: agent.ways,
        registrar: sipUri({ host: domain }),
        account: sipUri({ user: username, host: domain }),
        targets: () => targetsOfTrunk(trunk),
        credentials: { username, password: trunk.password ?? '' },
        expiresSeconds: trunk.registerSeconds,
        logger: this.#logger.child({ trunk: trunk.name }),
      });
      registrations.set(trunk.name, registration);
    }
    return registrations;
  }

  #pings(agent: UserAgent): ReadonlyMap<string, TrunkPing> {
    const pings = new Map<string, TrunkPing>();
    for (const trunk of this.#config.trunks) {
      if (trunk.server === undefined || trunk.pingSeconds === 0) continue;
      const ping = new TrunkPing({
        ways: agent.ways,
        uri: sipUri({ host: trunk.domain ?? serverUri(trunk).host }),
        targets: () => targetsOfTrunk(trunk),
        everyMs: trunk.pingSeconds * 1000,
        logger: this.#logger.child({ trunk: trunk.name }),
      });
      pings.set(trunk.name, ping);
    }
    return pings;
  }

  #onInvite(invite: IncomingInvite, trunks: TrunkTable): void {
    const trunk = trunks.trunkOf(invite.request, invite.source.address);
    if (trunk === undefined) return invite.reject(403);
    if (this.#running === undefined) return invite.reject(503);
    this.#take(invite, trunk, this.#running.surroundings).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'a call could not be taken');
      invite.reject(500);
    });
  }

  async #take(invite: IncomingInvite, trunk: TrunkConfig, surroundings: CallSurroundings): Promise<void> {
    const call = await this.#enter(surroundings, {
      invite,
      trunk: trunk.name,
      sound: trunk,
      target: targetOfCall(invite.request, trunk, this.#config, xmppHosts(this.#context.xmppDomain)),
      displayName: callerNameOf(invite.request, trunk.trustHeaders),
      onEnd: (ended, end) => {
        this.#calls.delete(ended);
        this.#ended(ended, end);
        this.#logger.info({ code: end }, 'a phone has gone');
      },
    });
    this.#metrics.countCall('in', call === undefined ? 'refused' : 'answered');
    if (call === undefined) return;
    this.#calls.add(call);
    this.#began(call, 'in');
    this.#logger.info({ trunk: trunk.name }, 'a phone has called');
  }

  async #enter(...of: Parameters<typeof DialInCall.take>): Promise<DialInCall | undefined> {
    this.#entering++;
    try {
      return await DialInCall.take(...of);
    } finally {
      this.#entering--;
    }
  }

  #began(call: DialInCall | DialOutCall, direction: 'in' | 'out'): void {
    const { id, trunk, parties } = call;
    this.#running?.records.begin({ id, direction, trunk, ...parties }, Date.now());
    this.#running?.control.publish();
  }

  #ended({ id, room, trunk, parties }: DialInCall | DialOutCall, outcome: string): void {
    this.#running?.records.end(id, { room, outcome, trunk, caller: parties.caller }, Date.now());
    this.#running?.control.publish();
  }

  #stats(): GatewayStats {
    const { calls = 0, rooms = 0 } = this.#figures() ?? {};
    const { first, last } = parsePortRange(this.#config.rtpPorts);
    const capacity = Math.max(1, Math.floor((last - first) / 2));
    return {
      conferences: rooms,
      participants: calls,
      isShuttingDown: this.#isDraining,
      stressLevel: last === 0 ? 0 : Math.min(1, calls / capacity),
      supportsSip: this.#running?.dialler.canCall ?? false,
    };
  }

  #figures(): SipFigures | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    const { sessions, transactions, connections } = running.agent.figures;
    return {
      calls: sessions,
      rooms: running.surroundings.rooms.size,
      transactions,
      connections,
      reachableTrunks: [...running.pings.values()].filter(({ isReachable }) => isReachable).length,
      registeredTrunks: [...running.registrations.values()].filter(({ isRegistered }) => isRegistered).length,
      dropped: running.agent.dropped,
    };
  }
}

/** Where signalling is reached under the same origin as the page. */
function signallingOf(publicUrl: string): string {
  const url = new URL('/xmpp-websocket', publicUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

async function withinMs(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]);
  clearTimeout(timer);
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : String(cause);
}
