import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ParleyServer } from '../../support/server.ts';
import { gatewayPorts, gatewayServer, NUMBER } from '../../support/sip/gateway.ts';
import { skipReason } from '../../support/sip/program.ts';
import { isSippInstalled, runSipp, type SippOptions } from '../../support/sip/sipp.ts';
import { pause, request, response, scenarioOf, send, type SippStep } from '../../support/sip/sipp-scenario.ts';

// Another implementation of SIP plays calls to the whole gateway, step by step: what it does not expect fails the call.

/** Of the gateway: short, so that its patience ends within a test. */
const T1_MS = 50;
const LEAST_INTERVAL_SECONDS = 90;

const reason = skipReason('sipp', 'sip-tester');

describe.skipIf(!isSippInstalled())(`sipp${reason}`, () => {
  let server: ParleyServer;
  let port: number;

  beforeAll(async () => {
    server = await ParleyServer.start(gatewayServer({ t1Ms: T1_MS }));
    ({ port } = await gatewayPorts(server));
  });
  afterAll(() => server.stop());

  const play = (steps: readonly SippStep[], options: Partial<SippOptions> = {}) =>
    runSipp({ port, scenario: scenarioOf(steps), calls: 1, ...options });

  /** Calls that are still there. */
  async function openCalls(): Promise<number> {
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^parley_sip_calls (\d+)/m.exec(metrics)?.[1]);
  }

  test('a call is answered, acknowledged and hung up, over UDP and over TCP', async () => {
    const steps = [...answered(), pause(200), bye(2), response(200)];
    await play(steps, { calls: 5 });
    await play(steps, { calls: 5, transport: 'tcp' });
    expect(await openCalls()).toBe(0);
  });

  test('messages that get lost on the way are sent again, by both sides', async () => {
    await play([...answered({ retransmitMs: 100 }), pause(500), bye(2, { retransmitMs: 100 }), response(200)], {
      calls: 10,
      atOnce: 10,
      lossPercent: 20,
    });
  });

  test('an INVITE without a description gets an offer, and its ACK brings the answer', async () => {
    await play([
      invite(1, { body: [] }),
      response(100, { isOptional: true }),
      response(200, { matches: /m=audio [0-9]+ RTP\/AVP 111 9 0 8 101/ }),
      ack(1, answer()),
      pause(200),
      bye(2),
      response(200),
    ]);
  });

  test('an ACK that brings no answer to our offer ends the call', async () => {
    await play([
      invite(1, { body: [] }),
      response(100, { isOptional: true }),
      response(200, { matches: /m=audio/ }),
      ack(1),
      request('BYE'),
      accept(),
    ]);
  });

  test('an offer without a codec of ours is refused with 488 and says why', async () => {
    await play([
      invite(1, { body: offer({ formats: '18' }) }),
      response(100, { isOptional: true }),
      response(488, { matches: /Warning: 305/ }),
      refusalAck(1),
    ]);
  });

  test('a call whose ACK comes only after the 200 was sent again is a call', async () => {
    await play([...invited(), response(200), pause(6 * T1_MS), ack(1), pause(200), bye(2), response(200)]);
  });

  test('a 200 that is never acknowledged ends the call', async () => {
    const again = Array.from({ length: 12 }, () => response(200, { isOptional: true }));
    await play([...invited(), ...again, request('BYE'), accept()]);
    expect(await openCalls()).toBe(0);
  });

  test('CANCEL after the 200 is too late, and hangs up all the same', async () => {
    await play([...answered(), cancel(), response(200), request('BYE'), accept()]);
  });

  test('refreshes that would come too often are refused with 422, others agreed upon and answered', async () => {
    const timed = (seconds: number) => ['Supported: timer', `Session-Expires: ${seconds};refresher=uac`];
    await play([
      invite(1, { headers: timed(LEAST_INTERVAL_SECONDS - 1) }),
      response(100, { isOptional: true }),
      response(422, { matches: new RegExp(`Min-SE: ${LEAST_INTERVAL_SECONDS}`) }),
      refusalAck(1),
      invite(2, { headers: timed(LEAST_INTERVAL_SECONDS) }),
      response(100, { isOptional: true }),
      response(200, { matches: new RegExp(`Session-Expires: ${LEAST_INTERVAL_SECONDS};refresher=uac`) }),
      ack(2),
      inDialog('UPDATE', 3, { headers: timed(LEAST_INTERVAL_SECONDS) }),
      response(200, { matches: /Session-Expires: 90;refresher=uac/ }),
      inDialog('INVITE', 4, { headers: timed(LEAST_INTERVAL_SECONDS), body: offer() }),
      response(200, { matches: /Session-Expires: 90;refresher=uac/ }),
      ack(4),
      bye(5),
      response(200),
    ]);
  });

  test.each([
    ['sendonly', offer({ direction: 'sendonly' }), /a=recvonly/],
    ['inactive', offer({ direction: 'inactive' }), /a=inactive/],
    ['no address', offer({ address: '0.0.0.0' }), /a=recvonly/],
  ])('hold by %s is mirrored, and taken back', async (_, held, mirrored) => {
    await play([
      ...answered(),
      inDialog('INVITE', 2, { body: held }),
      response(200, { matches: mirrored }),
      ack(2),
      inDialog('UPDATE', 3, { body: offer() }),
      response(200, { matches: /a=sendrecv/ }),
      bye(4),
      response(200),
    ]);
  });

  test('an INVITE within the call before the first is acknowledged has to wait: 491', async () => {
    await play([
      ...invited(),
      response(200),
      inDialog('INVITE', 2, { body: offer() }),
      response(491),
      refusalAck(2),
      ack(1),
      bye(3),
      response(200),
    ]);
  });

  test('a request out of order is refused with 500 and a time to come back', async () => {
    await play([
      ...answered(5),
      inDialog('UPDATE', 4, { body: offer() }),
      response(500, { matches: /Retry-After/ }),
      bye(6),
      response(200),
    ]);
  });

  test('keys come by INFO in both of its forms, and nothing else does', async () => {
    const info = (number: number, type: string, body: readonly string[]) =>
      inDialog('INFO', number, { headers: [`Content-Type: ${type}`], body });
    await play([
      ...answered(),
      info(2, 'application/dtmf-relay', ['Signal=5', 'Duration=160']),
      response(200),
      info(3, 'application/dtmf', ['5']),
      response(200),
      info(4, 'application/media_control+xml', ['<x/>']),
      response(415),
      bye(5),
      response(200),
    ]);
  });

  test('a caller that requires provisional answers to be acknowledged gets none, and is answered', async () => {
    await play([
      invite(1, { headers: ['Require: 100rel'] }),
      response(100),
      response(200),
      ack(1),
      bye(2),
      response(200),
    ]);
  });

  test('an extension that is required and not known is refused with 420', async () => {
    await play([
      invite(1, { headers: ['Require: teleport'] }),
      response(100, { isOptional: true }),
      response(420, { matches: /Unsupported: teleport/ }),
      refusalAck(1),
    ]);
  });
});

