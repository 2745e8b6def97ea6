/** Why bytes from the network could not be turned into a value. */
export type DecodeReason = 'not-well-formed' | 'restricted-xml' | 'too-large' | 'bad-format';

/** The one error that decoders throw; the edge answers it or drops the input, and counts it. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly reason: DecodeReason;

  constructor(reason: DecodeReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
