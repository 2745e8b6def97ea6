import { SetupError } from '../setup-error.mjs';

/**
 * The one change to mediasoup's source, without which the first browser kills the worker.
 *
 * OpenSSL calls a BIO's callback a second time with BIO_CB_RETURN or-ed into the operation, to let it choose the result.
 * `onSslBioOut` compares with `==`, which is never true, and so answers every control request with 1. Debian's OpenSSL
 * knows kernel TLS and asks the BIO whether it sends through it; hearing yes it allocates no write buffer and crashes in
 * `do_dtls1_write`. Upstream builds its own OpenSSL without kernel TLS and never sees this.
 */
export const sourceChange = {
  file: 'src/RTC/DtlsTransport.cpp',
  find: '(operationType == BIO_CB_RETURN)',
  replace: '(operationType & BIO_CB_RETURN)',
};

/**
 * @param {string} source the text of `sourceChange.file`
 * @throws {SetupError} unless the text to replace stands there exactly once
 */
export function applySourceChange(source, { file, find, replace } = sourceChange) {
  const occurrences = source.split(find).length - 1;
  if (occurrences !== 1) {
    throw new SetupError(
      `The change to mediasoup's ${file} must apply once but applies ${occurrences} times. ` +
        `This mediasoup version differs from the one setup/worker was written for: look at "${find}" there, ` +
        'then update setup/worker/source-change.mjs.',
    );
  }
  return source.replace(find, () => replace);
}
