import { effect, untracked } from '@preact/signals';
import type { WireEvent } from '#protocol/iframe-api/events.ts';
import { scopeOf } from '#protocol/iframe-api/frame.ts';
import { argumentsOf, type IframeMessage } from '#protocol/iframe-api/message.ts';
import { isBrowserSupported } from '../../client/browser-support.ts';
import { listenToLog, log } from '../../client/log.ts';
import type { UrlParams } from '../link/url-params.ts';
import type { Session } from '../meeting/session.ts';
import type { ToolKey } from '../meeting/tool-choice.ts';
import { CommandArguments } from './arguments.ts';
import type { EmbeddedAttempt } from './attempt.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { MEETING_COMMANDS, type MeetingCommand, PAGE_COMMANDS, type PageCommand } from './commands.ts';
import { eventsOf } from './events.ts';
import type { Embedder } from './embedder.ts';
import { type Facts, factsOf } from './facts.ts';
import { logArguments } from './log-arguments.ts';
import { Notices } from './notices.ts';
import { ParentWindow } from './parent-window.ts';
import { Profile } from './profile.ts';
import { REQUESTS } from './requests.ts';

/** Messages that wait until the page can act on them; what comes on top is refused. */
const MAX_WAITING = 256;

type Request = Extract<IframeMessage, { type: 'request' }>;

/**
 * The iframe API, seen from within: what the page that embeds us wants (commands, requests) goes to the attempt to be in
 * the room that is under way, and it is told what happens there. Element brings its own other side; ours is
 * web/iframe-api.
 */
export class Embedding implements Embedder {
  readonly #parent: ParentWindow;
  readonly #profile = new Profile();
  readonly #notices = new Notices((name, fields) => this.#tell(name, fields));
  #attempt: EmbeddedAttempt | undefined;
  /** Until there is an attempt. */
  readonly #early = new BoundedQueue(MAX_WAITING);
  /** Until one has joined. */
  readonly #forMeeting = new BoundedQueue(MAX_WAITING);

  /** @returns undefined where no page embeds us, or none that speaks the protocol */
  static begin(params: UrlParams, own: Window): Embedding | undefined {
    const parent = own.parent === own ? (own.opener as Window | null) : own.parent;
    if (params.apiId === undefined || parent === null) return undefined;
    return new Embedding(params, params.apiId, own, parent);
  }

  private constructor({ email, apiLogLevels }: UrlParams, apiId: number, own: Window, parent: Window) {
    this.#profile.email.value = email;
    this.#parent = new ParentWindow(own, parent, scopeOf(apiId), (message) => this.#receive(message));
    this.#tell('browser-support', { supported: isBrowserSupported() });
    this.#tell('ready');
    if (apiLogLevels === undefined || apiLogLevels.length === 0) return;
    listenToLog((logLevel, message, details) => {
      if (apiLogLevels.includes(logLevel)) this.#tell('log', { logLevel, args: logArguments(message, details) });
    });
  }

  attach(attempt: EmbeddedAttempt): () => void {
    this.#attempt = attempt;
    let before: Facts = untracked(() => factsOf(attempt, this.#profile));
    if (attempt.hasPrejoin) {
      const displayName = attempt.givenName.peek() ?? '';
      this.#tell('prejoin-screen-loaded', { id: 'local', displayName, formattedDisplayName: displayName });
    }
    const stopFollowing = effect(() => {
      const after = factsOf(attempt, this.#profile);
      untracked(() => {
        for (const { name, fields } of eventsOf(before, after)) this.#tell(name, fields);
        this.#phaseIs(before.state?.phase.name, after.state?.phase.name);
        before = after;
      });
    });
    const stopTexts = this.#followTexts(attempt);
    this.#early.run();
    return () => {
      stopFollowing();
      stopTexts();
      if (this.#attempt === attempt) this.#attempt = undefined;
    };
  }

  toolPressed(key: ToolKey, preventExecution: boolean): void {
    this.#tell('toolbar-button-clicked', { key, preventExecution });
  }

  #tell(name: WireEvent, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#parent.send({ type: 'event', name, fields });
  }

  #followTexts(attempt: EmbeddedAttempt): () => void {
    let unsubscribe: (() => void) | undefined;
    const stop = effect(() => {
      const meeting = attempt.session.value?.meeting;
      unsubscribe?.();
      unsubscribe = meeting?.endpointTexts.onText(({ from, jid, text }) => {
        const eventData = { name: 'endpoint-text-message', text };
        this.#tell('endpoint-text-message-received', { data: { senderInfo: { jid, id: from }, eventData } });
      });
    });
    return () => {
      stop();
      unsubscribe?.();
    };
  }

  #phaseIs(before: string | undefined, now: string | undefined): void {
    if (before === now) return;
    if (now === 'joined') this.#forMeeting.run();
    // What was meant for that meeting is not for another one.
    if (now === 'ended') this.#forMeeting.clear();
  }

  #receive(message: IframeMessage): void {
    if (message.type === 'event') this.#command(message.name, new CommandArguments(argumentsOf(message.fields)));
    else if (message.type === 'request') this.#answer(message);
  }

  #command(name: string, args: CommandArguments): void {
    const onPage = ownOf<PageCommand>(PAGE_COMMANDS, name);
    const inMeeting = ownOf<MeetingCommand>(MEETING_COMMANDS, name);
    if (onPage !== undefined) {
      this.#withAttempt((attempt) => onPage(attempt, args, this.#profile));
    } else if (inMeeting !== undefined) {
      this.#withAttempt((attempt) => this.#inMeeting(attempt, (session) => inMeeting(session, args, this.#notices)));
    } else if (name === 'start-recording' || name === 'stop-recording') {
      const error = 'This server records nothing.';
      this.#tell('recording-status-changed', { on: false, mode: '', error, transcription: false });
    } else {
      log.error(`the embedding page gives a command that is unknown here: ${JSON.stringify(name)}`);
    }
  }

  /** Now, or as soon as there is one, in the order of coming. @returns false if too much waits already */
  #withAttempt(run: (attempt: EmbeddedAttempt) => void): boolean {
    if (this.#attempt !== undefined) {
      run(this.#attempt);
      return true;
    }
    return this.#early.add(() => {
      if (this.#attempt !== undefined) run(this.#attempt);
    });
  }

  #inMeeting(attempt: EmbeddedAttempt, run: (session: Session) => void): void {
    const session = attempt.session.peek();
    const phase = attempt.state.peek()?.phase.name;
    if (session !== undefined && phase === 'joined') run(session);
    else if (phase !== 'ended') this.#forMeeting.add(() => this.#inMeeting(attempt, run));
  }

  /** Each request gets exactly one answer: whoever asks waits without end. */
  #answer({ id, name, fields }: Request): void {
    const refuse = (error: string) => this.#parent.send({ type: 'response', id, answer: { error } });
    const handler = ownOf(REQUESTS, name);
    if (handler === undefined) {
      refuse(`This meeting does not answer ${JSON.stringify(name)}.`);
      return;
    }
    const isTaken = this.#withAttempt((attempt) => {
      void settled(() => handler(attempt, fields, this.#profile)).then(
        (result) => this.#parent.send({ type: 'response', id, answer: { result: result ?? null } }),
        (error: unknown) => refuse(error instanceof Error ? error.message : String(error)),
      );
    });
    if (!isTaken) refuse('Too much is waiting already.');
  }
}

async function settled(run: () => unknown): Promise<unknown> {
  return run();
}

/** Names from outside reach no prototype. */
function ownOf<Value>(map: Readonly<Record<string, Value | undefined>>, name: string): Value | undefined {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}
