import { headerValue } from '../message/headers.ts';
import type { SipMessage } from '../message/message.ts';
import { serialiseMessage } from '../message/serialise.ts';

const REMOVED = '[removed]';
const HEAD_END = '\r\n\r\n';
/** Longer messages are cut; what is wrong with one is seen in its beginning. */
const MAX_CHARACTERS = 8_192;

/** Rooms' passwords and people's tokens, and what only a charging system should see. */
const SECRET_HEADERS = /^(jitsi-conference-room-pass|jitsi-auth-token|jitsi-user-id-token):.*$/gimu;
const CREDENTIALS = /^((?:proxy-)?authorization): *(.*)$/gimu;
/** Of the digest: by these a password could be guessed. */
const PROOF = /\b(response|cnonce)=("[^"]*"|[^",\s]*)/giu;
/** `sip:user:password@host` */
const URI_PASSWORD = /(\bsips?:[^\s@:;<>"]*):[^\s@<>"]*@/giu;
/** Keys of SRTP: `a=crypto` (RFC 4568), and `k=` (RFC 4566 §5.12). */
const MEDIA_KEY = /^(a=crypto:\d+ \S+ ).*$|^(k=).*$/gimu;

/**
 * A message as people may read it who look for what is wrong: without passwords, keys and proofs, and without any body but a
 * session description, since keys that are pressed come in bodies.
 */
export function messageText(message: SipMessage): string {
  const text = serialiseMessage({ ...message, body: new Uint8Array() }).toString();
  const head = text
    .replace(HEAD_END, '\n')
    .replaceAll('\r\n', '\n')
    .replace(SECRET_HEADERS, `$1: ${REMOVED}`)
    .replace(CREDENTIALS, (_, name: string, value: string) =>
      /^digest /iu.test(value) ? `${name}: ${value.replace(PROOF, `$1=${REMOVED}`)}` : `${name}: ${REMOVED}`,
    )
    .replace(URI_PASSWORD, `$1:${REMOVED}@`)
    .replace(/^(content-length): 0$/imu, `$1: ${message.body.length}`);
  return `${head}${bodyText(message)}`.slice(0, MAX_CHARACTERS);
}

function bodyText(message: SipMessage): string {
  if (message.body.length === 0) return '';
  const type = headerValue(message, 'content-type') ?? 'no type';
  if (type.split(';')[0]?.trim().toLowerCase() !== 'application/sdp')
    return `\n[${message.body.length} bytes of ${type}]`;
  const description = Buffer.from(message.body).toString().replaceAll('\r\n', '\n');
  return `\n${description.replace(MEDIA_KEY, (_, crypto = '', key = '') => `${crypto}${key}${REMOVED}`)}`;
}
