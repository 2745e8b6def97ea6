/** The gateway cannot carry another call's sound now. */
export class MediaError extends Error {
  override name = 'MediaError';
  /** `no-port`: no port could be bound, as a rule since all of the range are taken; `ended`: the media thread is gone or going. */
  readonly code: 'no-port' | 'ended';

  constructor(code: 'no-port' | 'ended', message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
