import type { EndpointCreated, PlainEndpointCreated } from '#protocol/bridge/bridge-bus.ts';
import type { ReceivedSource } from '#protocol/media/source.ts';

/**
 * One occupant's media session as a pure state machine: `(state, input, now) → { state, outputs }`. The shell
 * (participant-session.ts) carries outputs to the client and the bridge and feeds back what comes of them.
 *
 * ```
 * idle ─invite→ allocating ─created→ inviting ─accepted→ connecting ─connected→ active
 *   ↑               │                   │                    │                     │
 *   └──── stop ─────┴───── lost: tell the client, free the endpoint, allocate anew (at once, later with back-off,
 *                          never before the client has answered what it was sent last)
 * ```
 *
 * What the receiver should have (`wanted`) and what it was told (`told`) are two maps; while the session is active their
 * difference is signalled, one IQ at a time. So a source that comes and goes quickly costs nothing, and nothing is
 * signalled twice (wire note, rule 9).
 */
export interface ParticipantState {
  readonly phase: Phase;
  /** Sources that the bridge has consumers for, by name. */
  readonly wanted: Sources;
  /** Numbers the allocations, so that the answer to an earlier one is recognised. */
  readonly attempt: number;
  /** Sessions that failed one after the other. */
  readonly failures: number;
  /** When a `wake` input is due, ms. */
  readonly wakeAt?: number;
  /** An offer or change has no answer yet. Another offer would only wait behind it, for a client that may be away. */
  readonly isUnanswered: boolean;
}

export type Sources = ReadonlyMap<string, ReceivedSource>;

/** A session that the client knows of. */
export interface ClientSession {
  /** Jingle's session id. */
  readonly sid: string;
  /** What the client echoes when it asks for a restart. */
  readonly bridgeSessionId: string;
  /** The bridge's own id of it. */
  readonly bridgeSession: string;
  readonly told: Sources;
}

export type Phase =
  | { readonly name: 'idle' }
  | { readonly name: 'waiting' }
  /** A session is wanted once the client has answered what it was sent last, or a probe. */
  | { readonly name: 'absent' }
  | { readonly name: 'allocating' }
  | { readonly name: 'inviting'; readonly session: ClientSession }
  | { readonly name: 'connecting'; readonly session: ClientSession }
  | {
      readonly name: 'active';
      readonly session: ClientSession;
      readonly since: number;
      /** The change that the client has not acknowledged yet. */
      readonly unacknowledged?: SourceChangeOutput;
    }
  /** The client ended the session and wants no other. */
  | { readonly name: 'declined' };

/** Why a session is given up although it is still wanted. */
export type LossReason =
  'bridge-refused' | 'bridge-lost' | 'no-answer' | 'refused-by-client' | 'not-accepted' | 'restart-requested';

export type ParticipantInput =
  /** A session is wanted. */
  | { readonly kind: 'invite' }
  | {
      readonly kind: 'created';
      readonly attempt: number;
      readonly created: EndpointCreated | PlainEndpointCreated;
      /** Of the bridge's sources those that still exist. */
      readonly sources: readonly ReceivedSource[];
      readonly sid: string;
      readonly bridgeSessionId: string;
    }
  | { readonly kind: 'not-created'; readonly attempt: number; readonly isBridgeMissing: boolean }
  /** The client's session-accept passed all checks. */
  | { readonly kind: 'accepted' }
  /** The bridge has the client's side, and the client was told so. */
  | { readonly kind: 'connected'; readonly sid: string }
  /** The bridge made consumers for this receiver. */
  | { readonly kind: 'offered'; readonly sources: readonly ReceivedSource[] }
  /** Sources ended. */
  | { readonly kind: 'withdrawn'; readonly names: readonly string[] }
  /** The client answered the offer or change sent last, or a probe. */
  | { readonly kind: 'heard' }
  /** The client acknowledged the source change under way. */
  | { readonly kind: 'acknowledged'; readonly sid: string }
  /** Something failed, in the session that it names; absent means the present one. */
  | { readonly kind: 'lost'; readonly sid?: string; readonly reason: LossReason }
  /** The client said that its session is over. */
  | { readonly kind: 'terminated'; readonly isRestart: boolean }
  | { readonly kind: 'wake' }
  /** No session is wanted any more. */
  | { readonly kind: 'stop'; readonly reason: TerminateReason };

/** XEP-0166 §7.4, those that the reference focus uses (wire note §5.10). */
export type TerminateReason = 'success' | 'gone' | 'expired' | 'general-error';

export interface SourceChangeOutput {
  readonly kind: 'source-change';
  readonly action: 'source-add' | 'source-remove';
  readonly sid: string;
  readonly sources: readonly ReceivedSource[];
}

