import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { StartError } from '#runtime/start-error.ts';
import { JsonWebKeySet, publicKeyFromPem } from './json-web-key-set.ts';
import { fitsAlgorithm, KeyServerError, type KeySource } from './key-source.ts';

/** Keys from a file that is read once: a JWKS, or one public key in PEM, which is every token's. */
export class FileKeys implements KeySource {
  readonly #path: string;
  #keys: JsonWebKeySet | KeyObject | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  get needsKid(): boolean {
    return this.#keys instanceof JsonWebKeySet;
  }

  async start(): Promise<void> {
    try {
      const content = await readFile(this.#path);
      const json = content.toString('utf8').trimStart();
      this.#keys = json.startsWith('{') ? new JsonWebKeySet(json) : publicKeyFromPem(content);
    } catch (cause) {
      if (cause instanceof Error && (cause instanceof KeyServerError || 'code' in cause)) {
        throw new StartError(
          `The key of room tokens in ${this.#path} cannot be used: ${cause.message}. Set jwt.keyFile (PARLEY_JWT_KEY_FILE) to a public key in PEM or a JSON Web Key Set.`,
          { cause },
        );
      }
      throw cause;
    }
  }

  find(kid: string | undefined, alg: string): Promise<KeyObject | undefined> {
    const keys = this.#keys;
    if (keys === undefined) return Promise.resolve(undefined);
    if (keys instanceof JsonWebKeySet) return Promise.resolve(keys.find(kid, alg));
    return Promise.resolve(fitsAlgorithm(keys, alg) ? keys : undefined);
  }
}
