import type { Header, NameAddress, SipRequest, SipResponse } from '../message/message.ts';
import { tagOf } from '../message/name-address.ts';
import type { Uri } from '../message/uri.ts';

/** What two user agents keep of a call between them (RFC 3261 §12). */
export interface Dialog {
  readonly callId: string;
  /** With our tag. */
  readonly local: NameAddress;
  /** With the other side's tag. */
  readonly remote: NameAddress;
  /** Where requests are addressed to: the other side's last Contact. */
  readonly remoteTarget: Uri;
  /** The proxies that want to see every request, in the order they are passed. */
  readonly routes: readonly NameAddress[];
  /** Of our last request. */
  readonly localCSeq: number;
  /** Of the other side's last request, once there was one. */
  readonly remoteCSeq: number | undefined;
}

const MAX_FORWARDS = 70;

/** What tells one dialog from all others, seen from our side. */
export function dialogId(callId: string, localTag: string, remoteTag: string): string {
  return `${callId} ${localTag} ${remoteTag}`;
}

export function idOf({ callId, local, remote }: Dialog): string {
  return dialogId(callId, tagOf(local) ?? '', tagOf(remote) ?? '');
}

/** The dialog a request belongs to; undefined when it bears no To tag, and so begins one. */
export function dialogIdOfRequest({ callId, from, to }: SipRequest): string | undefined {
  const localTag = tagOf(to);
  return localTag === undefined ? undefined : dialogId(callId, localTag, tagOf(from) ?? '');
}

/**
 * The dialog that our answer to a request makes (RFC 3261 §12.1.1).
 * @param local the To of that answer, with our tag
 * @returns undefined when the request says not where to reach its sender
 */
export function dialogOfRequest(request: SipRequest, local: NameAddress): Dialog | undefined {
  // RFC 2543 had neither tags in From nor a Contact that must be there: who writes so is reached where the call is from.
  const isOld = tagOf(request.from) === undefined;
  const contact = request.contacts[0] ?? (isOld ? request.from : undefined);
  if (contact === undefined) return undefined;
  return {
    callId: request.callId,
    local,
    remote: request.from,
    remoteTarget: contact.uri,
    routes: request.recordRoutes,
    localCSeq: 0,
    remoteCSeq: request.cSeq.number,
  };
}

/**
 * The dialog that an answer to our request makes (RFC 3261 §12.1.2).
 * @returns undefined when the answer lacks a tag or a Contact
 */
export function dialogOfResponse(request: SipRequest, response: SipResponse): Dialog | undefined {
  const contact = response.contacts[0];
  if (contact === undefined || tagOf(response.to) === undefined) return undefined;
  return {
    callId: request.callId,
    local: request.from,
    remote: response.to,
    remoteTarget: contact.uri,
    routes: response.recordRoutes.toReversed(),
    localCSeq: request.cSeq.number,
    remoteCSeq: undefined,
  };
}

export interface RequestContent {
  readonly contacts?: readonly NameAddress[];
  readonly others?: readonly Header[];
  readonly body?: Uint8Array;
}

/** A request inside the dialog, and the dialog after it (RFC 3261 §12.2.1.1). Its Via is the transaction's. */
export function requestInDialog(
  dialog: Dialog,
  method: string,
  content: RequestContent = {},
): { readonly dialog: Dialog; readonly request: SipRequest } {
  const number = dialog.localCSeq + 1;
  return { dialog: { ...dialog, localCSeq: number }, request: requestOf(dialog, method, number, content) };
}

/** The ACK of a 2xx bears the number of its INVITE (RFC 3261 §13.2.2.4). */
export function acknowledge(dialog: Dialog, inviteNumber: number, content: RequestContent = {}): SipRequest {
  return requestOf(dialog, 'ACK', inviteNumber, content);
}

function requestOf(dialog: Dialog, method: string, number: number, content: RequestContent): SipRequest {
  const { uri, routes } = addressing(dialog);
  return {
    kind: 'request',
    method,
    uri,
    via: [],
    from: dialog.local,
    to: dialog.remote,
    callId: dialog.callId,
    cSeq: { number, method },
    maxForwards: MAX_FORWARDS,
    contacts: content.contacts ?? [],
    routes,
    recordRoutes: [],
    others: content.others ?? [],
    body: content.body ?? new Uint8Array(),
  };
}

/** A first proxy that does not know loose routing finds itself in the request line (RFC 3261 §12.2.1.1). */
function addressing({ remoteTarget, routes }: Dialog): { uri: Uri; routes: readonly NameAddress[] } {
  const [first, ...rest] = routes;
  if (first === undefined || first.uri.kind !== 'sip' || first.uri.parameters.has('lr')) {
    return { uri: remoteTarget, routes };
  }
  return { uri: first.uri, routes: [...rest, { uri: remoteTarget, parameters: new Map() }] };
}

/** Where a request of the dialog goes on the wire: the first proxy, else the other side. */
export function nextHop(dialog: Dialog): Uri {
  return dialog.routes[0]?.uri ?? dialog.remoteTarget;
}

/** Whether a request comes in its order; ACK and CANCEL bear the number of what they belong to (RFC 3261 §12.2.2). */
export function isInOrder({ remoteCSeq }: Dialog, { cSeq }: SipRequest): boolean {
  return remoteCSeq === undefined || cSeq.number > remoteCSeq;
}

/** The dialog once a request that is in order has been taken. */
export function afterRequest(dialog: Dialog, { cSeq }: SipRequest): Dialog {
  return { ...dialog, remoteCSeq: cSeq.number };
}

/** INVITE and UPDATE, and their 2xx, may say that the other side is to be reached elsewhere. */
export function withTargetOf(dialog: Dialog, message: SipRequest | SipResponse): Dialog {
  const contact = message.contacts[0];
  return contact === undefined ? dialog : { ...dialog, remoteTarget: contact.uri };
}
