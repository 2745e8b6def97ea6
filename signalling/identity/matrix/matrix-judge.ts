import type { Logger } from '#runtime/logger.ts';
import { FailureLimit } from '#runtime/failure-limit.ts';
import type { RoomToken } from '../jwt/room-token.ts';
import type { TokenJudge, TokenOccasion } from '../jwt/token-judge.ts';
import type { TokenOutcome } from '../jwt/token-verifier.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import type { MatrixConfig } from './config.ts';
import type { Membership } from './membership.ts';
import type { OpenIdVerifier } from './open-id.ts';
import type { OpenIdClaim } from './openid-claim.ts';
import { readMatrixToken, type MatrixClaim } from './openid-jwt.ts';
import { isModerator } from './power-levels.ts';
import type { MatrixRefusal } from './refusal.ts';
import { nodeOfRoom } from './room-binding.ts';
import { logName } from './room-log-name.ts';
import { parseServerName, type ServerName } from './server-name.ts';
import type { MatrixSession, SessionTokens } from './session-tokens.ts';
import { UsedTokens } from './used-tokens.ts';
import { parseUserId, type UserId } from './user-id.ts';

/** For everything together; people wait for this while they join. */
const BUDGET_MS = 8_000;
/** Many join a meeting at the same time. */
const MEMBERSHIP_MAX_AGE_MS = 30_000;
const FAILURES = { burst: 10, perSecond: 10 / 60 };

export interface MatrixJudgeParts {
  readonly config: MatrixConfig;
  readonly openId: Pick<OpenIdVerifier, 'userOf'>;
  readonly membership: Pick<Membership, 'standing' | 'isKnown'>;
  readonly sessions: SessionTokens;
  /** Hosts under which clients know this server, in lower case. */
  hosts(): readonly string[];
  readonly logger: Logger;
  /** Milliseconds since the epoch. */
  now(): number;
}

type Outcome =
  | { readonly token: RoomToken; readonly sessionToken?: string }
  | { readonly refusal: MatrixRefusal; readonly cause?: unknown };

/**
 * Judges the tokens that Matrix clients make (matrix note §2.3), and our own that stand for them afterwards. What a client
 * says in one is believed in nothing but the person's name and picture: who it is, its homeserver says; whether it is in
 * the room and in charge there, a homeserver of the configuration.
 */
export class MatrixJudge implements TokenJudge {
  readonly #parts: MatrixJudgeParts;
  readonly #used: UsedTokens;
  readonly #failures: FailureLimit;

  constructor(parts: MatrixJudgeParts) {
    this.#parts = parts;
    this.#used = new UsedTokens(() => parts.now());
    this.#failures = new FailureLimit(FAILURES, () => parts.now());
  }

  async verify(token: string, occasion: TokenOccasion): Promise<TokenOutcome> {
    const session = this.#parts.sessions.read(token);
    const claim = session === 'other' ? readMatrixToken(token) : session;
    if (claim === 'other') return { isValid: false, reason: 'Invalid signature' };
    return this.#settle(claim, occasion, () => this.#judge(claim, occasion));
  }

  /** The same for what our own page in a Matrix client has got from it (matrix note §3.2). @param room node of the conference. */
  verifyOpenId(claim: OpenIdClaim, { room, addressGroup }: TokenOccasion): Promise<TokenOutcome> {
    const isRoomRight = room?.toLowerCase() === nodeOfRoom(claim.roomId);
    const judge = (): Promise<Outcome> =>
      isRoomRight ? this.#judgeClaim(claim) : Promise.resolve({ refusal: 'room-mismatch' });
    return this.#settle(claim, { room, addressGroup }, judge);
  }

