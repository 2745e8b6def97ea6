import { ownFields } from './own-fields.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What the frames of the iframe API carry. Commands of the page are events whose `data` is an array of arguments; events
 * of the meeting carry their fields beside their name. Either side asks the other with a request, which gets exactly one
 * response.
 */
export type IframeMessage =
  | { readonly type: 'event'; readonly name: string; readonly fields: Fields }
  | { readonly type: 'request'; readonly id: number; readonly name: string; readonly fields: Fields }
  | { readonly type: 'response'; readonly id: number; readonly answer: Answer };

/** Values must be JSON; `undefined` would get lost on the way and leave neither a result nor an error. */
export type Answer = { readonly result: unknown } | { readonly error: unknown };

const MAX_NAME_LENGTH = 128;

/** @returns undefined for what is none; unknown names and fields are the receiver's affair */
export function readMessage(content: unknown): IframeMessage | undefined {
  const { type, id, data, result, error } = ownFields(content);
  const hasId = typeof id === 'number' && Number.isSafeInteger(id);
  if (type === 'response') {
    if (!hasId) return undefined;
    if (result !== undefined) return { type, id, answer: { result } };
    return { type, id, answer: { error: error ?? 'an answer without a result' } };
  }
  const fields = ownFields(data);
  const { name } = fields;
  if (typeof name !== 'string' || name === '' || name.length > MAX_NAME_LENGTH) return undefined;
  if (type === 'event') return { type, name, fields };
  return type === 'request' && hasId ? { type, id, name, fields } : undefined;
}

/** The content of a frame. */
export function writeMessage(message: IframeMessage): unknown {
  switch (message.type) {
    case 'event':
      return { type: 'event', data: { ...message.fields, name: message.name } };
    case 'request':
      return { type: 'request', id: message.id, data: { ...message.fields, name: message.name } };
    case 'response':
      return { type: 'response', id: message.id, ...message.answer };
  }
}

/** A command as the page sends it. */
export function commandMessage(name: string, args: readonly unknown[]): IframeMessage {
  return { type: 'event', name, fields: { data: args } };
}

/** Arguments of a command. */
export function argumentsOf({ data }: Fields): readonly unknown[] {
  return Array.isArray(data) ? data : [];
}
