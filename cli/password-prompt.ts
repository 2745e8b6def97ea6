import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

/** A password is one line; more of it than this is a mistake, such as a whole file. */
const MAX_LENGTH = 1_024;

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
}

/** Why there is no password, for people. */
export class PasswordError extends Error {
  override readonly name = 'PasswordError';
}

/**
 * Asks for a new password, twice and without showing it; where nobody sits in front, takes the first line of the input.
 * @throws PasswordError
 */
export async function readNewPassword({ input, output }: Terminal): Promise<string> {
  if (input.isTTY !== true) return checked((await text(input as AsyncIterable<string>)).split(/\r?\n/)[0] ?? '');
  const password = checked(await ask('Password: ', { input, output }));
  if ((await ask('Once more: ', { input, output })) !== password) throw new PasswordError('These are two passwords.');
  return password;
}

function checked(password: string): string {
  if (password === '') throw new PasswordError('The password is empty.');
  if (password.length > MAX_LENGTH) throw new PasswordError(`The password is longer than ${MAX_LENGTH} characters.`);
  return password;
}

function ask(question: string, { input, output }: Terminal): Promise<string> {
  output.write(question);
  // What is typed is echoed into the void.
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input, output: silence, terminal: true });
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => {
      output.write('\n');
      reject(new PasswordError('No password was given.'));
    });
  });
}
