export type OutboundErrorCode =
  'unreachable' | 'timeout' | 'bad-status' | 'bad-answer' | 'too-large' | 'bad-redirect' | 'forbidden-address';

/** Another server could not be asked, or did not answer as it should. The message begins after "it". */
export class OutboundError extends Error {
  override readonly name = 'OutboundError';
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
