import type { Header } from '../message/message.ts';

/** Methods that are understood; the others get a 405 with these. */
export const ALLOWED_METHODS: readonly string[] = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'INFO',
  'UPDATE',
  'REFER',
];

/** Extensions that a peer may require of us. */
export const SUPPORTED_EXTENSIONS: readonly string[] = ['timer'];

/**
 * Provisional answers that are acknowledged (RFC 3262). A caller that requires them gets none but 100, which is how §3 of the
 * RFC lets us do without; so it is not offered to anybody.
 */
export const RELIABLE_PROVISIONAL = '100rel';

export const ALLOW: Header = { name: 'allow', value: ALLOWED_METHODS.join(', ') };
export const SUPPORTED: Header = { name: 'supported', value: SUPPORTED_EXTENSIONS.join(', ') };
export const SDP_TYPE: Header = { name: 'content-type', value: 'application/sdp' };
/** Without a version: whoever scans for old ones learns nothing. */
export const USER_AGENT: Header = { name: 'user-agent', value: 'Parley' };
