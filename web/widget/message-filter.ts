/** Where messages must come from. */
export interface MessageSource {
  readonly window: unknown;
  readonly origin: string;
  readonly widgetId: string;
}

const MAX_NAME_LENGTH = 255;

type Message = Pick<MessageEvent<unknown>, 'source' | 'origin' | 'data'>;

/**
 * Whether a message is our Matrix client's, for this widget, and of the form of the Widget API (matrix note §3.2). The
 * library asks for less: it takes what any window sends.
 */
export function isFromClient({ source, origin, data }: Message, client: MessageSource): boolean {
  if (source !== client.window || origin !== client.origin) return false;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return false;
  const message: Readonly<Record<string, unknown>> = { ...data };
  const { api, requestId, widgetId, action, response } = message;
  const isDirected = api === 'fromWidget' ? isObject(response) : api === 'toWidget' && response === undefined;
  return isDirected && widgetId === client.widgetId && isName(requestId) && isName(action) && isObject(message['data']);
}

/** Before the library listens. @returns stop */
export function filterMessages(own: Window, client: MessageSource): () => void {
  const filter = (event: MessageEvent<unknown>) => {
    if (!isFromClient(event, client)) event.stopImmediatePropagation();
  };
  own.addEventListener('message', filter);
  return () => own.removeEventListener('message', filter);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
