/** `npm run bench -- sip`: how fast SIP is read and written, and what hostile input costs, in CPU time of this thread. */
import { parseMessage } from '../../sip/message/parse.ts';
import { serialiseMessage } from '../../sip/message/serialise.ts';
import { StreamFramer } from '../../sip/message/stream-framer.ts';
import { unwrapSession } from '../../sip/message/unwrap-session.ts';
import { GUARD_LIMITS, SourceGuard } from '../../sip/protection/source-guard.ts';
import { answerOffer } from '../../sip/sdp/answer-offer.ts';
import { median } from './statistics.ts';

export interface SipBenchOptions {
  readonly runs: number;
}

export const SIP_DEFAULTS: SipBenchOptions = { runs: 9 };

const TARGET_MESSAGES_PER_SECOND = 20_000;
const TARGET_HOSTILE_MS = 5;
const TARGET_BANNED_US = 10;
const MESSAGES_PER_RUN = 20_000;
const HOSTILE_PER_RUN = 50;
const PACKETS_PER_RUN = 100_000;

const BODY = [
  'v=0',
  'o=carrier 3890000000 3890000000 IN IP4 198.51.100.20',
  's=-',
  'c=IN IP4 198.51.100.20',
  't=0 0',
  'm=audio 31234 RTP/AVP 9 8 0 101',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-15',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

/** As a carrier sends it: 900 bytes and a few. */
const INVITE = [
  'INVITE sip:+302101234567@gateway.example:5060;transport=udp SIP/2.0',
  'Via: SIP/2.0/UDP 198.51.100.10:5060;branch=z9hG4bK4a1f.9f86d081884c7d659a2feaa0c55ad015;rport',
  'Record-Route: <sip:198.51.100.10;lr;ftag=a1b2c3>',
  'Max-Forwards: 68',
  'From: "Ελένη Παππά" <sip:+306901234567@carrier.example;user=phone>;tag=a1b2c3',
  'To: <sip:+302101234567@gateway.example>',
  'Call-ID: 843817637684230@998sdasdh09',
  'CSeq: 102 INVITE',
  'Contact: <sip:+306901234567@198.51.100.20:5060;transport=udp>',
  'Supported: timer, 100rel, replaces',
  'Session-Expires: 1800;refresher=uac',
  'P-Asserted-Identity: <sip:+306901234567@carrier.example>',
  'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO, REFER, NOTIFY',
  'Content-Type: application/sdp',
  `Content-Length: ${BODY.length}`,
  '',
  BODY,
].join('\r\n');

/** As many of a piece as make a header line of nearly the allowed length. */
function line(start: string, piece: (i: number) => string): string {
  let text = start;
  for (let i = 0; text.length < 8_100; i++) text += piece(i);
  return text;
}

function message(headers: readonly string[]): Buffer {
  const head = INVITE.split('\r\n').slice(0, 9);
  return Buffer.from(`${[...head, ...headers].join('\r\n')}\r\n\r\n`);
}

function withBody(type: string, body: string): Buffer {
  return Buffer.concat([message([`Content-Type: ${type}`]), Buffer.from(body)]);
}

function repeated(header: string): string[] {
  return Array.from({ length: 7 }, () => header);
}

/** Each nearly 64 KiB, each made for one way in which a reader can be slow. */
const HOSTILE: Readonly<Record<string, Buffer>> = {
  'contacts by the thousand': message(repeated(line('m: sip:a', () => ',sip:a'))),
  'parameters by the thousand': message(repeated(line('v: SIP/2.0/UDP a', (i) => `;p${i}`))),
  'the same parameter with other escapes': message(repeated(line('m: <sip:a@b', (i) => `;%${(i % 90) + 10}${i}`))),
  'backslashes in a quoted string': message(repeated(`${line('m: "', () => '\\\\')}" <sip:a@b>`)),
  'a quoted string without end': message(repeated(line('m: "', () => '\\"'))),
  brackets: message(repeated(line('m: ', () => '<'))),
  'white space': message(repeated(line('m: <sip:a@b> ', () => ' \t'))),
  'folded lines': message(repeated(line('Subject: a', () => '\r\n '))),
  'small headers beyond their number': message(Array.from({ length: 9_000 }, (_, i) => `x${i}:`)),
  digits: message([line('Content-Length: ', () => '9')]),
  'empty lines': Buffer.alloc(65_536, '\r\n'),
  'one line': Buffer.alloc(65_536, 'A'),
  'no text at all': Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 7_919) % 256)),
};

