import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate authority of a test's own. */
export class Authority {
  /** PEM file. */
  readonly file: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'parley-authority-'));

  constructor() {
    this.file = this.#at('ca.pem');
    openssl('req', '-x509', ...NEW_KEY, ...['-days', '3650', '-subj', '/CN=Authority of a test'], ...this.#out('ca'));
  }

  /** @param names as in `subjectAltName`: `DNS:localhost,IP:127.0.0.1`. */
  certificate(names: string, days = 90): { readonly cert: Buffer; readonly key: Buffer } {
    const name = `server-${days}-${names.replaceAll(/\W/g, '-')}`;
    openssl(
      ...[
        'req',
        '-x509',
        ...NEW_KEY,
        '-days',
        String(days),
        '-subj',
        '/CN=server',
        '-addext',
        `subjectAltName=${names}`,
      ],
      ...['-CA', this.file, '-CAkey', this.#at('ca.key'), ...this.#out(name)],
    );
    return { cert: readFileSync(this.#at(`${name}.pem`)), key: readFileSync(this.#at(`${name}.key`)) };
  }

  #out(name: string): string[] {
    return ['-keyout', this.#at(`${name}.key`), '-out', this.#at(`${name}.pem`)];
  }

  #at(file: string): string {
    return join(this.#folder, file);
  }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function openssl(...args: readonly string[]): void {
  execFileSync('openssl', [...args], { stdio: 'ignore' });
}
