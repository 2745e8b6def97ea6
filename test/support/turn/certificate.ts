import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Map<string, { cert: string; key: string }>();

/** Files with a self-signed certificate for this common name, made once a run. */
export function certificate(commonName = 'localhost'): { cert: string; key: string } {
  let files = made.get(commonName);
  if (files === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'parley-certificate-'));
    files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
    execFileSync('openssl', [...kind, '-subj', `/CN=${commonName}`, '-keyout', files.key, '-out', files.cert], {
      stdio: 'ignore',
    });
    made.set(commonName, files);
  }
  return files;
}
