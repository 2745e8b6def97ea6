/** The bytes are not what their standard says they must be. The only error of this folder's decoders; the edge counts it. */
export class DecodeError extends Error {
  override name = 'DecodeError';
}