export type ParticipantOutput =
  | { readonly kind: 'create-endpoint'; readonly attempt: number }
  | { readonly kind: 'remove-endpoint'; readonly bridgeSession: string }
  | {
      readonly kind: 'offer';
      readonly session: ClientSession;
      readonly created: EndpointCreated | PlainEndpointCreated;
      readonly sources: readonly ReceivedSource[];
    }
  | SourceChangeOutput
  | { readonly kind: 'accept-sources'; readonly bridgeSession: string; readonly names: readonly string[] }
  | { readonly kind: 'terminate'; readonly sid: string; readonly reason: TerminateReason; readonly text: string }
  /** Find out whether the client is there; the answer is heard. */
  | { readonly kind: 'probe' }
  /** The participant's own sources end with its session. */
  | { readonly kind: 'release-sources' };

export interface Step {
  readonly state: ParticipantState;
  readonly outputs: readonly ParticipantOutput[];
}

/** How long a client may take from acknowledging an offer to accepting it; a person may be asked for permission meanwhile. */
export const ACCEPT_TIMEOUT_MS = 60_000;
/** A session that lived this long was a good one: the next failure starts counting anew. */
export const STABLE_SESSION_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

const NO_SOURCES: Sources = new Map();

export const NEW_PARTICIPANT: ParticipantState = {
  phase: { name: 'idle' },
  wanted: NO_SOURCES,
  attempt: 0,
  failures: 0,
  isUnanswered: false,
};

/** The session that the client may speak about now. */
export function clientSession({ phase }: ParticipantState): ClientSession | undefined {
  return 'session' in phase ? phase.session : undefined;
}

export function step(state: ParticipantState, input: ParticipantInput, now: number): Step {
  switch (input.kind) {
    case 'invite':
      return state.phase.name === 'idle' ? allocate(state) : unchanged(state);
    case 'created':
      return created(state, input);
    case 'not-created':
      if (state.phase.name !== 'allocating' || input.attempt !== state.attempt) return unchanged(state);
      // Without any bridge the conference waits for one and invites again.
      return input.isBridgeMissing ? idle(state) : retry(state, now);
    case 'accepted':
      if (state.phase.name !== 'inviting') return unchanged(state);
      return { state: phase(state, { name: 'connecting', session: state.phase.session }), outputs: [] };
    case 'connected':
      if (state.phase.name !== 'connecting' || state.phase.session.sid !== input.sid) return unchanged(state);
      return signal(phase(state, { name: 'active', session: state.phase.session, since: now }));
    case 'offered':
      return offered(state, input.sources);
    case 'withdrawn':
      return signal({ ...state, wanted: without(state.wanted, input.names) });
    case 'heard':
      return heard(state, now);
    case 'acknowledged':
      return acknowledged(state, input.sid);
    case 'lost':
      return lost(state, input, now);
    case 'terminated':
      return terminated(state, input.isRestart, now);
    case 'wake':
      return wake(state, now);
    case 'stop':
      return stop(state, input.reason);
  }
}

function unchanged(state: ParticipantState): Step {
  return { state, outputs: [] };
}

/** The state in another phase; a pending wake-up belonged to the phase before. */
function phase(state: ParticipantState, next: Phase, wakeAt?: number): ParticipantState {
  const { wanted, attempt, failures, isUnanswered } = state;
  return { phase: next, wanted, attempt, failures, isUnanswered, ...(wakeAt === undefined ? {} : { wakeAt }) };
}

function idle(state: ParticipantState): Step {
  return { state: phase({ ...state, wanted: NO_SOURCES }, { name: 'idle' }), outputs: [] };
}

function allocate(state: ParticipantState): Step {
  if (state.isUnanswered) {
    return { state: phase({ ...state, wanted: NO_SOURCES }, { name: 'absent' }), outputs: [{ kind: 'probe' }] };
  }
  const attempt = state.attempt + 1;
  return {
    state: phase({ ...state, wanted: NO_SOURCES, attempt }, { name: 'allocating' }),
    outputs: [{ kind: 'create-endpoint', attempt }],
  };
}

function created(state: ParticipantState, input: Extract<ParticipantInput, { kind: 'created' }>): Step {
  const bridgeSession = input.created.session;
  if (state.phase.name !== 'allocating' || input.attempt !== state.attempt) {
    // Nobody waits for it any more; another allocation may have its own session by now.
    return { state, outputs: [{ kind: 'remove-endpoint', bridgeSession }] };
  }
  // What was offered while the answer was on its way came after it; what both name, the answer knows for this session.
  const wanted = new Map([...state.wanted, ...input.sources.map((source) => [source.name, source] as const)]);
  const sources = [...input.sources];
  const session: ClientSession = {
    sid: input.sid,
    bridgeSessionId: input.bridgeSessionId,
    bridgeSession,
    told: byName(sources),
  };
  return {
    state: { ...phase({ ...state, wanted }, { name: 'inviting', session }), isUnanswered: true },
    outputs: [{ kind: 'offer', session, created: input.created, sources }],
  };
}

function offered(state: ParticipantState, sources: readonly ReceivedSource[]): Step {
  if (state.phase.name !== 'allocating' && clientSession(state) === undefined) return unchanged(state);
  const fresh = sources.filter(({ name }) => !state.wanted.has(name));
  return signal({ ...state, wanted: new Map([...state.wanted, ...byName(fresh)]) });
}

