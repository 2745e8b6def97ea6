import { X509Certificate, createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Logger } from './logger.ts';
import { StartError } from './start-error.ts';

export interface TlsMaterial {
  /** PEM */
  readonly cert: Buffer;
  /** PEM */
  readonly key: Buffer;
}

/** What reading the files again came to; when they cannot be used, why. */
export type TlsReload = 'replaced' | 'unchanged' | { readonly refused: string };

const POLL_INTERVAL_MS = 5_000;

/** A certificate and its key on disk, re-read when they change; a pair that cannot be used never replaces a good one. */
export class TlsFiles {
  readonly #certPath: string;
  readonly #keyPath: string;
  readonly #logger: Logger;
  readonly #listeners = new Set<(material: TlsMaterial) => void>();
  readonly #onChange = (): void => void this.reload();
  #material: TlsMaterial;

  /** @throws StartError when the files cannot be read or do not belong together. */
  static async open(certPath: string, keyPath: string, logger: Logger): Promise<TlsFiles> {
    const files = new TlsFiles(certPath, keyPath, await readMaterial(certPath, keyPath), logger);
    for (const path of new Set([certPath, keyPath])) {
      // Polling, since certificates are usually replaced by rename or through symbolic links, which fs.watch misses.
      watchFile(path, { interval: POLL_INTERVAL_MS, persistent: false }, files.#onChange);
    }
    return files;
  }

  private constructor(certPath: string, keyPath: string, material: TlsMaterial, logger: Logger) {
    this.#certPath = certPath;
    this.#keyPath = keyPath;
    this.#material = material;
    this.#logger = logger;
  }

  get material(): TlsMaterial {
    return this.#material;
  }

  /** Tells of each new pair. @returns unsubscribe */
  onReplaced(listener: (material: TlsMaterial) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads the files now; also called when they change. */
  async reload(): Promise<TlsReload> {
    let material: TlsMaterial;
    try {
      material = await readMaterial(this.#certPath, this.#keyPath);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the changed TLS files cannot be used; the certificate in use stays');
      return { refused: error instanceof Error ? error.message : String(error) };
    }
    if (material.cert.equals(this.#material.cert) && material.key.equals(this.#material.key)) return 'unchanged';
    this.#material = material;
    for (const listener of this.#listeners) listener(material);
    this.#logger.info({ validTo: new X509Certificate(material.cert).validTo }, 'TLS certificate replaced');
    return 'replaced';
  }

  close(): void {
    for (const path of new Set([this.#certPath, this.#keyPath])) unwatchFile(path, this.#onChange);
    this.#listeners.clear();
  }
}

async function readMaterial(certPath: string, keyPath: string): Promise<TlsMaterial> {
  // One after the other: of two that are missing the certificate is named, each time.
  const cert = await read(certPath, 'PARLEY_TLS_CERT');
  const key = await read(keyPath, 'PARLEY_TLS_KEY');
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(cert);
  } catch (cause) {
    throw new StartError(`${certPath} (PARLEY_TLS_CERT) holds no certificate in PEM form.`, { cause });
  }
  try {
    if (!certificate.checkPrivateKey(createPrivateKey(key))) {
      throw new StartError(`The key in ${keyPath} does not belong to the certificate in ${certPath}.`);
    }
    createSecureContext({ cert, key });
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    throw new StartError(`${keyPath} (PARLEY_TLS_KEY) holds no usable private key in PEM form without a passphrase.`, {
      cause,
    });
  }
  return { cert, key };
}

async function read(path: string, variable: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new StartError(
      `${path} (${variable}) cannot be read (${code}). The user that runs Parley needs to read it.`,
      {
        cause,
      },
    );
  }
}
