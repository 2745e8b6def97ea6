import { canonicalHeaderName } from './header-name.ts';
import type { MessageLimits } from './limits.ts';
import type { Header } from './message.ts';
import { isToken, trimSpace } from './scanner.ts';

/** The lines before a body: the first one, and the headers unfolded. */
export interface MessageHead {
  readonly startLine: string;
  readonly headers: readonly Header[];
  /** What is wrong with the lines from here on; the headers before it were read. */
  readonly problem?: HeadProblem;
}

export interface HeadProblem {
  readonly reason: string;
  readonly status: 400 | 513;
}

/**
 * Splits start line and headers (RFC 3261 §7.3.1). A line ends with CRLF and nothing else: where peers disagree about the end
 * of a line, one can hide a header from the other.
 * @param text without the empty line at the end.
 */
export function splitHead(text: string, limits: MessageLimits): MessageHead {
  const headers: Header[] = [];
  let end = lineEnd(text, 0);
  const startLine = end < 0 ? '' : text.slice(0, end);
  const broken = (status: HeadProblem['status'], reason: string): MessageHead => ({
    startLine,
    headers,
    problem: { status, reason },
  });
  if (end > limits.headerLineCharacters) return broken(513, 'Start line too long');
  while (end >= 0 && end < text.length) {
    const from = end + CRLF_LENGTH;
    end = lineEnd(text, from);
    const pieces = [text.slice(from, end)];
    while (end >= 0 && isSpaceAt(text, end + CRLF_LENGTH)) {
      const continued = end + CRLF_LENGTH;
      end = lineEnd(text, continued);
      pieces.push(trimSpace(text.slice(continued, end)));
    }
    if (end - from > limits.headerLineCharacters) return broken(513, 'Header line too long');
    if (end >= 0 && headers.length === limits.headers) return broken(513, 'Too many headers');
    const header = end < 0 ? undefined : parseHeader(pieces.join(' '));
    if (header === undefined) return broken(400, 'Malformed header line');
    headers.push(header);
  }
  return end < 0 ? broken(400, 'Malformed start line') : { startLine, headers };
}

const CRLF_LENGTH = 2;

/** Where the line ends that begins here, or -1 when a CR or LF stands alone in it. */
function lineEnd(text: string, from: number): number {
  const cr = text.indexOf('\r', from);
  const lf = text.indexOf('\n', from);
  if (cr < 0) return lf < 0 ? text.length : -1;
  return lf === cr + 1 ? cr : -1;
}

function isSpaceAt(text: string, position: number): boolean {
  const character = text.charAt(position);
  return character === ' ' || character === '\t';
}

function parseHeader(line: string): Header | undefined {
  const colon = line.indexOf(':');
  const name = trimSpace(line.slice(0, Math.max(0, colon)));
  // White space before a name would be a folded line with nothing before it.
  if (!isToken(name) || isSpaceAt(line, 0)) return undefined;
  return { name: canonicalHeaderName(name), value: trimSpace(line.slice(colon + 1)) };
}
