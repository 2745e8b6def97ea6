import type { Logger } from '#runtime/logger.ts';
import { headerValue } from '../message/headers.ts';
import type { NameAddress, SipRequest, SipResponse } from '../message/message.ts';
import { withTag } from '../message/name-address.ts';
import { type SipUri, sameUri } from '../message/uri.ts';
import { Wake } from '../transaction/wake.ts';
import type { Target } from '../transport/source.ts';
import type { CallWays, Credentials, MetChallenge, Outcome } from './call-ways.ts';
import { ALLOW, USER_AGENT } from './capabilities.ts';
import {
  type RegistrationInput,
  type RegistrationState,
  type RegistrationStep,
  registrationWakeAt,
  startRegistration,
  stepRegistration,
} from './registration-state.ts';

export interface RegistrationSetting {
  readonly ways: CallWays;
  /** `sip:domain` of the registrar. */
  readonly registrar: SipUri;
  /** Whose calls we want. */
  readonly account: SipUri;
  /** Where the REGISTER goes; asked each time, since names change their addresses. */
  readonly targets: () => Promise<readonly Target[]>;
  readonly credentials: Credentials;
  readonly expiresSeconds: number;
  readonly logger: Logger;
}

/** Keeps one account registered, so that its calls come to us: the shell around the state machine. */
export class Registration {
  readonly #setting: RegistrationSetting;
  readonly #wake: Wake;
  readonly #callId: string;
  readonly #from: NameAddress;
  readonly #met: MetChallenge = { state: undefined };
  #state: RegistrationState | undefined;
  #number = 0;
  /** What was sent last, until it is answered: the registrar is to hear one thing after the other. */
  #sending: Promise<unknown> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(setting: RegistrationSetting) {
    this.#setting = setting;
    const { randomToken, now } = setting.ways;
    this.#callId = randomToken();
    this.#from = withTag({ uri: setting.account, parameters: new Map() }, randomToken());
    this.#wake = new Wake(now, () => this.#input({ kind: 'time' }));
  }

  get isRegistered(): boolean {
    return this.#state?.phase === 'registered';
  }

  /** Why it is not, for people; undefined while nothing has failed. */
  get problem(): string | undefined {
    return this.#state?.phase === 'waiting' ? this.#state.reason : undefined;
  }

  /** Makes the binding, also once more after `stop`. */
  start(): void {
    this.#stopping = undefined;
    this.#take(startRegistration(this.#setting.expiresSeconds));
  }

  /** Takes the binding back, as far as the registrar still answers. Callers share one stop. */
  stop(): Promise<void> {
    this.#stopping ??= this.#takeBack();
    return this.#stopping;
  }

  async #takeBack(): Promise<void> {
    this.#wake.at(undefined);
    // What is on its way may be granted yet.
    const mayBeBound = this.#state?.phase === 'registered' || this.#state?.phase === 'trying';
    this.#state = undefined;
    if (mayBeBound) await this.#send(0);
  }

  #input(input: RegistrationInput): void {
    if (this.#stopping !== undefined || this.#state === undefined) return;
    this.#take(stepRegistration(this.#state, input, this.#setting.ways.now(), Math.random()));
  }

  #take({ state, isToRegister }: RegistrationStep): void {
    const before = this.#state;
    this.#state = state;
    this.#wake.at(registrationWakeAt(state));
    const { logger } = this.#setting;
    if (state.phase === 'registered' && before?.phase === 'trying' && before.failures > 0) {
      logger.info('registered again');
    } else if (state.phase === 'waiting') {
      logger.warn({ reason: state.reason, failures: state.failures }, 'registration failed; it is tried again');
    }
    if (isToRegister) void this.#register(state.expiresSeconds);
  }

  async #register(expiresSeconds: number): Promise<void> {
    this.#input(this.#meaningOf(await this.#send(expiresSeconds), expiresSeconds));
  }

  #meaningOf(outcome: Outcome, askedSeconds: number): RegistrationInput {
    if (outcome.kind === 'failed') {
      const isSilent = outcome.reason === 'timeout';
      return { kind: 'failed', reason: `the registrar ${isSilent ? 'does not answer' : 'cannot be reached'}` };
    }
    const { response, request } = outcome;
    if (response.status >= 200 && response.status < 300) {
      return { kind: 'accepted', expiresSeconds: grantedSeconds(response, request) ?? askedSeconds };
    }
    const minExpires = secondsOf(headerValue(response, 'min-expires'));
    if (response.status === 423 && minExpires !== undefined)
      return { kind: 'too-brief', minExpiresSeconds: minExpires };
    const isDenied = [401, 403, 407].includes(response.status);
    return {
      kind: 'failed',
      reason: isDenied
        ? `the registrar refuses the user name or password (${response.status})`
        : `the registrar answers ${response.status}`,
    };
  }

  #send(expiresSeconds: number): Promise<Outcome> {
    const outcome = this.#sending.then(() => this.#exchange(expiresSeconds));
    this.#sending = outcome;
    return outcome;
  }

  async #exchange(expiresSeconds: number): Promise<Outcome> {
    const { ways, registrar, account, credentials } = this.#setting;
    try {
      const targets = await this.#setting.targets();
      const [target] = targets;
      if (target === undefined) return { kind: 'failed', reason: 'unreachable' };
      const user = account.user ?? 'parley';
      const contact = await ways.contactTowards(target, user);
      const build = (extra: SipRequest['others']): SipRequest => ({
        kind: 'request',
        method: 'REGISTER',
        uri: registrar,
        via: [],
        from: this.#from,
        to: { uri: account, parameters: new Map() },
        callId: this.#callId,
        cSeq: { number: ++this.#number, method: 'REGISTER' },
        maxForwards: 70,
        contacts: [contact],
        routes: [],
        recordRoutes: [],
        others: [{ name: 'expires', value: String(expiresSeconds) }, ALLOW, USER_AGENT, ...extra],
        body: new Uint8Array(),
      });
      return await ways.exchange(build, targets, { credentials, met: this.#met });
    } catch {
      // The name has no address now, or the network is away: the same to us as no answer.
      return { kind: 'failed', reason: 'unreachable' };
    }
  }
}

/** How long our own binding holds, among all that the registrar lists (RFC 3261 §10.2.4). */
function grantedSeconds(response: SipResponse, request: SipRequest): number | undefined {
  const own = request.contacts[0]?.uri;
  const listed = response.contacts.find(({ uri }) => own !== undefined && sameUri(uri, own));
  return secondsOf(listed?.parameters.get('expires')) ?? secondsOf(headerValue(response, 'expires'));
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/u.test(text.trim()) ? Number(text) : undefined;
}