function heard(state: ParticipantState, now: number): Step {
  const answered = { ...state, isUnanswered: false };
  if (state.phase.name === 'absent') return allocate(answered);
  if (state.phase.name === 'inviting') return unchanged(phase(answered, state.phase, now + ACCEPT_TIMEOUT_MS));
  return unchanged(answered);
}

function acknowledged(state: ParticipantState, sid: string): Step {
  if (state.phase.name !== 'active' || state.phase.session.sid !== sid) return unchanged(state);
  const { session, since, unacknowledged } = state.phase;
  if (unacknowledged === undefined) return unchanged(state);
  const next = signal({ ...state, phase: { name: 'active', session, since } });
  if (unacknowledged.action === 'source-remove') return next;
  const names = unacknowledged.sources.map(({ name }) => name);
  return {
    state: next.state,
    outputs: [{ kind: 'accept-sources', bridgeSession: session.bridgeSession, names }, ...next.outputs],
  };
}

/** Signals the difference between what the client was told and what it should have, removals first. */
function signal(state: ParticipantState): Step {
  if (state.phase.name !== 'active' || state.phase.unacknowledged !== undefined) return unchanged(state);
  const { session, since } = state.phase;
  const removed = [...session.told.values()].filter(({ name, ssrc }) => state.wanted.get(name)?.ssrc !== ssrc);
  const added = [...state.wanted.values()].filter(({ name }) => !session.told.has(name));
  const sources = removed.length > 0 ? removed : added;
  if (sources.length === 0) return unchanged(state);
  const action = removed.length > 0 ? 'source-remove' : 'source-add';
  const change: SourceChangeOutput = { kind: 'source-change', action, sid: session.sid, sources };
  const names = sources.map(({ name }) => name);
  const told = action === 'source-add' ? new Map([...session.told, ...byName(sources)]) : without(session.told, names);
  return {
    state: {
      ...state,
      phase: { name: 'active', session: { ...session, told }, since, unacknowledged: change },
      isUnanswered: true,
    },
    outputs: [change],
  };
}

function lost(
  state: ParticipantState,
  { sid, reason }: Extract<ParticipantInput, { kind: 'lost' }>,
  now: number,
): Step {
  const session = clientSession(state);
  if (session === undefined) {
    // The bridge went away under an allocation: its answer will never be of use.
    return state.phase.name === 'allocating' && sid === undefined ? retry(state, now) : unchanged(state);
  }
  if (sid !== undefined && session.sid !== sid) return unchanged(state);
  const again = retry(state, now);
  return {
    state: again.state,
    outputs: [
      { kind: 'terminate', sid: session.sid, reason: 'success', text: reason },
      ...ended(session),
      ...again.outputs,
    ],
  };
}

function terminated(state: ParticipantState, isRestart: boolean, now: number): Step {
  const session = clientSession(state);
  if (session === undefined) return unchanged(state);
  const next = isRestart ? retry(state, now) : { state: phase(state, { name: 'declined' }), outputs: [] };
  return { state: next.state, outputs: [...ended(session), ...next.outputs] };
}

function stop(state: ParticipantState, reason: TerminateReason): Step {
  const session = clientSession(state);
  const next = idle(state).state;
  if (session === undefined) return { state: state.phase.name === 'declined' ? state : next, outputs: [] };
  return {
    state: next,
    outputs: [{ kind: 'terminate', sid: session.sid, reason, text: reason }, ...ended(session)],
  };
}

/** Own sources first: the bridge frees them with the endpoint, and others should not be told twice. */
function ended({ bridgeSession }: ClientSession): ParticipantOutput[] {
  return [{ kind: 'release-sources' }, { kind: 'remove-endpoint', bridgeSession }];
}

function wake(state: ParticipantState, now: number): Step {
  if (state.wakeAt === undefined || now < state.wakeAt) return unchanged(state);
  if (state.phase.name === 'waiting') return allocate(state);
  return lost(state, { kind: 'lost', reason: 'not-accepted' }, now);
}

/** A new session: at once after the first failure, then after 1, 2, 4 … 60 s. */
function retry(state: ParticipantState, now: number): Step {
  const wasStable = state.phase.name === 'active' && now - state.phase.since >= STABLE_SESSION_MS;
  const failures = wasStable ? 1 : state.failures + 1;
  const counted: ParticipantState = { ...state, failures };
  if (failures === 1) return allocate(counted);
  const delayMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 2));
  return {
    state: phase({ ...counted, wanted: NO_SOURCES }, { name: 'waiting' }, now + delayMs),
    outputs: [],
  };
}

function byName(sources: readonly ReceivedSource[]): Sources {
  return new Map(sources.map((source) => [source.name, source]));
}

function without(sources: Sources, names: readonly string[]): Sources {
  const rest = new Map(sources);
  for (const name of names) rest.delete(name);
  return rest;
}