/** Of a call of sipp's to the gateway's number; the same branch is needed by what cancels it. */
const BRANCH = 'z9hG4bK-[call_number]-[pid]';

function common(branch: string, toTag: string): string[] {
  return [
    `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=${branch};rport`,
    'From: "Ελένη" <sip:eleni@[local_ip]:[local_port]>;tag=[pid]-[call_number]',
    `To: <sip:${NUMBER.dialled}@[remote_ip]:[remote_port]>${toTag}`,
    'Call-ID: [call_id]',
    'Contact: <sip:eleni@[local_ip]:[local_port];transport=[transport]>',
    'Max-Forwards: 70',
  ];
}

interface Content {
  readonly headers?: readonly string[];
  readonly body?: readonly string[];
}

function withBody(head: readonly string[], { headers = [], body = [] }: Content): string[] {
  const hasType = headers.some((header) => header.startsWith('Content-Type'));
  const type = body.length === 0 || hasType ? [] : ['Content-Type: application/sdp'];
  return [...head, ...headers, ...type, 'Content-Length: [len]', '', ...body];
}

/** Keeps the branch of every INVITE its own, for its ACK or CANCEL. */
function inviteBranch(number: number): string {
  return `${BRANCH}-${number}`;
}

function invite(number: number, content: Content & { readonly retransmitMs?: number } = {}): SippStep {
  const line = `INVITE sip:${NUMBER.dialled}@[remote_ip]:[remote_port] SIP/2.0`;
  const head = [line, ...common(inviteBranch(number), ''), `CSeq: ${number} INVITE`];
  const { retransmitMs } = content;
  const lines = withBody(head, { body: offer(), ...content });
  return send(lines, retransmitMs === undefined ? {} : { retransmitMs });
}

