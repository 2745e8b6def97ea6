/** How large a message may be; what is beyond is refused before it is read further. */
export interface MessageLimits {
  /** Start line, headers and body. */
  readonly messageBytes: number;
  readonly headers: number;
  /** One header with the lines it is folded into, in characters. */
  readonly headerLineCharacters: number;
  readonly vias: number;
  readonly bodyBytes: number;
}

export const MESSAGE_LIMITS: MessageLimits = {
  messageBytes: 65_536,
  headers: 128,
  headerLineCharacters: 8_192,
  vias: 70, // as many hops as Max-Forwards allows (RFC 3261 §8.1.1.6)
  bodyBytes: 32_768,
};
