import { headerSpelling } from './header-name.ts';
import type { Header, SipMessage } from './message.ts';
import type { ParseFailure, ReplyFields } from './parse-result.ts';
import { formatNameAddress, parseNameAddress, tagOf, withTag } from './name-address.ts';
import { formatUri } from './uri.ts';
import { formatVia } from './via.ts';

/**
 * The bytes of a message: typed fields first, the other headers in their order, Content-Length last.
 * @throws RangeError when a value holds a CR or LF: whoever built the message let a line through that a peer would believe.
 */
export function serialiseMessage(message: SipMessage): Buffer {
  const head = new HeadWriter(
    message.kind === 'request'
      ? `${message.method} ${formatUri(message.uri)} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`,
  );
  for (const via of message.via) head.add('Via', formatVia(via));
  if (message.maxForwards !== undefined) head.add('Max-Forwards', String(message.maxForwards));
  for (const route of message.routes) head.add('Route', formatNameAddress(route));
  for (const route of message.recordRoutes) head.add('Record-Route', formatNameAddress(route));
  head.add('From', formatNameAddress(message.from));
  head.add('To', formatNameAddress(message.to));
  head.add('Call-ID', message.callId);
  head.add('CSeq', `${message.cSeq.number} ${message.cSeq.method}`);
  for (const contact of message.contacts) head.add('Contact', formatNameAddress(contact));
  if (message.isWildcardContact === true) head.add('Contact', '*');
  for (const { name, value } of message.others) head.add(headerSpelling(name), value);
  return head.finish(message.body);
}

/**
 * The answer to a request that could not be read: what came of it is repeated as it came, and To gets a tag where it can.
 * @param toTag ours, random.
 */
export function serialiseRefusal(
  { status, reason, canReply }: Pick<ParseFailure, 'status' | 'reason'> & { readonly canReply: ReplyFields },
  toTag: string,
): Buffer {
  const head = new HeadWriter(`SIP/2.0 ${status} ${reason}`);
  for (const via of canReply.via) head.add('Via', formatVia(via));
  for (const header of canReply.copied) head.add(headerSpelling(header.name), taggedValue(header, toTag));
  return head.finish(NO_BODY);
}

const NO_BODY = new Uint8Array(0);

function taggedValue({ name, value }: Header, toTag: string): string {
  const address = name === 'to' ? parseNameAddress(value) : undefined;
  return address === undefined || tagOf(address) !== undefined ? value : formatNameAddress(withTag(address, toTag));
}

class HeadWriter {
  #text = '';

  constructor(startLine: string) {
    this.#addLine(startLine);
  }

  add(name: string, value: string): void {
    this.#addLine(`${name}: ${value}`);
  }

  finish(body: Uint8Array): Buffer {
    this.add('Content-Length', String(body.length));
    const head = Buffer.from(`${this.#text}\r\n`, 'utf8');
    return body.length === 0 ? head : Buffer.concat([head, body]);
  }

  #addLine(line: string): void {
    if (line.includes('\r') || line.includes('\n')) throw new RangeError('a SIP header value must not hold CR or LF');
    this.#text += `${line}\r\n`;
  }
}
