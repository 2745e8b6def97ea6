/** STUN methods (RFC 8489 §18.2, RFC 8656 §17). */
export const Method = {
  BINDING: 0x001,
  ALLOCATE: 0x003,
  REFRESH: 0x004,
  SEND: 0x006,
  DATA: 0x007,
  CREATE_PERMISSION: 0x008,
  CHANNEL_BIND: 0x009,
} as const;

/** Message classes as their two bits stand in the type field (RFC 8489 §5). */
export const MessageClass = {
  REQUEST: 0x000,
  INDICATION: 0x010,
  SUCCESS: 0x100,
  ERROR: 0x110,
} as const;

const CLASS_BITS = 0x110;

/** Packs method and class into the 14-bit type field: the class bits stand between the bits of the method. */
export function messageType(method: number, messageClass: number): number {
  return ((method & 0xf80) << 2) | ((method & 0x070) << 1) | (method & 0x00f) | messageClass;
}

/** The method of a type field. */
export function methodOf(type: number): number {
  return ((type >> 2) & 0xf80) | ((type >> 1) & 0x070) | (type & 0x00f);
}

/** The class bits of a type field, one of MessageClass. */
export function classOf(type: number): number {
  return type & CLASS_BITS;
}
