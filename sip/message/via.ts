import { formatHostPort, type HostPort, parseHostPort } from './host.ts';
import { MESSAGE_LIMITS } from './limits.ts';
import type { SipMessage, SipRequest, Via } from './message.ts';
import { formatParameters, scanParameters, tokenParameter } from './parameters.ts';
import { Scanner } from './scanner.ts';

// Via (RFC 3261 §20.42) and where an answer goes (§18.2, RFC 3581).

const OUR_PROTOCOL = 'SIP/2.0';
export const DEFAULT_PORT = 5060;
export const DEFAULT_TLS_PORT = 5061;

/** One or more, separated by commas, but no more than `maximum`. */
export function parseVias(text: string, maximum = MESSAGE_LIMITS.vias): readonly Via[] | undefined {
  const scanner = new Scanner(text);
  const vias: Via[] = [];
  do {
    const via = scanVia(scanner);
    if (via === undefined || vias.length === maximum) return undefined;
    vias.push(via);
  } while (scanner.takeSeparator(','));
  scanner.skipSpace();
  return scanner.isAtEnd ? vias : undefined;
}

function scanVia(scanner: Scanner): Via | undefined {
  scanner.skipSpace();
  const name = scanner.takeToken();
  if (name === '' || !scanner.takeSeparator('/')) return undefined;
  const version = scanner.takeToken();
  if (version === '' || !scanner.takeSeparator('/')) return undefined;
  const transport = scanner.takeToken().toUpperCase();
  const beforeSpace = scanner.position;
  scanner.skipSpace();
  if (transport === '' || scanner.position === beforeSpace) return undefined;
  const sentBy = scanSentBy(scanner);
  const parameters = sentBy === undefined ? undefined : scanParameters(scanner);
  if (sentBy === undefined || parameters === undefined) return undefined;
  const protocol = `${name.toUpperCase()}/${version}`;
  return { ...(protocol !== OUR_PROTOCOL && { protocol }), transport, ...sentBy, parameters };
}

/** White space may stand around the colon. */
function scanSentBy(scanner: Scanner): HostPort | undefined {
  let text = scanner.takeUntil(';,');
  if (scanner.takeSeparator(':')) text += `:${scanner.takeToken()}`;
  else if (text.endsWith(':')) {
    scanner.skipSpace();
    text += scanner.takeToken();
  }
  return parseHostPort(text);
}

export function formatVia({ protocol = OUR_PROTOCOL, transport, parameters, ...sentBy }: Via): string {
  return `${protocol}/${transport} ${formatHostPort(sentBy)}${formatParameters(parameters)}`;
}

/** The branch of the topmost Via, which names the transaction. */
export function branchOf(message: SipMessage): string | undefined {
  const top = message.via[0];
  return top === undefined ? undefined : tokenParameter(top.parameters, 'branch');
}

/** Where a packet came from. */
export interface SourceAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * The request with its source noted in the topmost Via: `received` when the address differs from what is written there or a
 * port was asked for, and the port where `rport` asks for it (RFC 3261 §18.2.1, RFC 3581 §4). What the sender claims itself
 * about either is replaced.
 */
export function withSource<Request extends Pick<SipRequest, 'via'>>(request: Request, source: SourceAddress): Request {
  const [top, ...rest] = request.via;
  if (top === undefined) return request;
  const parameters = new Map(top.parameters);
  parameters.delete('received');
  const wantsPort = parameters.has('rport');
  if (wantsPort) parameters.set('rport', String(source.port));
  if (wantsPort || top.host !== source.address) parameters.set('received', source.address);
  return { ...request, via: [{ ...top, parameters }, ...rest] };
}

/** Where an answer goes over an unreliable transport (RFC 3261 §18.2.2, RFC 3581 §4); `maddr` is not followed. */
export function responseTarget({ host, port, transport, parameters }: Via): HostPort & { readonly port: number } {
  const rport = parameters.get('rport');
  const defaultPort = transport === 'TLS' ? DEFAULT_TLS_PORT : DEFAULT_PORT;
  const target = parseHostPort(`_:${rport ?? port ?? defaultPort}`);
  return { host: parameters.get('received') ?? host, port: target?.port ?? defaultPort };
}
