import { Writable } from 'node:stream';
import { pino, type Logger } from 'pino';

/** A logger of every level that keeps what it is told, as one text. */
export class CaughtLog {
  readonly logger: Logger = pino(
    { level: 'trace' },
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#text += chunk.toString();
        done();
      },
    }),
  );
  #text = '';

  get text(): string {
    return this.#text;
  }
}
