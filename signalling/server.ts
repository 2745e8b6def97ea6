import { stanzaForFocus, stanzaFromFocus } from '#protocol/xmpp/component-bus.ts';
import { judgeConferenceRequest, type AskedOverHttp, type Judgement } from '#protocol/xmpp/conference-gate-bus.ts';
import { focusJid, xmppHosts, type XmppHosts } from '#protocol/xmpp/hosts.ts';
import { NS_MUC } from '#protocol/xmpp/muc.ts';
import { errorReply, stanzaError } from '#protocol/xmpp/stanza.ts';
import { addressGroup } from '#runtime/address-group.ts';
import type { AdminServer } from '#runtime/admin.ts';
import type { Bus, Subscription } from '#runtime/bus.ts';
import type { Database } from '#runtime/database.ts';
import type { ServiceContext } from '#runtime/context.ts';
import type { Logger } from '#runtime/logger.ts';
import { rolePassword } from '#runtime/role-password.ts';
import type { Service } from '#runtime/service.ts';
import { AddressLimits } from './address-limits.ts';
import { addMatrixRoutes } from './admin/matrix-routes.ts';
import { addRoomRoutes } from './admin/room-routes.ts';
import type { MucConfig, XmppConfig } from './config.ts';
import { moderationOf, tokenFeature, type AccessRules } from './identity/access-rules.ts';
import { anonymousLogin } from './identity/anonymous-login.ts';
import { policyOf, type AuthConfig, type JwtConfig } from './identity/config.ts';
import { accountLogins } from './identity/accounts/account-login.ts';
import { LoginThrottle } from './identity/accounts/login-throttle.ts';
import { SqliteAccounts } from './identity/accounts/sqlite-accounts.ts';
import { HostSessions } from './identity/host-sessions.ts';
import { mayTakeOver } from './identity/identity.ts';
import { firstOf } from './identity/jwt/token-judge.ts';
import { tokensOf, type Tokens } from './identity/jwt/verifier-of.ts';
import type { MatrixConfig } from './identity/matrix/config.ts';
import { MatrixLogin } from './identity/matrix/matrix-login.ts';
import type { OidcConfig } from './identity/oidc/config.ts';
import { OidcLogin } from './identity/oidc/oidc-login.ts';
import { SignallingMetrics } from './metrics.ts';
import { BreakoutRooms } from './modules/breakout-rooms.ts';
import { ConferenceGate } from './modules/conference-gate.ts';
import { discoHandlers, discoInfo, type DiscoEntity } from './modules/disco.ts';
import { earlyDisco } from './modules/early-disco.ts';
import {
  externalServiceHandlers,
  NS_EXTDISCO_1,
  NS_EXTDISCO_2,
  servicesInMetadata,
  type ExternalServicesOptions,
} from './modules/external-services.ts';
import { legacySessionHandler } from './modules/legacy-session.ts';
import { lobbyComponent } from './modules/lobby.ts';
import { NS_PING, pingHandler } from './modules/ping.ts';
import { roomComponent, type RoomModule } from './modules/room-module.ts';
import { roomModules } from './modules/room-modules.ts';
import { TurnRelays } from './modules/turn-relays.ts';
import { removeByServer } from './muc/admin.ts';
import { Brewery } from './muc/brewery.ts';
import { MucService } from './muc/muc-service.ts';
import type { Room } from './muc/room.ts';
import { withConnectionFacts, type ConnectionFacts } from './routing/connection-facts.ts';
import { IqTable } from './routing/iq-table.ts';
import type { OutgoingStanza } from './routing/outgoing-stanza.ts';
import { Router } from './routing/router.ts';
import type { Sender } from './routing/sender.ts';
import { SessionRegistry } from './stream/session-registry.ts';
import type { ClientSession } from './stream/session.ts';
import { streamError } from './stream/stream-error.ts';
import { WebSocketEndpoint } from './stream/websocket-endpoint.ts';

const PATH_SEGMENT = 'xmpp-websocket';
/** How long clients get to read that the server stops. */
const STOP_GRACE_MS = 500;

export interface SignallingConfig {
  readonly xmpp: XmppConfig;
  readonly muc: MucConfig;
  readonly auth: AuthConfig;
  readonly jwt: JwtConfig;
  readonly oidc: OidcConfig;
  readonly matrix: MatrixConfig;
}

