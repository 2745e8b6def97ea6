import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestAgent } from '../../test/support/sip/test-agent.ts';
import { until } from '../../test/support/wait.ts';

// The messages of RFC 4475, as they come over the wire. How they are read is told in sip/message/torture.test.ts; this is what
// the user agent says to them.

const folder = join(import.meta.dirname, '../../test/fixtures/sip/torture');

/** What is not here is answered with 400. */
const ANSWERS: Readonly<Record<string, number | 'nothing'>> = {
  wsinv: 481, // in a dialog that there is not
  intmeth: 405,
  esc01: 200,
  escnull: 405, // we are no registrar, here and below
  esc02: 405,
  lwsdisp: 200,
  longreq: 200,
  dblreq: 405,
  semiuri: 200,
  transports: 200,
  mpart01: 405,
  unreason: 'nothing', // responses that nobody waits for, here and below
  noreason: 'nothing',
  badinv01: 'nothing', // its Via leads nowhere
  scalarlg: 'nothing',
  bigcode: 'nothing',
  baddate: 200,
  badvers: 505,
  badbranch: 200,
  unkscm: 416,
  novelsc: 416,
  unksm2: 405,
  bext01: 420,
  invut: 415,
  regaut01: 405,
  bcast: 'nothing',
  zeromf: 483,
  cparam01: 405,
  cparam02: 405,
  regescrt: 405,
  sdp01: 406,
  inv2543: 200,
};

/** Their Via lead to hosts that there are not, so the answer is asked for where the message comes from (RFC 3581). */
function withRport(text: string): string {
  if (text.includes(';rport')) return text;
  return text.replace(/^(?:v|via)\s*:\s*SIP\s*\/\s*\d\.\d\s*\/\s*\w+\s+[^;,\r\n]+/im, '$&;rport');
}

const MARK = [
  'OPTIONS sip:gateway SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1;rport;branch=z9hG4bKmark',
  'From: <sip:test@127.0.0.1>;tag=mark',
  'To: <sip:gateway>',
  'Call-ID: mark',
  'CSeq: 1 OPTIONS',
  '\r\n',
].join('\r\n');

const names = readdirSync(folder).map((file) => file.replace('.sip', ''));

test.each(names)('%s is answered as RFC 4475 wants', async (name) => {
  await using agent = await TestAgent.open();
  const socket = createSocket('udp4');
  const heard: string[] = [];
  socket.on('message', (bytes) => heard.push(bytes.toString()));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  try {
    const text = readFileSync(join(folder, `${name}.sip`), 'latin1');
    socket.send(Buffer.from(withRport(text), 'latin1'), agent.port, '127.0.0.1');
    const finalStatuses = () =>
      heard
        .filter((answer) => !answer.includes('Call-ID: mark'))
        .map((answer) => Number(answer.split(' ')[1]))
        .filter((status) => status >= 200);
    const expected = ANSWERS[name] ?? 400;
    if (expected !== 'nothing') await until(() => finalStatuses().length > 0, `an answer to ${name}`);
    // What is asked after it is answered after it.
    socket.send(MARK, agent.port, '127.0.0.1');
    await until(() => heard.some((answer) => answer.includes('Call-ID: mark')), 'the answer to what came after it');
    expect(finalStatuses()[0] ?? 'nothing').toBe(expected);
  } finally {
    socket.close();
  }
});