function inDialog(method: string, number: number, content: Content = {}, options = {}): SippStep {
  const branch = method === 'INVITE' ? inviteBranch(number) : '[branch]';
  const head = [`${method} [next_url] SIP/2.0`, ...common(branch, '[peer_tag_param]'), '[routes]'];
  return send(withBody([...head, `CSeq: ${number} ${method}`], content), options);
}

function ack(number: number, body: readonly string[] = []): SippStep {
  return inDialogAck('[next_url]', '[branch]', number, body);
}

/** Of what was refused: it belongs to the INVITE's transaction (RFC 3261 §17.1.1.3). */
function refusalAck(number: number): SippStep {
  const target = `sip:${NUMBER.dialled}@[remote_ip]:[remote_port]`;
  return inDialogAck(target, inviteBranch(number), number, []);
}

function inDialogAck(target: string, branch: string, number: number, body: readonly string[]): SippStep {
  return send(
    withBody([`ACK ${target} SIP/2.0`, ...common(branch, '[peer_tag_param]'), `CSeq: ${number} ACK`], { body }),
  );
}

function bye(number: number, options = {}): SippStep {
  return inDialog('BYE', number, {}, options);
}

function cancel(): SippStep {
  const target = `sip:${NUMBER.dialled}@[remote_ip]:[remote_port]`;
  return send(withBody([`CANCEL ${target} SIP/2.0`, ...common(inviteBranch(1), ''), 'CSeq: 1 CANCEL'], {}));
}

/** 200 to a request of the gateway's. */
function accept(): SippStep {
  const copied = ['[last_Via:]', '[last_From:]', '[last_To:]', '[last_Call-ID:]', '[last_CSeq:]'];
  return send(['SIP/2.0 200 OK', ...copied, 'Content-Length: 0', '']);
}

function invited(number = 1, options: { readonly retransmitMs?: number } = {}): SippStep[] {
  return [invite(number, options), response(100, { isOptional: true })];
}

function answered(options: number | { readonly retransmitMs?: number } = {}): SippStep[] {
  const number = typeof options === 'number' ? options : 1;
  return [...invited(number, typeof options === 'number' ? {} : options), response(200), ack(number)];
}

interface OfferOptions {
  readonly direction?: string;
  readonly address?: string;
  readonly formats?: string;
}

let version = 0;

function offer({ direction = 'sendrecv', address = '[media_ip]', formats = '0 8 101' }: OfferOptions = {}): string[] {
  return [
    'v=0',
    `o=eleni 1 ${++version} IN IP[local_ip_type] [local_ip]`,
    's=-',
    `c=IN IP[media_ip_type] ${address}`,
    't=0 0',
    `m=audio [auto_media_port] RTP/AVP ${formats}`,
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
  ];
}

function answer(): string[] {
  return offer({ formats: '0 101' });
}