/** The XMPP server: streams over WebSocket, routing, rooms (issue "Meeting"; wire note §1, §2, §4). */
export class SignallingServer implements Service {
  readonly name = 'signalling';
  readonly #context: ServiceContext;
  readonly #database: Database;
  readonly #hosts: XmppHosts;
  readonly #logger: Logger;
  readonly #access: AccessRules;
  readonly #tokens: Tokens;
  readonly #oidc: OidcLogin | undefined;
  readonly #matrix: MatrixLogin<MatrixOccupant> | undefined;
  readonly #relays: TurnRelays;
  readonly #externalServices: ExternalServicesOptions;
  readonly #modules: readonly RoomModule[];
  readonly #muc: MucService;
  readonly #brewery: Brewery;
  readonly #router: Router;
  readonly #sessions: SessionRegistry;
  readonly #endpoint: WebSocketEndpoint;
  readonly #gate: ConferenceGate;
  readonly #limits: AddressLimits;
  #subscriptions: readonly Subscription[] = [];
  #stopping: Promise<void> | undefined;

  /**
   * @param database its own connection, which it closes.
   * @param admin gets routes about rooms, where there is one.
   */
  constructor(
    context: ServiceContext,
    { xmpp, muc, auth, jwt, oidc, matrix }: SignallingConfig,
    database: Database,
    admin?: AdminServer,
  ) {
    this.#context = context;
    this.#database = database;
    const hosts = (this.#hosts = xmppHosts(context.xmppDomain));
    this.#logger = context.logger.child({ service: this.name });
    this.#tokens = tokensOf(jwt);
    const access = (this.#access = {
      policy: policyOf(auth, jwt, oidc),
      doMembersModerate: auth.memberModerators,
      matrix: matrix.enabled ? { guests: matrix.guests, decidesRoles: matrix.membership === 'required' } : undefined,
      hosts,
      isTenantChecked: jwt.checkTenant,
      clockSkewSeconds: jwt.clockSkewSeconds,
    });
    this.#oidc = OidcLogin.create({
      config: oidc,
      roomTokenKey: context.secrets.roomTokenKey,
      domain: hosts.domain,
      clockSkewSeconds: jwt.clockSkewSeconds,
      publicUrl: () => context.publicUrl,
      logger: this.#logger,
    });
    this.#matrix = MatrixLogin.create({
      config: matrix,
      roomTokenKey: context.secrets.roomTokenKey,
      domain: hosts.domain,
      publicUrl: () => context.publicUrl,
      people: () => matrixOccupants(this.#muc.rooms),
      remove: (person) => this.#removeFromMatrix(person),
      changeRole: (person, isModerator) => this.#changeMatrixRole(person, isModerator),
      logger: this.#logger,
    });
    this.#relays = new TurnRelays(context.bus, this.#logger);
    this.#externalServices = {
      relays: () => this.#relays.current,
      secret: () => context.secrets.turnSecret,
      credentialSeconds: xmpp.turnCredentialSeconds,
      defaultHost: () => new URL(context.publicUrl).hostname,
      now: () => Date.now(),
    };
    const metrics = new SignallingMetrics(context.metrics, {
      connections: () => this.#endpoint.size,
      sessions: () => this.#sessions.size,
      rooms: () => this.#muc.roomCount,
      occupants: () => this.#muc.occupantCount,
    });
    const breakouts = new BreakoutRooms(hosts.breakout, {
      roomOf: (jid) => this.#muc.roomOf(jid),
      act: (room, rule) => this.#muc.act(room, rule),
      release: (room) => this.#muc.release(room),
    });
    const modules = (this.#modules = roomModules(hosts, breakouts));
    this.#muc = new MucService(
      muc,
      access,
      hosts,
      {
        deliver: (to, stanza) => void this.#router.deliver(to, stanza),
        refuse: (sender, stanza, error) => this.#router.refuse(sender, stanza, error),
        isSomebodyElsesId: (sender, nick) => sender.id !== nick && this.#sessions.hasId(nick),
        features: modules,
        breakouts,
        servicesFor: ({ id }) => servicesInMetadata(id, this.#externalServices),
      },
      this.#logger,
    );
    this.#brewery = new Brewery(hosts, {
      deliver: (to, stanza) => void this.#router.deliver(to, stanza),
      refuse: (sender, stanza, error) => this.#router.refuse(sender, stanza, error),
    });
    this.#sessions = new SessionRegistry({
      ...xmpp,
      route: (session, stanza) => this.#router.route(session, stanza),
      ended: (session, undelivered) => this.#sessionEnded(session, undelivered),
    });
    const verifiers = [this.#oidc?.tokens.verifier, this.#tokens.verifier];
    const signers = firstOf(verifiers.filter((verifier) => verifier !== undefined));
    const tokens = firstOf([this.#matrix, signers].filter((judge) => judge !== undefined));
    const mechanisms = [
      anonymousLogin({
        hosts: [hosts.domain, hosts.guest],
        policy: access.policy,
        tokens,
      }),
      ...accountLogins({
        host: hosts.auth,
        accounts: new SqliteAccounts(database),
        throttle: new LoginThrottle(),
        gatewayPassword: rolePassword(context.secrets.internalKey, 'sip'),
      }),
    ];
    const gate = (this.#gate = new ConferenceGate({
      hosts,
      access,
      tokens,
      sessions: new HostSessions(),
      doesRoomExist: (jid) => this.#muc.roomOf(jid)?.hasFocus === true,
      identified: ({ jid }, identity) => {
        this.#sessions.get(jid)?.identify(identity);
        this.#muc.identified(jid, identity);
      },
      // Homeservers are asked at a login alone: a session could make us ask often.
      verifyNewer: async ({ jid, room }, token) => {
        const occasion = { room, addressGroup: this.#sessions.get(jid)?.addressGroup ?? '' };
        return (await signers?.verify(token, occasion)) ?? { isValid: false, reason: 'Invalid token' };
      },
      renewed: ({ jid }, identity) => {
        this.#sessions.get(jid)?.renew(identity);
        this.#muc.identified(jid, identity);
      },
      breakouts,
      named: ({ jid }, machineUid) => {
        const session = this.#sessions.get(jid);
        if (session !== undefined) session.machineUid = machineUid;
      },
      nowSeconds: () => Date.now() / 1000,
      logger: this.#logger,
    }));
    this.#limits = new AddressLimits(xmpp);
    const self = this.#describeServer();
    const greeting = earlyDisco({ domain: hosts.domain, info: discoInfo(self) }, this.#externalServices);
    this.#router = new Router({
      hosts,
      metrics,
      focusAnswerMs: xmpp.focusAnswerSeconds * 1000,
      rooms: this.#muc,
      lobbies: this.#muc.lobbies,
      brewery: this.#brewery,
      components: [lobbyComponent(hosts.lobby), ...modules.map((module) => roomComponent(module, this.#muc))],
      sessionOf: (jid) => this.#sessions.get(jid),
      judgeFocusRequest: (sender, iq) => gate.judge(sender, iq),
      toFocus: (stanza) => {
        const marked = withConnectionFacts(stanza, (jid, room) => this.#connectionFacts(jid, room));
        context.bus.publish(stanzaForFocus, { stanza: marked });
      },
      server: this.#serverTable(self),
      account: new IqTable([
        ...discoHandlers({ identities: [{ category: 'account', type: 'anonymous' }], features: [NS_PING] }),
        pingHandler,
        legacySessionHandler,
      ]),
      roomService: new IqTable([
        ...discoHandlers({ identities: [{ category: 'conference', type: 'text' }], features: [NS_MUC, NS_PING] }),
        pingHandler,
      ]),
    });
    this.#endpoint = new WebSocketEndpoint(
      {
        options: xmpp,
        bounds: {
          maxLength: xmpp.maxStanzaLength,
          maxDepth: xmpp.maxStanzaDepth,
          maxElements: xmpp.maxStanzaElements,
          maxAttributes: xmpp.maxStanzaAttributes,
        },
        rules: {
          domain: hosts.domain,
          hosts: [hosts.domain, hosts.guest, hosts.auth, hosts.recorder],
        },
        mechanisms,
        sessions: this.#sessions,
        mayResume: (session, identity) =>
          mayTakeOver(session.loginIdentity, identity) && this.#muc.mayStay(session.jid, identity),
        bound: (session) => void this.#router.deliver(session.jid, greeting(session)),
        resumed: ({ jid, identity }) => this.#muc.identified(jid, identity),
        metrics,
        logger: this.#logger,
      },
      this.#limits,
      xmpp,
    );
    if (admin !== undefined) {
      addRoomRoutes(admin, { rooms: this.#muc, breakouts, bus: context.bus, hosts });
      addMatrixRoutes(admin, this.#matrix);
    }
  }

  async start(): Promise<void> {
    const { bus, http } = this.#context;
    await this.#tokens.start();
    this.#oidc?.start(http);
    await this.#matrix?.start(http);
    this.#subscriptions = [
      this.#subscribeToFocus(bus),
      bus.serve(judgeConferenceRequest, (asked) => this.#judgeHttpRequest(asked)),
    ];
    this.#relays.start();
    this.#endpoint.start();
    http.onUpgrade(PATH_SEGMENT, (upgrade) => this.#endpoint.handle(upgrade), { isBelowTenants: true });
    // Clients fetch the WebSocket's URL now and then to keep their way to us open (wire note §1.1).
    for (const path of [`/${PATH_SEGMENT}`, `/:tenant/${PATH_SEGMENT}`]) {
      http.app.get(path, (_request, reply) =>
        reply
          .type('text/plain')
          .headers({ 'cache-control': 'no-store', 'access-control-allow-origin': '*' })
          .send('XMPP over WebSocket (RFC 7395).\n'),
      );
    }
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    this.#sessions.failAll(streamError('system-shutdown'));
    this.#endpoint.stop();
    for (const subscription of this.#subscriptions) subscription.close();
    this.#relays.stop();
    this.#matrix?.stop();
    this.#muc.close();
    const deadline = performance.now() + STOP_GRACE_MS;
    while (this.#endpoint.size > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#endpoint.terminateAll();
    this.#database.close();
  }

  /** A request counts as a connection that closes when it is answered. */
  async #judgeHttpRequest({ request, address }: AskedOverHttp): Promise<Judgement> {
    const leave = this.#limits.admit(address, performance.now());
    if (leave === undefined) return { kind: 'refused', reason: 'too-many', text: 'You ask too often.' };
    try {
      return await this.#gate.judgeHttp(request, addressGroup(address));
    } finally {
      leave();
    }
  }

  #connectionFacts(jid: string, roomJid: string): ConnectionFacts | undefined {
    const session = this.#sessions.get(jid);
    if (session === undefined) return undefined;
    const meeting = this.#muc.roomOf(roomJid)?.main?.jid ?? roomJid;
    const isElectable = moderationOf(session.identity, meeting, this.#access) !== 'never';
    const mayDialOut = tokenFeature(session.identity, 'outbound-call');
    return { origin: session.webSocketOrigin, isElectable, mayDialOut };
  }

  /** Out of the conference, and not in again without being judged. */
  #removeFromMatrix({ room, jid }: MatrixOccupant): void {
    const who = room.byJid(jid);
    const reason = 'You are no longer in the Matrix room.';
    if (who !== undefined) this.#muc.act(room, () => removeByServer(room, who, { reason, isBanned: false }));
    this.#sessions.get(jid)?.fail(streamError('not-authorized', 'not-in-room'));
  }

  /** As a newer token would. */
  #changeMatrixRole({ room, jid }: MatrixOccupant, isModerator: boolean): void {
    const identity = room.byJid(jid)?.identity;
    // It has left since.
    if (identity?.kind !== 'token') return;
    const changed = { ...identity, token: { ...identity.token, isModerator } };
    this.#sessions.get(jid)?.renew(changed);
    this.#muc.identified(jid, changed);
  }

  #describeServer(): DiscoEntity {
    return {
      identities: [
        { category: 'server', type: 'im', name: 'Parley' },
        { category: 'component', type: 'lobbyrooms', name: this.#hosts.lobby },
        ...this.#modules.map(({ identityType: type, host: name }) => ({ category: 'component', type, name })),
      ],
      features: [NS_PING, NS_EXTDISCO_2, NS_EXTDISCO_1],
      items: [this.#hosts.muc],
    };
  }

  #serverTable(self: DiscoEntity): IqTable {
    return new IqTable([
      ...discoHandlers(self),
      pingHandler,
      legacySessionHandler,
      ...externalServiceHandlers(this.#externalServices),
    ]);
  }

  #subscribeToFocus(bus: Bus): Subscription {
    const addresses = new Set([this.#hosts.focus, focusJid(this.#hosts)]);
    return bus.subscribe(stanzaFromFocus, ({ stanza }) => {
      const { from } = stanza.attrs;
      if (from === undefined || !addresses.has(from)) {
        this.#logger.error('a component sent under an address that is not its own');
        return;
      }
      const sender: Sender = { jid: from, identity: undefined, room: undefined, tenant: undefined, id: 'focus' };
      this.#router.route(sender, stanza);
    });
  }

  #sessionEnded(session: ClientSession, undelivered: readonly OutgoingStanza[]): void {
    // XEP-0198 §5: who asked something and will get no answer is told, as long as the room still knows the way.
    for (const { element } of undelivered) {
      const { type } = element.attrs;
      if (element.name !== 'iq' || (type !== 'get' && type !== 'set')) continue;
      const answer = errorReply(element, stanzaError('cancel', 'recipient-unavailable'));
      this.#router.route(session, { ...answer, attrs: { ...answer.attrs, from: session.jid } });
    }
    this.#router.sessionEnded(session.jid);
    this.#muc.sessionEnded(session.jid);
    this.#brewery.sessionEnded(session.jid);
    this.#logger.info({ session: session.id }, 'session ended');
  }
}

/** Somebody in a conference whom a homeserver vouches for. */
interface MatrixOccupant {
  readonly userId: string;
  readonly roomId: string;
  readonly isModerator: boolean | undefined;
  readonly room: Room;
  /** Full. */
  readonly jid: string;
}

function* matrixOccupants(rooms: Iterable<Room>): Generator<MatrixOccupant> {
  for (const room of rooms) {
    for (const { jid, identity } of room.occupants) {
      if (identity?.kind === 'token' && identity.token.matrix !== undefined)
        yield { ...identity.token.matrix, isModerator: identity.token.isModerator, room, jid };
    }
  }
}
