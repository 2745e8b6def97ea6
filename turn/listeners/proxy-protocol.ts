import type { Readable } from 'node:stream';
import { type Endpoint, ipv4, IPV4_WORD } from '../endpoint.ts';

// The PROXY protocol, version 2 (HAProxy's proxy-protocol.txt, §2.2).
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const FIXED_BYTES = 16;
/** Addresses and what proxies write behind them, such as details of a certificate. */
const MAX_REST_BYTES = 4096;
const VERSION_AND_LOCAL = 0x20;
const VERSION_AND_PROXY = 0x21;
const TCP_OVER_IPV4 = 0x11;
const TCP_OVER_IPV6 = 0x21;
const IPV4_BYTES = 12;
const IPV6_BYTES = 36;

/** Who a connection comes from: a client, or the proxy itself (`local`), which looks whether we are there. */
export type ProxyHeader = Endpoint | 'local' | 'incomplete' | 'invalid';

/** Reads the header that a connection from a proxy begins with, and not a byte more. */
export class ProxyHeaderReader {
  #fixed: Buffer | undefined;

  /** Called whenever there is more to read, until it is no longer `incomplete`. */
  take(stream: Readable): ProxyHeader {
    this.#fixed ??= read(stream, FIXED_BYTES);
    if (this.#fixed === undefined) return 'incomplete';
    if (this.#fixed.length < FIXED_BYTES || !this.#fixed.subarray(0, SIGNATURE.length).equals(SIGNATURE))
      return 'invalid';
    const restBytes = this.#fixed.readUInt16BE(14);
    if (restBytes > MAX_REST_BYTES) return 'invalid';
    const rest = restBytes === 0 ? Buffer.alloc(0) : read(stream, restBytes);
    if (rest === undefined) return 'incomplete';
    return rest.length < restBytes ? 'invalid' : parse(this.#fixed[12] ?? 0, this.#fixed[13] ?? 0, rest);
  }
}

/** So many bytes; fewer when the stream has ended; undefined when the others have not arrived yet. */
function read(stream: Readable, bytes: number): Buffer | undefined {
  const chunk: unknown = stream.read(bytes);
  return Buffer.isBuffer(chunk) ? chunk : undefined;
}

function parse(versionAndCommand: number, familyAndTransport: number, rest: Buffer): ProxyHeader {
  // Whatever follows then is to be skipped.
  if (versionAndCommand === VERSION_AND_LOCAL) return 'local';
  if (versionAndCommand !== VERSION_AND_PROXY) return 'invalid';
  // A client whose address cannot be told, or who came by another transport, cannot be served under any name.
  if (familyAndTransport === TCP_OVER_IPV4 && rest.length >= IPV4_BYTES) {
    return ipv4(rest.readInt32BE(0), rest.readUInt16BE(8));
  }
  if (familyAndTransport === TCP_OVER_IPV6 && rest.length >= IPV6_BYTES) {
    const words = {
      w0: rest.readInt32BE(0),
      w1: rest.readInt32BE(4),
      w2: rest.readInt32BE(8),
      w3: rest.readInt32BE(12),
    };
    const port = rest.readUInt16BE(32);
    const isMapped = words.w0 === 0 && words.w1 === 0 && words.w2 === IPV4_WORD;
    return isMapped ? ipv4(words.w3, port) : { family: 6, ...words, port };
  }
  return 'invalid';
}