  async #settle(
    claim: OpenIdClaim | MatrixSession | 'malformed' | 'expired',
    occasion: TokenOccasion,
    judge: () => Promise<Outcome>,
  ): Promise<TokenOutcome> {
    if (!this.#failures.mayTry(occasion.addressGroup)) return refusalOf('rate-limited');
    const outcome = await this.#withinBudget(judge());
    const { server, room } = namesFor(claim);
    const code = 'refusal' in outcome ? outcome.refusal : 'accepted';
    const problem = 'cause' in outcome && outcome.cause instanceof OutboundError ? outcome.cause.code : undefined;
    this.#parts.logger.info({ code, server, room, problem }, 'login by Matrix');
    if ('token' in outcome) {
      const { token: roomToken, sessionToken } = outcome;
      return { isValid: true, token: roomToken, ...(sessionToken !== undefined && { sessionToken }) };
    }
    this.#failures.failed(occasion.addressGroup);
    return refusalOf(outcome.refusal);
  }

  async #judge(
    claim: MatrixClaim | MatrixSession | 'malformed' | 'expired',
    { room }: TokenOccasion,
  ): Promise<Outcome> {
    if (claim === 'malformed') return { refusal: 'bad-token' };
    if (claim === 'expired') return { refusal: 'token-rejected' };
    // A client that names no room yet is bound to its token's when it enters one.
    const isRoomRight = room === undefined || room.toLowerCase() === nodeOfRoom(claim.roomId);
    if ('userId' in claim) return isRoomRight ? this.#judgeSession(claim) : { refusal: 'room-mismatch' };
    const hosts = this.#parts.hosts();
    // Tokens for other Jitsi servers; who makes one up can name us as well.
    if (claim.hosts.length === 0 || !claim.hosts.every((host) => hosts.includes(host))) return { refusal: 'bad-token' };
    if (!isRoomRight) return { refusal: 'room-mismatch' };
    return this.#judgeClaim(claim);
  }

  async #judgeClaim(claim: OpenIdClaim): Promise<Outcome> {
    const server = parseServerName(claim.serverName ?? this.#onlyServer ?? '');
    if (server === undefined || !this.#isAllowed(server)) return { refusal: 'server-not-allowed' };
    const { openIdToken, roomId, name, avatar } = claim;
    if (!this.#used.mayBeFor(openIdToken, roomId)) return { refusal: 'token-rejected' };
    const owner = await this.#parts.openId.userOf(server, openIdToken);
    if (owner.kind === 'refused') return { refusal: owner.code, cause: owner.cause };
    if (!this.#used.claim(openIdToken, roomId, owner.user.text)) return { refusal: 'token-rejected' };
    const role = await this.#roleOf(roomId, owner.user);
    if ('refusal' in role) return role;
    const { token, session } = this.#parts.sessions.issue({ userId: owner.user.text, roomId, name, avatar });
    return { token: roomTokenOf(session, owner.user, role.isModerator), sessionToken: token };
  }

  async #judgeSession(session: MatrixSession): Promise<Outcome> {
    const user = parseUserId(session.userId);
    const server = user === undefined ? undefined : parseServerName(user.server);
    if (user === undefined || server === undefined || !this.#isAllowed(server))
      return { refusal: 'server-not-allowed' };
    const role = await this.#roleOf(session.roomId, user);
    return 'refusal' in role ? role : { token: roomTokenOf(session, user, role.isModerator) };
  }

  /** Whether somebody is in the room, where that matters, and in charge there, where that can be known. */
  async #roleOf(
    roomId: string,
    user: UserId,
  ): Promise<
    { readonly isModerator: boolean | undefined } | { readonly refusal: MatrixRefusal; readonly cause?: unknown }
  > {
    const { config, membership } = this.#parts;
    const isRequired = config.membership === 'required';
    if (!membership.isKnown) return isRequired ? { refusal: 'not-in-room' } : { isModerator: undefined };
    try {
      const standing = await membership.standing(roomId, user, MEMBERSHIP_MAX_AGE_MS);
      if (standing.kind === 'member') {
        return { isModerator: isModerator(user.text, standing.power, config.moderatorLevel) };
      }
      return isRequired ? { refusal: 'not-in-room' } : { isModerator: false };
    } catch (cause) {
      if (!(cause instanceof OutboundError)) throw cause;
      return isRequired ? { refusal: 'homeserver-unreachable', cause } : { isModerator: false };
    }
  }

  #isAllowed({ text }: ServerName): boolean {
    const { homeservers, allowServers, denyServers, membership } = this.#parts.config;
    if (denyServers.includes(text)) return false;
    if (homeservers.some(({ serverName }) => serverName === text)) return true;
    return membership !== 'same-server' && (allowServers.includes('*') || allowServers.includes(text));
  }

  /** Classic mobile clients do not name their server. */
  get #onlyServer(): string | undefined {
    const [only, ...others] = this.#parts.config.homeservers;
    return others.length === 0 ? only?.serverName : undefined;
  }

  async #withinBudget(work: Promise<Outcome>): Promise<Outcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Outcome>((resolve) => {
      timer = setTimeout(() => resolve({ refusal: 'homeserver-unreachable' }), BUDGET_MS);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** It goes the way of all tokens from here on: for one room, until the session ends. */
function roomTokenOf(
  { userId, roomId, name, avatar, expiresAtSeconds }: MatrixSession,
  user: UserId,
  moderates: boolean | undefined,
): RoomToken {
  return {
    room: nodeOfRoom(roomId),
    tenant: '*',
    subject: JSON.stringify(['matrix', userId]),
    person: { id: userId, name: name ?? user.localpart, ...(avatar !== undefined && { avatar }) },
    group: undefined,
    isHiddenFromRecorder: false,
    isModerator: moderates,
    features: undefined,
    expiresAtSeconds,
    matrix: { userId, roomId },
  };
}

function refusalOf(code: MatrixRefusal): TokenOutcome {
  return { isValid: false, reason: code, isTemporary: code === 'homeserver-unreachable' };
}

function namesFor(claim: OpenIdClaim | MatrixSession | 'malformed' | 'expired'): { server?: string; room?: string } {
  if (typeof claim === 'string') return {};
  const server = 'userId' in claim ? parseUserId(claim.userId)?.server : claim.serverName;
  return { room: logName(claim.roomId), ...(server !== undefined && { server }) };
}
