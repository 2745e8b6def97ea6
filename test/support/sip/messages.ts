import type { SipRequest, SipResponse } from '../../../sip/message/message.ts';

/** A request as a phone sends it, for tests of what is decided by its fields. */
export function sipRequest(method: string, changes: Partial<SipRequest> = {}): SipRequest {
  const host = '192.0.2.7';
  return {
    kind: 'request',
    method,
    uri: uriOf('5551000', 'gateway.example'),
    via: [{ transport: 'UDP', host, port: 5090, parameters: new Map([['branch', 'z9hG4bKphone1']]) }],
    from: { uri: uriOf('caller', 'phone.example'), parameters: new Map([['tag', 'caller-tag']]) },
    to: { uri: uriOf('5551000', 'gateway.example'), parameters: new Map() },
    callId: 'call-1',
    cSeq: { number: 1, method },
    maxForwards: 70,
    contacts: [{ uri: { ...uriOf('caller', host), port: 5090 }, parameters: new Map() }],
    routes: [],
    recordRoutes: [],
    others: [],
    body: new Uint8Array(),
    ...changes,
  };
}

/** The answer to a request, with a To tag. */
export function sipResponse(request: SipRequest, status: number, changes: Partial<SipResponse> = {}): SipResponse {
  return {
    kind: 'response',
    status,
    reason: '',
    via: request.via,
    from: request.from,
    to: { ...request.to, parameters: new Map([['tag', 'callee-tag']]) },
    callId: request.callId,
    cSeq: request.cSeq,
    contacts: [],
    routes: [],
    recordRoutes: [],
    others: [],
    body: new Uint8Array(),
    ...changes,
  };
}

export function uriOf(user: string, host: string): SipRequest['uri'] & { kind: 'sip' } {
  return { kind: 'sip', scheme: 'sip', user, host, parameters: new Map() };
}
