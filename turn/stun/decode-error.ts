/**
 * The bytes are not what the standard says they must be. The only error the codec throws; the edge answers 400 or
 * drops, and never prints a stack.
 */
export class DecodeError extends Error {
  override name = 'DecodeError';
}
