import { type IWidgetApiRequest, WidgetApi } from 'matrix-widget-api';
import { log } from '../client/log.ts';
import { ownFields } from '#protocol/iframe-api/own-fields.ts';
import { filterMessages } from './message-filter.ts';
import type { MatrixClientAddress } from './template-params.ts';

type Fields = Readonly<Record<string, unknown>>;

/** @returns what the client gets as the answer; may reject, which it is told. */
export type ActionHandler = (fields: Fields) => object | Promise<object>;

/** As few as possible: each is a line in a question to the person (matrix note §3.2). */
const CAPABILITIES = ['m.always_on_screen', 'io.element.requires_client'];
const OPENID_CREDENTIALS = 'openid_credentials';
/** The answer to the person's consent; there is no limit to thinking about it. */
type LateAnswer = (fields: Fields) => void;

/** The Matrix client around us, spoken with in the Widget API. */
export class MatrixClient {
  readonly #api: WidgetApi;
  /** By the id of our question. */
  readonly #awaited = new Map<string, LateAnswer>();

  /** Before the page has loaded: then the client begins. */
  constructor(own: Window, { widgetId, origin }: MatrixClientAddress) {
    filterMessages(own, { window: own.parent, origin, widgetId });
    this.#api = new WidgetApi(widgetId, origin);
    this.#api.requestCapabilities(CAPABILITIES);
    this.#onRequest(OPENID_CREDENTIALS, (request) => this.#lateAnswer(request));
  }

  start(): void {
    this.#api.start();
  }

  on(action: string, handler: ActionHandler): void {
    this.#onRequest(action, (request) => {
      void settled(() => handler(ownFields(request.data))).then(
        (answer) => this.#api.transport.reply(request, { ...answer }),
        (error: unknown) => this.#api.transport.reply(request, { error: { message: messageOf(error) } }),
      );
    });
  }

  /** Tells the client something that it may not know or permit; then nothing is lost. */
  tell(action: string, fields: Fields = {}): void {
    this.#api.transport.send(action, fields).catch((error: unknown) => {
      log.info(`the Matrix client does not take ${action}`, { reason: messageOf(error) });
    });
  }

  /** Keeps us on the screen in other rooms as well, if the person has allowed it. */
  stayOnScreen(isWanted: boolean): void {
    this.tell('set_always_on_screen', { value: isWanted });
  }

  /**
   * Asks who the person is, which the client may ask the person first.
   * @returns its answer with `state` `allowed` or `blocked`. @throws Error when it does not answer
   */
  async openId(): Promise<Fields> {
    const { requestId, response } = await this.#api.transport.sendComplete('get_openid', {});
    const answer = ownFields(response);
    if (answer['state'] !== 'request') return answer;
    return new Promise((resolve) => this.#awaited.set(requestId, resolve));
  }

  /** The library logs what it sends, and an answer repeats its question: not with the token. */
  #lateAnswer(request: IWidgetApiRequest): void {
    const fields = ownFields(request.data);
    const id = fields['original_request_id'];
    this.#api.transport.reply({ ...request, data: { original_request_id: id } }, {});
    if (typeof id !== 'string') return;
    this.#awaited.get(id)?.(fields);
    this.#awaited.delete(id);
  }

  #onRequest(action: string, take: (request: IWidgetApiRequest) => void): void {
    this.#api.on(`action:${action}`, (event: CustomEvent<IWidgetApiRequest>) => {
      event.preventDefault();
      take(event.detail);
    });
  }
}

async function settled(run: () => object | Promise<object>): Promise<object> {
  return run();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
