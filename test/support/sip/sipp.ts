import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { programPath } from './program.ts';
import { freePort } from './telephone.ts';

/** One step of a call as sipp plays it. */
export type SippStep = string;

export interface SendOptions {
  /** Sent again until something answers, after so long at first; for requests over UDP. */
  readonly retransmitMs?: number;
}

/** Says this; `[len]` and the like are filled in by sipp. Lines without white space before them. */
export function send(lines: readonly string[], { retransmitMs }: SendOptions = {}): SippStep {
  const retransmission = retransmitMs === undefined ? '' : ` retrans="${retransmitMs}"`;
  return `<send${retransmission}><![CDATA[\n\n${lines.join('\n')}\n\n]]></send>`;
}

export interface ReceiveOptions {
  readonly isOptional?: boolean;
  /** What must stand in it. */
  readonly matches?: RegExp;
}

/** Waits for an answer with this status; a wrong one fails the call. A 200 is followed as its Contact and routes say. */
export function response(status: number, options: ReceiveOptions = {}): SippStep {
  return receive(`response="${status}"${status === 200 ? ' rrs="true"' : ''}`, options);
}

/** Waits for a request. */
export function request(method: string, options: ReceiveOptions = {}): SippStep {
  return receive(`request="${method}"`, options);
}

function receive(what: string, { isOptional = false, matches }: ReceiveOptions): SippStep {
  const attributes = `${what}${isOptional ? ' optional="true"' : ''}`;
  if (matches === undefined) return `<recv ${attributes}/>`;
  const expression = matches.source.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const check = `<ereg regexp="${expression}" search_in="msg" check_it="true" assign_to="1"/>`;
  return `<recv ${attributes}><action>${check}</action></recv>`;
}

export function pause(milliseconds: number): SippStep {
  return `<pause milliseconds="${milliseconds}"/>`;
}

export interface SippOptions {
  readonly calls?: number;
  /** New ones in a second. */
  readonly rate?: number;
  readonly isTcp?: boolean;
  /** Per cent of the messages in both directions that get lost on the way. */
  readonly lossPercent?: number;
}

const TIMEOUT_SECONDS = 25;

/** Plays calls towards a port of this machine. @throws with sipp's own log when one of them went another way */
export async function playCalls(port: number, steps: readonly SippStep[], options: SippOptions = {}): Promise<void> {
  const { calls = 1, rate = 10, isTcp = false, lossPercent } = options;
  const folder = mkdtempSync(join(tmpdir(), 'parley-sipp-'));
  // A variable that nothing reads is an error to sipp.
  const reference = steps.some((step) => step.includes('assign_to')) ? '<Reference variables="1"/>' : '';
  writeFileSync(
    join(folder, 'calls.xml'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="calls">${steps.join('\n')}${reference}</scenario>\n`,
  );
  const values = ['-sf', 'calls.xml', '-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', String(await freePort())];
  const limits = ['-m', String(calls), '-r', String(rate), '-timeout', `${TIMEOUT_SECONDS}s`, '-timeout_error'];
  const logs = ['-trace_err', '-trace_msg', '-nostdin'];
  const network = [
    ...(isTcp ? ['-t', 't1'] : []),
    ...(lossPercent === undefined ? [] : ['-lost', String(lossPercent)]),
  ];
  try {
    await promisify(execFile)(
      programPath('sipp') ?? 'sipp',
      [`127.0.0.1:${port}`, ...values, ...limits, ...logs, ...network],
      { cwd: folder, timeout: (TIMEOUT_SECONDS + 5) * 1_000, maxBuffer: 1 << 26 },
    );
  } catch (cause) {
    const said = readdirSync(folder)
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(join(folder, file), 'latin1').slice(-6_000));
    throw new Error(`sipp's calls did not go as they should:\n${said.join('\n')}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
