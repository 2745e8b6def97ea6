import { signal } from '@preact/signals';
import { fieldsOf } from '../storage/local-store.ts';

/** Where people log in who are not known to this server but to another one (OpenID Connect). */
export interface IdentityProvider {
  /** As people call it. */
  readonly name: string;
  /** Of our server, which leads there and back. */
  readonly loginUrl: string;
}

/** Why somebody came back from the provider without being logged in; words of the server's `?login=`. */
export const LOGIN_FAILURES = ['cancelled', 'unreachable', 'not-permitted', 'expired', 'failed'] as const;
export type LoginFailure = (typeof LOGIN_FAILURES)[number];

const PARAMETER = 'login';
/** The server answers from memory; who waits longer has no network. */
const ANSWER_WITHIN_MS = 8_000;

/** Name of who has logged in at the provider, once the server has said so. */
export const memberName = signal<string | undefined>(undefined);

/** Where to go to log in and come back to this path. */
export function loginAddress({ loginUrl }: IdentityProvider, path: string): string {
  return `${loginUrl}?${new URLSearchParams({ room: path }).toString()}`;
}

/** What the server says to somebody who wants a room token. */
export type TokenAnswer =
  | { readonly kind: 'member'; readonly token: string; readonly expiresInMs: number }
  | { readonly kind: 'nobody' }
  /** It did not say; `afterMs` when it wants to be asked again, undefined if it cannot be reached. */
  | { readonly kind: 'later'; readonly afterMs: number | undefined };

/** A room token for who has logged in. Never rejects: a server that is gone shows on joining. */
export async function fetchRoomToken(path: string): Promise<TokenAnswer> {
  const answer = await post('/auth/token', { room: path });
  if (answer.status === undefined || answer.status >= 500) return { kind: 'later', afterMs: undefined };
  if (answer.status === 429) return { kind: 'later', afterMs: answer.retryAfterMs };
  const { token, name, expiresInSeconds } = fieldsOf(answer.body);
  if (typeof token !== 'string') {
    memberName.value = undefined;
    return { kind: 'nobody' };
  }
  memberName.value = typeof name === 'string' ? name : '';
  const seconds = typeof expiresInSeconds === 'number' && expiresInSeconds > 0 ? expiresInSeconds : 0;
  return { kind: 'member', token, expiresInMs: seconds * 1000 };
}

/** Learns the name of who has logged in, on pages that belong to no meeting. Never rejects. */
export async function lookForMember(): Promise<void> {
  const { status, body } = await post('/auth/session', {});
  if (status !== 200) return;
  const { name } = fieldsOf(body);
  memberName.value = typeof name === 'string' ? name : undefined;
}

/** Ends the login here. @returns where it is ended at the provider, or our start page. Never rejects. */
export async function logOutMember(): Promise<string> {
  memberName.value = undefined;
  const { body } = await post('/auth/logout', {});
  const { next } = fieldsOf(body);
  return typeof next === 'string' && /^https?:\/\//u.test(next) ? next : '/';
}

interface Answer {
  /** Undefined: none came. */
  readonly status: number | undefined;
  /** Undefined: what came is no JSON or an error. */
  readonly body: unknown;
  readonly retryAfterMs: number | undefined;
}

async function post(path: string, body: object): Promise<Answer> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    const { status, headers } = response;
    const seconds = Number(headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = seconds >= 0 ? seconds * 1000 : undefined;
    return { status, retryAfterMs, body: response.ok ? await response.json() : undefined };
  } catch {
    return { status: undefined, retryAfterMs: undefined, body: undefined }; // no network, or no JSON
  }
}

/** Takes the failure out of the address bar: a reload or a copied link does not repeat it. */
export function takeLoginFailure(
  page: Pick<Location, 'search' | 'pathname' | 'hash'>,
  entry: Pick<History, 'state' | 'replaceState'>,
): LoginFailure | undefined {
  const query = new URLSearchParams(page.search);
  const failure = LOGIN_FAILURES.find((code) => code === query.get(PARAMETER));
  if (failure === undefined) return undefined;
  query.delete(PARAMETER);
  const search = query.size === 0 ? '' : `?${query.toString()}`;
  entry.replaceState(entry.state, '', `${page.pathname}${search}${page.hash}`);
  return failure;
}
