import type { BridgeRefusal, Refused } from '#protocol/bridge/bridge-bus.ts';

/** A bridge request that cannot be met; turned into its answer at the bus. */
export class BridgeRequestError extends Error {
  override readonly name = 'BridgeRequestError';
  readonly code: BridgeRefusal;

  constructor(code: BridgeRefusal, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  toAnswer(): Refused {
    return { ok: false, reason: this.code, text: this.message };
  }
}
