import { ownFields } from './own-fields.ts';

/**
 * Framing of the iframe API: JSON text that a page and the meeting in its iframe post to each other, in the form of Jitsi's
 * "postis". The scope keeps apart several meetings in one page.
 */
export type Frame =
  /** Who receives an id that is not its own sends it back; who gets its own back knows that the other side listens. */
  { readonly method: '__ready__'; readonly id: string } | { readonly method: 'message'; readonly content: unknown };

/** UTF-16 code units of one frame; nothing that either side has to say is longer. */
export const MAX_FRAME_LENGTH = 1_048_576;
const MAX_ID_LENGTH = 256;

/** Scope of the meeting with this number on its page. */
export function scopeOf(apiId: number): string {
  return `jitsi_meet_external_api_${apiId}`;
}

/** @returns undefined for what is no frame of this scope: other scripts post messages, too */
export function readFrame(data: unknown, scope: string): Frame | undefined {
  if (typeof data !== 'string' || data.length > MAX_FRAME_LENGTH || !data.startsWith('{')) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return undefined; // not ours
  }
  const { postis, scope: theirs, method, params } = ownFields(parsed);
  if (postis !== true || theirs !== scope) return undefined;
  if (method === 'message') return { method, content: params };
  const isId = typeof params === 'string' && params !== '' && params.length <= MAX_ID_LENGTH;
  return method === '__ready__' && isId ? { method, id: params } : undefined;
}

export function writeFrame(frame: Frame, scope: string): string {
  const params = frame.method === 'message' ? frame.content : frame.id;
  return JSON.stringify({ postis: true, scope, method: frame.method, params });
}
