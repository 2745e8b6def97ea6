// The steps of a call as sipp plays them: what it does not expect fails the call.

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

/** The scenario that `runSipp` plays. */
export function scenarioOf(steps: readonly SippStep[]): string {
  // A variable that nothing reads is an error to sipp.
  const reference = steps.some((step) => step.includes('assign_to')) ? '<Reference variables="1"/>' : '';
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="calls">${steps.join('\n')}${reference}</scenario>\n`;
}