const HOSTILE_SDP = Buffer.from(
  `v=0\r\nc=IN IP4 198.51.100.20\r\n${'a=rtpmap:96 x/8000\r\n'.repeat(400)}m=audio 4000 RTP/AVP${' 96'.repeat(8_000)}\r\n`,
);

/** CPU microseconds of one call. */
function cpuUs(calls: number, call: () => unknown): number {
  const before = process.threadCpuUsage();
  for (let i = 0; i < calls; i++) call();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / calls;
}

/** @returns whether the targets are met */
export async function benchSip({ runs }: SipBenchOptions): Promise<boolean> {
  const bytes = Buffer.from(INVITE);
  const roundTrip = (): void => {
    const result = parseMessage(bytes);
    if (!result.ok) throw new Error(result.reason);
    serialiseMessage(result.message);
  };
  cpuUs(MESSAGES_PER_RUN, roundTrip); // the first run compiles
  const perSecond = Array.from({ length: runs }, () => 1e6 / cpuUs(MESSAGES_PER_RUN, roundTrip));
  console.log(
    `read and write an INVITE of ${bytes.length} bytes: ${median(perSecond).toFixed(0)}/s of CPU (lowest run ${Math.min(...perSecond).toFixed(0)}), target ≥ ${TARGET_MESSAGES_PER_SECOND}`,
  );

  const worst: number[] = [];
  const hostile = (name: string, size: number, call: () => unknown): void => {
    // The clock of CPU time is coarse: a sample is the mean of some calls.
    const times = Array.from({ length: runs }, () => cpuUs(HOSTILE_PER_RUN, call) / 1e3);
    worst.push(Math.max(...times));
    console.log(
      `hostile, ${name}, ${size} bytes: ${median(times).toFixed(2)} ms (highest run ${Math.max(...times).toFixed(2)})`,
    );
  };
  for (const [name, bytes] of Object.entries(HOSTILE)) hostile(name, bytes.length, () => parseMessage(bytes));
  const piece = Buffer.alloc(16, 'A');
  hostile('a stream in pieces of 16', 65_536, () => {
    const framer = new StreamFramer();
    for (let i = 0; i < 65_536; i += piece.length) framer.push(piece);
  });
  const local = { address: '198.51.100.1', port: 20_000, sessionId: '1' };
  const manyParts = withBody('multipart/mixed;boundary=x', '\r\n--x'.repeat(6_000));
  hostile('a body of many parts', manyParts.length, () => {
    const result = parseMessage(manyParts);
    if (result.ok) unwrapSession(result.message);
  });
  hostile('an offer', HOSTILE_SDP.length, () => answerOffer(HOSTILE_SDP, local));
  console.log(`  the slowest run ${Math.max(...worst).toFixed(2)} ms, target ≤ ${TARGET_HOSTILE_MS} ms`);

  const guard = new SourceGuard({ ...GUARD_LIMITS, othersPerSecond: 0 }, 0);
  guard.judge('203.0.113.5', bytes, false, 0);
  guard.judge('2001:db8::5', bytes, false, 0);
  const banned = ['203.0.113.5', '2001:db8::5'].map((address) =>
    median(Array.from({ length: runs }, () => cpuUs(PACKETS_PER_RUN, () => guard.judge(address, bytes, false, 1)))),
  );
  console.log(
    `a packet of a banned source: ${banned.map((us) => us.toFixed(2)).join(' µs (IPv4), ')} µs (IPv6), target ≤ ${TARGET_BANNED_US} µs`,
  );
  return (
    median(perSecond) >= TARGET_MESSAGES_PER_SECOND &&
    Math.max(...worst) <= TARGET_HOSTILE_MS &&
    Math.max(...banned) <= TARGET_BANNED_US
  );
}
