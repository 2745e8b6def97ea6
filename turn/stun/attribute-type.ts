/**
 * STUN attribute types (RFC 8489 §18.3, RFC 8656 §18). Types below 0x8000 are comprehension-required.
 */
export const AttributeType = {
  MAPPED_ADDRESS: 0x0001,
  USERNAME: 0x0006,
  MESSAGE_INTEGRITY: 0x0008,
  ERROR_CODE: 0x0009,
  UNKNOWN_ATTRIBUTES: 0x000a,
  CHANNEL_NUMBER: 0x000c,
  LIFETIME: 0x000d,
  XOR_PEER_ADDRESS: 0x0012,
  DATA: 0x0013,
  REALM: 0x0014,
  NONCE: 0x0015,
  XOR_RELAYED_ADDRESS: 0x0016,
  REQUESTED_ADDRESS_FAMILY: 0x0017,
  EVEN_PORT: 0x0018,
  REQUESTED_TRANSPORT: 0x0019,
  DONT_FRAGMENT: 0x001a,
  MESSAGE_INTEGRITY_SHA256: 0x001c,
  PASSWORD_ALGORITHM: 0x001d,
  USERHASH: 0x001e,
  XOR_MAPPED_ADDRESS: 0x0020,
  RESERVATION_TOKEN: 0x0022,
  ADDITIONAL_ADDRESS_FAMILY: 0x8000,
  ADDRESS_ERROR_CODE: 0x8001,
  PASSWORD_ALGORITHMS: 0x8002,
  ICMP: 0x8004,
  SOFTWARE: 0x8022,
  FINGERPRINT: 0x8028,
  /** ADDITIONAL-ADDRESS-FAMILY as drafts of RFC 8656 numbered it; coturn's client up to 4.6 sends it. */
  DRAFT_ADDITIONAL_ADDRESS_FAMILY: 0x8032,
} as const;

/**
 * Comprehension-required types that old or ICE clients send where they mean nothing to a relay: BANDWIDTH and TIMER-VAL
 * of the TURN drafts, ICE's PRIORITY and USE-CANDIDATE. Accepted and ignored instead of answered with 420.
 */
const HARMLESS_TYPES = [0x0010, 0x0021, 0x0024, 0x0025];

const understood = new Uint8Array(0x80);
for (const type of [...Object.values(AttributeType), ...HARMLESS_TYPES]) if (type < 0x80) understood[type] = 1;

/** Whether an attribute of this type may stand in a message without causing error 420 (RFC 8489 §6.3.1). */
export function isUnderstood(type: number): boolean {
  return type >= 0x8000 || (type < 0x80 && understood[type] === 1);
}
